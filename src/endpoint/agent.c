#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint/agent.h"
#include "wire/frame.h"

void
agent_answer_clear(struct agent_answer *answer)
{
	freep(&answer->bytes);
	answer->len = 0;
}

/* Waits for EVENTS at the agent, while the person stays. */
static enum mfa_code
wait_for(const struct agent *agent, short events, struct mfa_error *err)
{
	struct pollfd fds[] = {
		{ .fd = agent->fd, .events = events },
		{ .fd = agent->person_fd, .events = POLLIN | POLLRDHUP },
	};
	int64_t left;
	int n;

	do {
		left = agent->deadline - wire_now();
		if (left > INT_MAX)
			left = INT_MAX;
		n = poll(fds, 2, left > 0 ? (int)left : 0);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno, "poll");
	if (fds[1].revents != 0)
		return mfa_error_set(err, MFA_REQUEST_ABORTED, 0,
		    "the person left while an SSH agent was asked");
	if (n == 0 || left <= 0)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent did not answer in time");
	return MFA_OK;
}

/*
 * After a transfer that gave N, -1 with errno: is it to be tried again once the
 * agent is ready? Else what that means.
 */
static enum mfa_code
after(const struct agent *agent, ssize_t n, short events, struct mfa_error *err)
{
	if (n == 0)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent hung up");
	if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		return mfa_error_set(err, MFA_ACCESS_DENIED, errno,
		    "talking to the SSH agent");
	return wait_for(agent, events, err);
}

static enum mfa_code
send_request(const struct agent *agent, const struct agent_request *request,
    struct mfa_error *err)
{
	enum mfa_code code;
	size_t sent = 0;
	ssize_t n;

	while (sent < request->len) {
		n = send(agent->fd, request->bytes + sent, request->len - sent,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			sent += (size_t)n;
		else if ((code = after(agent, n, POLLOUT, err)) != MFA_OK)
			return code;
	}
	return MFA_OK;
}

/* Octets that trickle in are waited for no longer than others. */
static enum mfa_code
receive(const struct agent *agent, uint8_t *bytes, size_t len,
    struct mfa_error *err)
{
	enum mfa_code code;
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		if (wire_now() >= agent->deadline &&
		    (code = wait_for(agent, 0, err)) != MFA_OK)
			return code;
		n = recv(agent->fd, bytes + got, len - got, MSG_DONTWAIT);
		if (n > 0)
			got += (size_t)n;
		else if ((code = after(agent, n, POLLIN, err)) != MFA_OK)
			return code;
	}
	return MFA_OK;
}

static enum mfa_code
ask(const struct agent *agent, const struct agent_request *request,
    struct agent_answer *ret, struct mfa_error *err)
{
	_cleanup_(agent_answer_clear) struct agent_answer answer = { 0 };
	uint8_t header[AGENT_LENGTH_SIZE];
	enum mfa_code code;

	if ((code = send_request(agent, request, err)) != MFA_OK ||
	    (code = receive(agent, header, sizeof(header), err)) != MFA_OK ||
	    (code = agent_read_length(header, &answer.len, err)) != MFA_OK)
		return code;
	if ((answer.bytes = malloc(answer.len)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "an SSH agent's answer of %zu octets", answer.len);
	code = receive(agent, answer.bytes, answer.len, err);
	if (code != MFA_OK)
		return code;
	*ret = answer;
	memset(&answer, 0, sizeof(answer));
	return MFA_OK;
}

enum mfa_code
agent_list(const struct agent *agent, struct agent_answer *ret_answer,
    struct agent_identities *ret_keys, struct mfa_error *err)
{
	_cleanup_(agent_answer_clear) struct agent_answer answer = { 0 };
	struct agent_request request;
	enum mfa_code code;

	agent_ask_identities(&request);
	if ((code = ask(agent, &request, &answer, err)) != MFA_OK ||
	    (code = agent_read_identities(answer.bytes, answer.len, ret_keys,
		 err)) != MFA_OK)
		return code;
	*ret_answer = answer;
	memset(&answer, 0, sizeof(answer));
	return MFA_OK;
}

enum mfa_code
agent_sign(const struct agent *agent, const struct ssh_octets *key,
    const struct ssh_octets *data, struct agent_answer *ret_answer,
    struct ssh_octets *ret_signature, struct mfa_error *err)
{
	_cleanup_(agent_answer_clear) struct agent_answer answer = { 0 };
	struct agent_request request;
	enum mfa_code code;

	if ((code = agent_ask_signature(key, data, &request, err)) != MFA_OK ||
	    (code = ask(agent, &request, &answer, err)) != MFA_OK ||
	    (code = agent_read_signature(answer.bytes, answer.len,
		 ret_signature, err)) != MFA_OK)
		return code;
	*ret_answer = answer;
	memset(&answer, 0, sizeof(answer));
	return MFA_OK;
}
