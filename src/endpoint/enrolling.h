/* Enrolment at the sign-in, in the account phase. */
#ifndef ENDPOINT_ENROLLING_H
#define ENDPOINT_ENROLLING_H

#include "endpoint/conversation.h"

#define ENROLLING_TRIES	3	/* of a code that was given out, of two codes */

/*
 * Serves the account phase, to the last word, of a user for whom auth has left
 * enrolment to it: makes a virtual device, shows its seed and lets in whoever
 * types two of its codes. A device that was not enabled is gone afterwards.
 */
void	enrolling_serve(struct conversation *conversation);

#endif
