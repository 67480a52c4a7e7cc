#include <sys/socket.h>

#include "endpoint/endpoint.h"
#include "endpoint/log.h"
#include "endpoint/serve.h"

void
endpoint_read_ahead(struct endpoint *endpoint)
{
	const struct policy *policy;
	struct mfa_error ignored;

	(void)!endpoint_policy(endpoint, &policy, &ignored);
	endpoint->has_settings = settings_read(endpoint->conf_path, true,
				     &endpoint->settings, &ignored) == MFA_OK;
}

enum mfa_code
endpoint_settings(struct endpoint *endpoint, const char *path,
    struct settings *ret, struct mfa_error *err)
{
	if (path != NULL)
		return settings_read(path, false, ret, err);
	if (!endpoint->has_settings ||
	    !settings_is_current(&endpoint->settings, endpoint->conf_path))
		return settings_read(endpoint->conf_path, true, ret, err);
	*ret = endpoint->settings;
	return MFA_OK;
}

static bool
find_peer(int fd, struct peer *ret)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 ||
	    len != sizeof(cred))
		return false;
	ret->fd = fd;
	ret->uid = cred.uid;
	ret->pid = cred.pid;
	return true;
}

/*
 * Only root is served; who else finds a socket open learns that, and no more.
 */
static void
refuse(const struct peer *peer, enum wire_type first)
{
	static const char failure[] = "{\"Error\":{\"Code\":\"AccessDenied\","
				      "\"Message\":\"Only root may do this\"}}";
	struct log_subject subject = { .operation = "Connect",
		.caller = peer->uid };
	int64_t deadline = wire_now() + SEND_TIMEOUT_MS;
	struct mfa_error err;

	log_decision(&subject, MFA_ACCESS_DENIED, "the caller is not root");
	if (first == WIRE_OPERATION)
		(void)!wire_send(peer->fd, WIRE_FAILURE, failure,
		    sizeof(failure) - 1, deadline, &err);
	else
		(void)!wire_send(peer->fd, WIRE_OUTCOME, "AccessDenied",
		    sizeof("AccessDenied") - 1, deadline, &err);
}

void
serve(struct endpoint *endpoint, int fd)
{
	_cleanup_(wire_clear) struct wire_frame first = { 0 };
	struct mfa_error err;
	struct peer peer;

	if (!find_peer(fd, &peer)) {
		log_problem("a connection whose peer can't be told");
		return;
	}
	if (wire_receive(fd, wire_now() + REQUEST_TIMEOUT_MS, &first, &err) !=
	    MFA_OK) {
		log_problem("pid %d, uid %u: %s", (int)peer.pid,
		    (unsigned)peer.uid, mfa_error_text(&err));
		return;
	}
	if (peer.uid != 0)
		refuse(&peer, first.type);
	else if (first.type == WIRE_OPERATION)
		serve_operations(endpoint, &peer, &first);
	else
		serve_signin(endpoint, &peer, &first);
}
