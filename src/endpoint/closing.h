/*
 * Closing connections that strangers have filled. What nobody has read of one
 * goes with it: sockets that were passed too, of which close(2) may wait for as
 * long as their owner likes (SO_LINGER in socket(7)).
 */
#ifndef ENDPOINT_CLOSING_H
#define ENDPOINT_CLOSING_H

#include <stdbool.h>

#include "base/cleanup.h"

/* Once, before the first: SIGALRM ends a wait from now on, and nothing else. */
bool	closing_begin(void) _must_check_;

/* Closes *FD, which is -1 then, and waits no time to speak of. */
void	closing_end(int *fd);

#endif
