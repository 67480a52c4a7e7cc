/* Doing once, before the workers are forked, what each would do first. */
#ifndef ENDPOINT_WARM_H
#define ENDPOINT_WARM_H

#include "base/world.h"

/* Failures are left to the sign-in that meets them. */
void	warm(const struct world *world);

#endif
