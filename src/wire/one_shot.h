/*
 * A one-shot endpoint: awsmfa-endpoint for one conversation, started by a root
 * caller where no service listens.
 */
#ifndef WIRE_ONE_SHOT_H
#define WIRE_ONE_SHOT_H

#include <sys/types.h>

#include "base/cleanup.h"

struct one_shot {
	const char	*endpoint;	/* absolute path of the program */
	uid_t		uid;		/* the account's; never 0 */
	gid_t		gid;
};

/*
 * Starts the endpoint with FD as its descriptor 3; FD stays the caller's. What
 * goes wrong after the start shows as the end of the connection. Returns the
 * process to give to one_shot_end(), or -1 with errno. It raises no SIGCHLD,
 * and a waitpid(-1) of the host does not see it.
 */
pid_t	one_shot_start(const struct one_shot *one_shot, int fd) _must_check_;

/*
 * Waits up to a second for the endpoint to end, kills it after that, and reaps
 * in any case. The caller has closed its end of the connection.
 */
void	one_shot_end(pid_t pid);

#endif
