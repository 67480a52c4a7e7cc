#include "endpoint/rate.h"

#define PLACES 1024

/* Milliseconds that one connection takes off, and that may be saved up. */
#define COST  (1000 / RATE_SECOND)
#define SAVED (RATE_BURST * COST)

/* A user's; where two share a place, the latter begins anew. */
static struct place {
	uid_t uid; /* 0: nobody's */
	int64_t left; /* milliseconds */
	int64_t seen; /* wire_now() */
} places[PLACES];

bool
rate_take(uid_t uid, int64_t now)
{
	struct place *place = &places[uid % PLACES];

	if (place->uid != uid)
		*place = (struct place){ .uid = uid,
			.left = SAVED,
			.seen = now };
	place->left += now - place->seen;
	if (place->left > SAVED)
		place->left = SAVED;
	place->seen = now;
	if (place->left < COST)
		return false;
	place->left -= COST;
	return true;
}
