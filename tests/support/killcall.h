/*
 * Follows a sign-in, system call by system call (ptrace(2)), and kills one of
 * the processes that take part in it at a call of one's choice.
 */
#ifndef SUPPORT_KILLCALL_H
#define SUPPORT_KILLCALL_H

#include <sys/types.h>
#include <stdbool.h>

/* What a process is to the sign-in. */
enum part {
	PART_HOST,		/* that wants to sign in */
	PART_KEEPER,		/* its child, without a service */
	PART_ENDPOINT,		/* the keeper's child */
	PART_PARENT,		/* of the service */
	PART_WORKER,		/* that was there before */
	PART_FRESH,		/* that the parent makes meanwhile */
	PARTS
};

/* "host", "keeper", ...; false where NAME is none. */
bool	part_parse(const char *name, enum part *ret);

/*
 * Lets HOST go, which is the caller's child and stopped, follows it and all it
 * starts, and the service with the process id SERVICE (0: none) and its
 * workers. Kills (SIGKILL) what is PART at its stop AT: 1 is the begin of the
 * first system call, 2 its end, and so on. The host's are counted from its
 * first socket on, a worker's from the end of its accept(2), the parent's from
 * where it hears of that. 0: kills none.
 *
 * Returns when HOST has ended, and others are killed or at rest: true if it
 * has killed. In *RET_STOPS, how many stops there were. Ends the process where
 * that can't be done. What is still followed is let go when the caller ends.
 */
bool	killcall(pid_t host, pid_t service, enum part part, unsigned long at,
	    unsigned long *ret_stops);

#endif
