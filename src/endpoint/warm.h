/*
 * Doing what a sign-in does first before there is one: once before the workers
 * are forked, so that they have what it fetches, and in each while it waits, so
 * that the memory that it writes to is the worker's own by then.
 */
#ifndef ENDPOINT_WARM_H
#define ENDPOINT_WARM_H

#include "base/world.h"

/*
 * In the parent, first. Failures are left to the sign-in that meets them.
 */
void	warm_begin(const struct world *world);

/* In a worker. */
void	warm(const struct world *world);

#endif
