/*
 * awsmfa-key, started by awsmfa-endpoint with a conversation on descriptor 3.
 *
 * The only program that talks to security keys. It decides nothing: what the
 * key said goes back as it is, and the endpoint verifies it.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "key/hidraw.h"
#include "key/worker.h"

#define CONVERSATION_FD 3

/* An account of its own in every id, and not root? */
static bool
is_unprivileged(void)
{
	uid_t real, effective, saved;
	gid_t rgid, egid, sgid;

	return getresuid(&real, &effective, &saved) == 0 &&
	    getresgid(&rgid, &egid, &sgid) == 0 && real != 0 &&
	    real == effective && real == saved && rgid == egid && rgid == sgid;
}

static bool
is_conversation(int fd)
{
	int domain = -1;
	socklen_t len = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	    domain == AF_UNIX;
}

int
main(int argc, char **argv)
{
	(void)argv;
	if (argc != 1 || !is_conversation(CONVERSATION_FD)) {
		(void)fprintf(stderr,
		    "awsmfa-key: started by awsmfa-endpoint, not by hand\n");
		return EXIT_FAILURE;
	}
	if (!is_unprivileged()) {
		(void)fprintf(stderr, "awsmfa-key: does not run as root\n");
		return EXIT_FAILURE;
	}
	(void)umask(077);
	if (close_range(CONVERSATION_FD + 1, ~0U, 0) == -1)
		return EXIT_FAILURE;
	worker_run(CONVERSATION_FD, &hidraw_source);
}
