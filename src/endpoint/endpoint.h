/*
 * awsmfa-endpoint: the only program that reads or writes state. What all its
 * parts share.
 */
#ifndef ENDPOINT_ENDPOINT_H
#define ENDPOINT_ENDPOINT_H

#include <sys/types.h>
#include <stdbool.h>

#include "base/world.h"
#include "mfa/settings.h"
#include "policy/policy.h"
#include "wire/frame.h"

#define REQUEST_TIMEOUT_MS	5000	/* for the frames before the prompt */
#define SEND_TIMEOUT_MS		5000
#define DENIAL_ROUND_MS		50	/* law: denials take the same time */
#define SESSION_IDLE_MS		300000	/* between two operations */
#define USER_CONNECTION_MS	900000	/* all of a user's, from its start */
#define USER_FRAME_MAX		(64 * 1024)	/* octets, from a user */

struct endpoint {
	const struct world	*world;
	uid_t			account;	/* who it runs as */
	const char		*conf_path;
	const char		*policy_path;
	const char		*state_path;
	const char		*key_path;
	/*
	 * Read ahead by a waiting worker; used if the file is still the same.
	 */
	struct settings		settings;
	bool			has_settings;
	/* The same; NULL: not read yet, or it can't be. */
	struct policy		*policy;
	struct stat		policy_seen;
};

/* Who asks. */
struct peer {
	int	fd;		/* borrowed */
	uid_t	uid;		/* effective; SO_PEERCRED */
	pid_t	pid;
	uint64_t	start;	/* of the process; 0: not known */
	int64_t	deadline;	/* of the connection; wire_now() terms */
};

/*
 * Receives a frame of PEER's until DEADLINE or the connection's own; see
 * wire_receive(). A user's have USER_FRAME_MAX octets at most.
 */
enum mfa_code	peer_receive(const struct peer *peer, int64_t deadline,
		    struct wire_frame *ret_frame, struct mfa_error *err)
		    _must_check_;

/*
 * Serves one conversation on FD, from the first frame to the outcome. The
 * descriptor stays the caller's.
 */
void	serve(struct endpoint *endpoint, int fd);

/* Reads settings and policy ahead, so that a sign-in need not. */
void	endpoint_read_ahead(struct endpoint *endpoint);

/*
 * The settings in force: PATH's (NULL: the default file, which may be absent).
 *  MFA_INVALID_CONFIGURATION
 */
enum mfa_code	endpoint_settings(struct endpoint *endpoint, const char *path,
		    struct settings *ret, struct mfa_error *err) _must_check_;

/*
 * The policy in force: that of policy_path, or the one that is compiled in
 * where there is no such file. *ret is borrowed, until the next call.
 *  MFA_INVALID_CONFIGURATION  it is there, and not root's, or no such document
 *  MFA_SERVICE_FAILURE        no memory
 */
enum mfa_code	endpoint_policy(struct endpoint *endpoint,
		    const struct policy **ret, struct mfa_error *err)
		    _must_check_;

/* Is what was read the document in force? */
bool	endpoint_policy_is_current(const struct endpoint *endpoint);

/*
 * Serves the listening socket FD until SIGTERM. Returns the exit status.
 */
int	service_run(struct endpoint *endpoint, int fd);

#endif
