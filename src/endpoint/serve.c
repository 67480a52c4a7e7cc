#include <sys/socket.h>

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "endpoint/endpoint.h"
#include "endpoint/log.h"
#include "endpoint/peer.h"
#include "endpoint/serve.h"

#define OVERFLOW_UID 65534 /* the kernel's default */
#define STRANGER_MS  200 /* for the first word of who is no user */

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

enum mfa_code
peer_receive(const struct peer *peer, int64_t deadline,
    struct wire_frame *ret_frame, struct mfa_error *err)
{
	if (deadline > peer->deadline)
		deadline = peer->deadline;
	return wire_receive_short(peer->fd,
	    peer->uid == 0 ? SIZE_MAX : USER_FRAME_MAX, deadline, ret_frame,
	    err);
}

/* What the kernel tells of a user that it can't name here: nobody at all. */
static uid_t
overflow_uid(void)
{
	char text[16];
	uint64_t uid;
	_cleanup_(closep) int fd = -1;
	ssize_t n;

	fd = open("/proc/sys/kernel/overflowuid", O_RDONLY | O_CLOEXEC);
	if (fd == -1 || (n = read(fd, text, sizeof(text) - 1)) <= 0)
		return OVERFLOW_UID;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text_parse_u64(text, &uid) && uid < UINT32_MAX ? (uid_t)uid
							      : OVERFLOW_UID;
}

/*
 * Root and users are; the account itself is no user, and has no devices. Nor
 * are the uids that someone has for namespaces of their own (see subuid(5)),
 * each of which would have a user's places.
 */
static bool
is_served(const struct endpoint *endpoint, const struct peer *peer)
{
	return peer->uid == 0 ||
	    (peer->uid != endpoint->account && peer->uid != (uid_t)-1 &&
		peer->uid != overflow_uid() && getpwuid(peer->uid) != NULL);
}

/* Who finds a socket open and is no one learns that, and no more. */
static void
refuse(const struct peer *peer, enum wire_type first)
{
	static const char failure[] = "{\"Error\":{\"Code\":\"AccessDenied\","
				      "\"Message\":\"You are no user of "
				      "this host\"}}";
	struct log_subject subject = { .operation = "Connect",
		.caller = peer->uid };
	int64_t deadline = wire_now() + SEND_TIMEOUT_MS;
	struct mfa_error err;

	log_decision(&subject, MFA_ACCESS_DENIED, "the caller is no user");
	if (first == WIRE_OPERATION || first == WIRE_AGENT)
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
	bool served;

	if (!peer_find(fd, &peer)) {
		log_problem("a connection whose peer can't be told");
		return;
	}
	served = is_served(endpoint, &peer);
	if (peer_receive(&peer,
		wire_now() + (served ? REQUEST_TIMEOUT_MS : STRANGER_MS),
		&first, &err) != MFA_OK) {
		log_problem("pid %d, uid %u: %s", (int)peer.pid,
		    (unsigned)peer.uid, mfa_error_text(&err));
		return;
	}
	if (!served)
		refuse(&peer, first.type);
	else if (first.type == WIRE_OPERATION || first.type == WIRE_AGENT)
		serve_operations(endpoint, &peer, &first);
	else
		serve_signin(endpoint, &peer, &first);
}
