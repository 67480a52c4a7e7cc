/* What every operation and sign-in works with. */
#ifndef MFA_CONTEXT_H
#define MFA_CONTEXT_H

#include <stddef.h>

#include "base/world.h"
#include "mfa/settings.h"
#include "store/store.h"

/* All of it is borrowed, and outlives the calls it is given to. */
struct mfa_context {
	const struct store	*store;
	const struct settings	*settings;
	const struct world	*world;
	/*
	 * How many devices a user must have when another is added; NULL: any
	 * number. What lets it be added may have been decided by that.
	 */
	const size_t		*held;
};

#endif
