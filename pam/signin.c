#include <string.h>

#include "base/text.h"
#include "pam/finished.h"
#include "pam/interrupt.h"
#include "pam/request.h"
#include "pam/signin.h"
#include "wire/frame.h"

#define FRAMES_MAX	64 /* of one sign-in */
#define ENVIRONMENT_MAX 16
#define ENV_PREFIX	"AWSMFA_"
#define ENV_CHARS	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

struct relay {
	const struct signin *signin;
	enum answer_source source;
	int fd;
	int64_t deadline; /* wire_now() terms */
	unsigned prompts;
	bool tap; /* a key has been waited for */
	bool waiting; /* for a key, as of now */
	struct wire_frame hushed; /* the last message, where all are silent */
	/* Kept until the outcome is known. */
	size_t environment_count;
	struct wire_frame environment[ENVIRONMENT_MAX];
};

static void
relay_clear(struct relay *relay)
{
	size_t i;

	for (i = 0; i < relay->environment_count; i++)
		wire_clear(&relay->environment[i]);
	relay->environment_count = 0;
	wire_clear(&relay->hushed);
}

/* An item that is a string, or NULL where it is not set or empty. */
static const char *
get_item(pam_handle_t *pamh, int type)
{
	const void *item = NULL;

	if (pam_get_item(pamh, type, &item) != PAM_SUCCESS || item == NULL ||
	    *(const char *)item == '\0')
		return NULL;
	return item;
}

static enum mfa_code
check_items(const struct signin *signin, struct mfa_error *err)
{
	const char *items[] = { signin->user, signin->service, signin->rhost,
		signin->tty };
	size_t i;

	if (signin->user == NULL || signin->service == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the application has not said %s",
		    signin->user == NULL ? "who signs in" : "what it is");
	for (i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (items[i] != NULL &&
		    strnlen(items[i], WIRE_STRING_MAX + 1) > WIRE_STRING_MAX)
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "user, service, remote host or tty of more than "
			    "%d octets",
			    WIRE_STRING_MAX);
	}
	return MFA_OK;
}

enum mfa_code
signin_init(struct signin *ret, pam_handle_t *pamh,
    enum phase phase, const struct arguments *args, struct mfa_error *err)
{
	struct signin signin = {
		.pamh = pamh,
		.phase = phase,
		.args = args,
		.paths = &client_paths_default,
	};
	const char *user = NULL;
	enum mfa_code code;
	int n;

	signin.service = get_item(pamh, PAM_SERVICE);
	n = pam_get_user(pamh, &user, NULL);
	if (n == PAM_CONV_ERR || n == PAM_CONV_AGAIN)
		return mfa_error_set(err, MFA_REQUEST_ABORTED, 0,
		    "the user could not be asked for");
	if (n == PAM_SUCCESS && user != NULL && *user != '\0')
		signin.user = user;
	signin.rhost = get_item(pamh, PAM_RHOST);
	signin.tty = get_item(pamh, PAM_TTY);
	if ((code = check_items(&signin, err)) != MFA_OK)
		return code;
	*ret = signin;
	return MFA_OK;
}

static enum mfa_code
breach(const struct wire_frame *frame, const char *what, struct mfa_error *err)
{
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "the endpoint sent %s (type %d), which is against the protocol",
	    what, (int)frame->type);
}

/* AWSMFA_NAME=VALUE, without control characters. */
static bool
is_environment(const struct wire_frame *frame)
{
	size_t prefix = strlen(ENV_PREFIX), i;

	if (frame->len <= prefix ||
	    memcmp(frame->payload, ENV_PREFIX, prefix) != 0 ||
	    frame->payload[strspn(frame->payload, ENV_CHARS)] != '=')
		return false;
	for (i = 0; i < frame->len; i++) {
		if ((unsigned char)frame->payload[i] < ' ' ||
		    frame->payload[i] == 0x7f)
			return false;
	}
	return true;
}

/* Takes what *FRAME holds. */
static enum mfa_code
on_environment(struct relay *relay, struct wire_frame *frame,
    struct mfa_error *err)
{
	if (!is_environment(frame) ||
	    relay->environment_count == ENVIRONMENT_MAX)
		return breach(frame, "an environment variable", err);
	relay->environment[relay->environment_count++] = *frame;
	memset(frame, 0, sizeof(*frame));
	return MFA_OK;
}

static void
show(struct relay *relay, const struct wire_frame *frame)
{
	int64_t start = wire_now();

	conversation_show(relay->signin->pamh, frame->payload);
	/* The host's time to show it is not the endpoint's. */
	relay->deadline += wire_now() - start;
}

/* May take what *FRAME holds. */
static enum mfa_code
on_message(struct relay *relay, struct wire_frame *frame)
{
	if (!relay->signin->silent || relay->tap) {
		show(relay, frame);
		return MFA_OK;
	}
	wire_clear(&relay->hushed);
	relay->hushed = *frame;
	memset(frame, 0, sizeof(*frame));
	return MFA_OK;
}

/* In which no one is there to be asked. */
static bool
is_session(const struct relay *relay)
{
	return relay->signin->phase == PHASE_OPEN_SESSION ||
	    relay->signin->phase == PHASE_CLOSE_SESSION;
}

static enum mfa_code
on_wait(struct relay *relay, const struct wire_frame *frame,
    struct mfa_error *err)
{
	uint64_t seconds;

	if (is_session(relay) || !text_parse_u64(frame->payload, &seconds) ||
	    seconds == 0 || seconds > WIRE_WAIT_MAX)
		return breach(frame, "a time to wait", err);
	/* No one was told to tap; the sign-in that follows does tell. */
	if (relay->source == ANSWER_AUTHTOK &&
	    relay->signin->args->try_first_pass)
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "a tap is asked for, which no password can be");
	relay->tap = relay->waiting = true;
	relay->deadline = wire_now() + (int64_t)seconds * 1000 +
	    CLIENT_TIMEOUT_MS;
	/* Silence (sudo's default) is not for what one must know to tap. */
	if (relay->hushed.payload != NULL)
		show(relay, &relay->hushed);
	wire_clear(&relay->hushed);
	return MFA_OK;
}

static enum mfa_code
on_prompt(struct relay *relay, const struct wire_frame *frame,
    struct mfa_error *err)
{
	_cleanup_(answer_wipe) struct answer answer = { 0 };
	/*
	 * The first prompt is the code's, unless a key comes before: then it is
	 * for the PIN, of which a key bears a few wrong ones and no more. What
	 * the account phase asks for is no password either.
	 */
	const struct question question = {
		.prompt = frame->payload,
		.optional = frame->type == WIRE_PROMPT_OPTIONAL,
		.later = relay->prompts > 0 || relay->tap ||
		    relay->signin->phase != PHASE_AUTHENTICATE,
	};
	enum mfa_code code;

	if (is_session(relay) || ++relay->prompts > WIRE_PROMPTS_MAX)
		return breach(frame, "one prompt too many", err);
	relay->waiting = false;
	wire_clear(&relay->hushed);
	code = answer_obtain(relay->signin->pamh, relay->signin->args,
	    relay->source, &question, &answer, err);
	if (code != MFA_OK)
		return code;
	relay->deadline = wire_now() + CLIENT_TIMEOUT_MS;
	return wire_send(relay->fd, WIRE_ANSWER, answer.text, answer.len,
	    relay->deadline, err);
}

/* MFA_OK once the endpoint has closed the connection. */
static enum mfa_code
receive_end(struct relay *relay, struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame frame = { 0 };
	int64_t latest = wire_now() + CLIENT_TIMEOUT_MS;
	enum mfa_code code;

	/* What was left of the wait for a key is not for this. */
	if (relay->deadline > latest)
		relay->deadline = latest;
	code = wire_receive(relay->fd, relay->deadline, &frame, err);
	if (code == MFA_REQUEST_ABORTED)
		return MFA_OK;
	if (code != MFA_OK)
		return code;
	return breach(&frame, "something after the outcome", err);
}

/* The account phase need not ask what the endpoint has just said. */
static void
keep_ticket(const struct signin *signin, const char *variable)
{
	static const char prefix[] = SIGNIN_TICKET "=";
	size_t len = sizeof(prefix) - 1;

	if (signin->phase == PHASE_AUTHENTICATE &&
	    strncmp(variable, prefix, len) == 0)
		finished_keep(signin, variable + len);
}

static enum mfa_code
put_environment(struct relay *relay, struct mfa_error *err)
{
	size_t i;

	for (i = 0; i < relay->environment_count; i++) {
		if (pam_putenv(relay->signin->pamh,
			relay->environment[i].payload) != PAM_SUCCESS)
			return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
			    "the PAM environment can't be set");
	}
	for (i = 0; i < relay->environment_count; i++)
		keep_ticket(relay->signin, relay->environment[i].payload);
	return MFA_OK;
}

/* Is OUTCOME one of this phase? */
static bool
may_come(const struct signin *signin, enum mfa_code outcome)
{
	bool is_first = signin->phase == PHASE_AUTHENTICATE;

	if (outcome == MFA_ENROLLMENT_PENDING)
		return is_first && arguments_enroll(signin->args);
	return outcome != MFA_IGNORED || !is_first;
}

static enum mfa_code
on_outcome(struct relay *relay, const struct wire_frame *frame,
    bool *ret_decided, struct mfa_error *err)
{
	enum mfa_code outcome = mfa_code_from_name(frame->payload), code;

	/* A name that is not in the list was logged by no one. */
	if (strcmp(frame->payload, mfa_code_name(outcome)) != 0 ||
	    !may_come(relay->signin, outcome))
		return breach(frame, "an outcome that can't be", err);
	/* What the host goes on with must be the endpoint's last word. */
	if (outcome == MFA_OK || outcome == MFA_ENROLLMENT_PENDING ||
	    outcome == MFA_IGNORED) {
		if ((code = receive_end(relay, err)) != MFA_OK)
			return code;
	}
	if (outcome == MFA_OK && (code = put_environment(relay, err)) != MFA_OK)
		return code;
	*ret_decided = true;
	return outcome == MFA_OK ? MFA_OK
				 : mfa_error_set(err, outcome, 0, "%s", "");
}

/* A frame that is not the outcome. */
static enum mfa_code
on_frame(struct relay *relay, struct wire_frame *frame, struct mfa_error *err)
{
	switch (frame->type) {
	case WIRE_ENVIRONMENT:
		return on_environment(relay, frame, err);
	case WIRE_MESSAGE:
		return on_message(relay, frame);
	case WIRE_PROMPT:
	case WIRE_PROMPT_OPTIONAL:
		return on_prompt(relay, frame, err);
	case WIRE_WAIT:
		return on_wait(relay, frame, err);
	case WIRE_USER:
	case WIRE_SERVICE:
	case WIRE_RHOST:
	case WIRE_TTY:
	case WIRE_CONF:
	case WIRE_UNENROLLED:
	case WIRE_PROMPT_TEXT:
	case WIRE_SIGN_IN:
	case WIRE_ANSWER:
	case WIRE_PHASE:
	case WIRE_TICKET:
	case WIRE_SSH_KEYS:
	case WIRE_PENDING:
	case WIRE_ENROLL_BY:
	case WIRE_MANUAL:
	case WIRE_AGENT:
	case WIRE_OUTCOME:
	case WIRE_OPERATION:
	case WIRE_RESULT:
	case WIRE_FAILURE:
	case WIRE_KEY_REQUEST:
	case WIRE_KEY_PIN:
	case WIRE_KEY_STATUS:
	case WIRE_KEY_ANSWER:
		break;
	}
	return breach(frame, "a frame out of turn", err);
}

static enum mfa_code
receive_frame(struct relay *relay, struct wire_frame *ret_frame,
    struct mfa_error *err)
{
	enum mfa_code code = MFA_OK;

	if (relay->waiting)
		code = interrupt_wait(relay->fd, relay->deadline, err);
	if (code != MFA_OK)
		return code;
	code = wire_receive(relay->fd, relay->deadline, ret_frame, err);
	if (code == MFA_REQUEST_ABORTED)
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		    "the endpoint ended without an outcome");
	return code;
}

static enum mfa_code
relay_frames(struct relay *relay, bool *ret_decided, struct mfa_error *err)
{
	enum mfa_code code;
	int i;

	for (i = 0; i < FRAMES_MAX; i++) {
		_cleanup_(wire_clear) struct wire_frame frame = { 0 };

		if ((code = receive_frame(relay, &frame, err)) != MFA_OK)
			return code;
		if (frame.type == WIRE_OUTCOME)
			return on_outcome(relay, &frame, ret_decided, err);
		if ((code = on_frame(relay, &frame, err)) != MFA_OK)
			return code;
	}
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "the endpoint sent more than %d frames", FRAMES_MAX);
}

/*
 * An endpoint that was started for this sign-in and could not get as far as its
 * log: limits that root may not raise, a file system without it, no memory.
 */
static enum mfa_code
explain(const struct client *client, const char *endpoint, enum mfa_code code,
    struct mfa_error *err)
{
	struct mfa_error why = *err;

	if (code != MFA_SERVICE_UNAVAILABLE || client->child == 0)
		return code;
	return mfa_error_set(err, code, 0,
	    "%s, started for this sign-in as no service listens: %s", endpoint,
	    mfa_error_text(&why));
}

enum mfa_code
signin_run(const struct signin *signin, enum answer_source source,
    bool *ret_decided, struct mfa_error *err)
{
	_cleanup_(client_close) struct client client = { .fd = -1 };
	_cleanup_(relay_clear) struct relay relay = {
		.signin = signin,
		.source = source,
	};
	_cleanup_(closep) int agent = -1;
	enum mfa_code code;

	/* First, as it may take a while for which no endpoint should wait. */
	agent = request_open_agent(signin);
	if ((code = client_open(signin->paths, &client, err)) != MFA_OK)
		return code;
	relay.fd = client.fd;
	relay.deadline = wire_now() + CLIENT_TIMEOUT_MS;
	code = request_send(signin, relay.fd, agent, relay.deadline, err);
	closep(&agent);
	if (code == MFA_OK)
		code = relay_frames(&relay, ret_decided, err);
	return explain(&client, signin->paths->endpoint, code, err);
}
