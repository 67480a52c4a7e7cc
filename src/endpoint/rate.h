/* How often a user may connect. */
#ifndef ENDPOINT_RATE_H
#define ENDPOINT_RATE_H

#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#define RATE_BURST	64	/* connections at once */
#define RATE_SECOND	16	/* and so many a second from then on */

/*
 * May UID connect once more at NOW (wire_now())? One who connects and goes,
 * over and over, is under every limit of what is open, and keeps the service
 * busy with starting workers: that is refused before there is one.
 */
bool	rate_take(uid_t uid, int64_t now);

#endif
