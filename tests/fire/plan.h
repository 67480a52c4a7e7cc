/*
 * Which call of the endpoint is to fail, and how: agreed upon, in memory that
 * both map, by the test (faults.c) and tests/fire/faulty, which is
 * awsmfa-endpoint with every call that can fail wrapped by the linker.
 */
#ifndef FIRE_PLAN_H
#define FIRE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define PLAN_PATH	"/run/bed/plan"
#define PLAN_NAME	40
#define PLAN_SAID	512
#define PLAN_SEEN	128
#define PLAN_NONE	UINT32_MAX	/* an ordinal: names are noted */

/* How a call fails. A kind of call has some of these, and is counted then. */
enum plan_how {
	PLAN_FAIL,		/* at once, nothing done */
	PLAN_LASTING,		/* so do all of its kind that follow */
	PLAN_SHORT,		/* half of the octets are read or written */
	PLAN_INTERRUPTED,	/* EINTR, nothing done */
	PLAN_LATE,		/* after it was done */
	PLAN_CRYPTO,		/* libcrypto's own memory, at once */
	PLAN_HOWS
};

#define PLAN_BIT(how)	(1U << (how))

/* Whose calls are counted. */
enum plan_where {
	PLAN_CONVERSATION = 1,	/* from the first frame to the outcome */
	PLAN_AROUND = 2,	/* before: the start, the service itself */
};

struct plan {
	/* Set by the test. */
	unsigned	ordinal;	/* the call that fails; 0: none does */
	enum plan_how	how;
	unsigned	where;
	/* Set by the endpoint. */
	unsigned	calls;		/* so far */
	char		failed[PLAN_NAME];	/* what the call was */
	unsigned	leaked;		/* descriptors, at a conversation's end */
	unsigned	said_count;
	char		said[PLAN_SAID];	/* the last line in the log */
	/* Set by the test: only calls of this name count; empty: all do. */
	char		only[PLAN_NAME];
	/* Set by the endpoint, with PLAN_NONE: what calls there were. */
	unsigned	seen_count;
	char		seen[PLAN_SEEN][PLAN_NAME];
};

/*
 * How many calls there are of some kinds, poll(2) say, depends on the moment: so
 * a test numbers those of each name by themselves, and misses none.
 */

/*
 * The next call, of NAME, can fail in the ways HOWS (bits): true where it is to
 * fail, as plan_how() says, from now on.
 */
bool		plan_take(const char *name, unsigned hows);
enum plan_how	plan_how(void);
/* Keeps what goes to the log. */
void		plan_say(const char *line);

#endif
