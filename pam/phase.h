/*
 * What the module does in each of PAM's phases. It decides nothing: the
 * endpoint is asked, in all of them.
 */
#ifndef PAM_PHASE_H
#define PAM_PHASE_H

#include <security/pam_modules.h>

#include "base/cleanup.h"

enum phase {
	PHASE_AUTHENTICATE,
	PHASE_ACCOUNT,
	PHASE_OPEN_SESSION,
	PHASE_CLOSE_SESSION,
};

/* "authenticate", "account", ... as it is on the wire. */
const char	*phase_name(enum phase phase);
/* "auth", "account" or "session", as it is in a file of pam.d. */
const char	*phase_type(enum phase phase);

/*
 * An entry point's work, and its code. Callers that are not root have the
 * authenticate phase alone; the others are PAM_IGNORE for them, without anyone
 * being asked. The ticket is gone from the PAM environment after
 * PHASE_OPEN_SESSION, whatever the code. PHASE_CLOSE_SESSION is PAM_SUCCESS
 * whatever happens.
 */
int	phase_run(pam_handle_t *pamh, enum phase phase, int flags, int argc,
	    const char **argv);

#endif
