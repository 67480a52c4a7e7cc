/*
 * The client's way to the endpoint: the service's socket, or a one-shot
 * endpoint of its own. libc only; used by pam_awsmfa.so and awsmfa.
 */
#ifndef WIRE_CLIENT_H
#define WIRE_CLIENT_H

#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define CLIENT_TIMEOUT_MS	6000	/* longest wait for the endpoint */

/* Where the endpoint is; constants of the build in production. */
struct client_paths {
	const char	*socket;	/* /run/awsmfa/login.sock */
	const char	*user_socket;	/* /run/awsmfa/user.sock */
	const char	*endpoint;	/* /usr/libexec/awsmfa-endpoint */
	const char	*account;	/* awsmfa */
};

extern const struct client_paths client_paths_default;

struct client {
	int	fd;	/* connected socket, close-on-exec, non-blocking */
	pid_t	child;		/* one-shot endpoint, or 0 */
};

/*
 * Connects to the service: a caller whose effective uid is 0 to SOCKET, any
 * other to USER_SOCKET. Where no service listens (ENOENT or ECONNREFUSED before
 * any octet was sent) the former starts the one-shot endpoint; for the latter
 * there is none. The peer must be uid 0 or the account.
 *
 * The host stays as it was: no signal is raised, no handler or mask changed,
 * the child raises no SIGCHLD and can't be reaped by the host's waitpid(-1).
 * The one-shot child inherits nothing: see one_shot.c.
 *  MFA_SERVICE_UNAVAILABLE  neither way; the detail says what to do
 *  MFA_ACCESS_DENIED        the peer is someone else
 *  MFA_SERVICE_FAILURE      other errors
 */
enum mfa_code	client_open(const struct client_paths *paths,
		    struct client *ret, struct mfa_error *err) _must_check_;

/*
 * Closes the connection; a one-shot endpoint that does not end by itself within
 * a second is killed, and reaped in any case. Safe on {-1, 0}, and twice.
 */
void	client_close(struct client *client);

/*
 * Moves *FD above 2, where a host with closed standard descriptors writes its
 * messages. Returns false, with *FD still open, where there is no other.
 */
bool	client_move_fd(int *fd) _must_check_;

#endif
