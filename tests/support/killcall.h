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

/* Who is killed, and when. */
struct killing {
	enum part	part;
	unsigned long	at;	/* the stop; 0: none is killed */
	/*
	 * Stops are only where a call begins that changes a file, tells someone
	 * something or ends the process: what comes between is the same to all
	 * others.
	 */
	bool		changes;
};

struct killed {
	bool		killed;
	unsigned long	stops;	/* so many there were */
	int		status;	/* of HOST, as of waitpid(2) */
};

/*
 * Lets HOST go, which is the caller's child and stopped, follows it and all it
 * starts, and the service with the process id SERVICE (0: none) and its
 * workers. Kills (SIGKILL) as KILLING says: stop 1 is the begin of the first
 * system call, 2 its end, and so on. The host's are counted from its first
 * socket on, a worker's from the end of its accept(2), the parent's from where
 * it hears of that.
 *
 * Returns when HOST has ended, and others are killed or at rest. Ends the
 * process where that can't be done. What is still followed is let go when the
 * caller ends.
 */
struct killed	killcall(pid_t host, pid_t service,
		    const struct killing *killing);

#endif
