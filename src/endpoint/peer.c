#include <sys/socket.h>

#include "endpoint/peer.h"
#include "endpoint/process.h"

bool
peer_find(int fd, struct peer *ret)
{
	struct ticket_process process = { .pid = 0 };
	struct ucred cred;
	socklen_t len = sizeof(cred);
	pid_t ignored;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 ||
	    len != sizeof(cred))
		return false;
	(void)process_identify(cred.pid, &process, &ignored);
	*ret = (struct peer){ .fd = fd,
		.uid = cred.uid,
		.pid = cred.pid,
		.start = process.start,
		.deadline = cred.uid == 0 ? INT64_MAX
					  : wire_now() + USER_CONNECTION_MS };
	return true;
}

enum mfa_code
peer_identify(const struct peer *peer, struct ticket_process *ret,
    pid_t *ret_parent, struct mfa_error *err)
{
	struct ticket_process process;
	pid_t parent;

	if (!process_identify(peer->pid, &process, &parent))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "/proc does not show process %d, which asks: is it "
		    "mounted with hidepid?",
		    (int)peer->pid);
	if (process.start != peer->start)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "process %d is not the one that has connected",
		    (int)peer->pid);
	*ret = process;
	*ret_parent = parent;
	return MFA_OK;
}

/* Asked after something was read of it: was that still who has connected? */
static bool
is_there(const struct peer *peer)
{
	struct ticket_process process;
	struct mfa_error ignored;
	pid_t parent;

	return peer_identify(peer, &process, &parent, &ignored) == MFA_OK;
}

bool
peer_audit_session(const struct peer *peer, uint32_t *ret)
{
	uint32_t audit;

	if (!process_audit_session(peer->pid, &audit) || !is_there(peer))
		return false;
	*ret = audit;
	return true;
}

struct locality
peer_locality(const struct peer *peer)
{
	struct locality locality = locality_find(peer->pid);

	return is_there(peer) ? locality : (struct locality){ .known = false };
}

bool
peer_is_local(const struct peer *peer, const struct settings *settings,
    const char *service, const char *rhost, const char *tty)
{
	return locality_is_local(settings, peer->pid, service, rhost, tty) &&
	    (settings->keys_for_remote || is_there(peer));
}
