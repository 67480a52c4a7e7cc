#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "endpoint/endpoint.h"
#include "endpoint/person.h"

static enum mfa_code
send_text(const struct remote_person *remote, enum wire_type type,
    const char *text, struct mfa_error *err)
{
	enum mfa_code code;

	code = wire_send(remote->fd, type, text, strlen(text),
	    wire_now() + SEND_TIMEOUT_MS, err);
	return code == MFA_SERVICE_UNAVAILABLE
	    ? mfa_error_set(err, MFA_REQUEST_ABORTED, 0, "the caller has gone")
	    : code;
}

static int64_t
answer_deadline(const struct remote_person *remote)
{
	int64_t deadline = wire_now() + (int64_t)remote->timeout * 1000;

	return remote->deadline != 0 && remote->deadline < deadline
	    ? remote->deadline
	    : deadline;
}

enum mfa_code
person_ask(struct remote_person *remote, const char *prompt, bool optional,
    struct wire_frame *ret_answer, struct mfa_error *err)
{
	enum wire_type type = optional ? WIRE_PROMPT_OPTIONAL : WIRE_PROMPT;
	enum mfa_code code;

	if (++remote->prompts > WIRE_PROMPTS_MAX)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "more than %d prompts", WIRE_PROMPTS_MAX);
	if ((code = send_text(remote, type, prompt, err)) != MFA_OK)
		return code;
	code = wire_receive(remote->fd, answer_deadline(remote), ret_answer,
	    err);
	remote->since = wire_now();
	if (code == MFA_REQUEST_ABORTED)
		return mfa_error_set(err, code, 0,
		    "no answer was given at the prompt");
	if (code == MFA_SERVICE_UNAVAILABLE)
		return mfa_error_set(err, MFA_REQUEST_ABORTED, 0,
		    "no answer was given at the prompt in time");
	if (code != MFA_OK)
		return code;
	if (ret_answer->type != WIRE_ANSWER)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the caller sent a frame of type %u for an answer",
		    (unsigned)ret_answer->type);
	return MFA_OK;
}

int64_t
person_round(int64_t since, int64_t now)
{
	return since + ((now - since) / DENIAL_ROUND_MS + 1) * DENIAL_ROUND_MS;
}

void
person_round_up(const struct remote_person *remote)
{
	int64_t until = person_round(remote->since, wire_now());
	struct timespec ts;

	ts.tv_sec = until / 1000;
	ts.tv_nsec = until % 1000 * 1000000;
	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		continue;
}

static enum mfa_code
show(void *ctx, const char *text, struct mfa_error *err)
{
	return send_text(ctx, WIRE_MESSAGE, text, err);
}

static enum mfa_code
ask(void *ctx, const char *prompt, struct secret *ret_answer,
    struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame answer = { 0 };
	enum mfa_code code;

	code = person_ask(ctx, prompt, false, &answer, err);
	if (code != MFA_OK)
		return code;
	if (!secret_set(ret_answer, answer.payload, answer.len))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the answer is too long");
	return MFA_OK;
}

static enum mfa_code
ask_text(void *ctx, const char *prompt, struct secret_text *ret_answer,
    struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame answer = { 0 };
	enum mfa_code code;

	_Static_assert(WIRE_ANSWER_MAX < SECRET_TEXT_SIZE,
	    "an answer fits with its NUL");
	code = person_ask(ctx, prompt, false, &answer, err);
	if (code != MFA_OK)
		return code;
	if (answer.len > 0 && memchr(answer.payload, '\0', answer.len) != NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the answer is not text");
	if (answer.len > 0)
		memcpy(ret_answer->text, answer.payload, answer.len);
	ret_answer->text[answer.len] = '\0';
	return MFA_OK;
}

static enum mfa_code
wait_for(void *ctx, unsigned seconds, struct mfa_error *err)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", seconds);
	return send_text(ctx, WIRE_WAIT, text, err);
}

struct person
person_of(struct remote_person *remote)
{
	return (struct person){ .show = show,
		.ask = ask,
		.wait = wait_for,
		.ask_text = ask_text,
		.fd = remote->fd,
		.ctx = remote };
}
