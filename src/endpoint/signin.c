#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "endpoint/endpoint.h"
#include "endpoint/locality.h"
#include "endpoint/log.h"
#include "endpoint/person.h"
#include "endpoint/prove.h"
#include "endpoint/serve.h"
#include "mfa/signin.h"
#include "store/store.h"
#include "wire/frame.h"

/* A sign-in's fields, as they came; "" where one did not. */
struct fields {
	char *user;
	char *service;
	char *rhost;
	char *tty;
	char *conf;
	char *unenrolled;
	char *prompt;
};

struct conversation {
	struct endpoint *endpoint;
	const struct peer *peer;
	struct fields fields;
	struct settings settings;
	struct remote_person person;
	const char *how; /* the proof was given */
	struct proof proof;
};

static void
fields_clear(struct fields *fields)
{
	freep(&fields->user);
	freep(&fields->service);
	freep(&fields->rhost);
	freep(&fields->tty);
	freep(&fields->conf);
	freep(&fields->unenrolled);
	freep(&fields->prompt);
}

static void
conversation_clear(struct conversation *conversation)
{
	fields_clear(&conversation->fields);
}

/* Where the field of TYPE goes; NULL where TYPE is none. */
static char **
field_of(struct fields *fields, enum wire_type type)
{
	switch (type) {
	case WIRE_USER:
		return &fields->user;
	case WIRE_SERVICE:
		return &fields->service;
	case WIRE_RHOST:
		return &fields->rhost;
	case WIRE_TTY:
		return &fields->tty;
	case WIRE_CONF:
		return &fields->conf;
	case WIRE_UNENROLLED:
		return &fields->unenrolled;
	case WIRE_PROMPT_TEXT:
		return &fields->prompt;
	case WIRE_SIGN_IN:
	case WIRE_ANSWER:
	case WIRE_PHASE:
	case WIRE_TICKET:
	case WIRE_SSH_KEYS:
	case WIRE_PENDING:
	case WIRE_ENROLL_BY:
	case WIRE_MANUAL:
	case WIRE_AGENT:
	case WIRE_PROMPT:
	case WIRE_MESSAGE:
	case WIRE_ENVIRONMENT:
	case WIRE_OUTCOME:
	case WIRE_PROMPT_OPTIONAL:
	case WIRE_WAIT:
	case WIRE_OPERATION:
	case WIRE_RESULT:
	case WIRE_FAILURE:
	case WIRE_KEY_REQUEST:
	case WIRE_KEY_PIN:
	case WIRE_KEY_STATUS:
	case WIRE_KEY_ANSWER:
		break;
	}
	return NULL;
}

static enum mfa_code
keep_field(struct fields *fields, struct wire_frame *frame,
    struct mfa_error *err)
{
	char **field = field_of(fields, frame->type);

	if (field == NULL || *field != NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the caller sent a frame of type %u out of turn",
		    (unsigned)frame->type);
	*field = steal(&frame->payload);
	return MFA_OK;
}

/* Reads the fields up to SIGN_IN; FIRST was received before. */
static enum mfa_code
read_fields(struct conversation *conversation, struct wire_frame *first,
    struct mfa_error *err)
{
	int64_t deadline = wire_now() + REQUEST_TIMEOUT_MS;
	struct fields *fields = &conversation->fields;
	enum mfa_code code;

	while (first->type != WIRE_SIGN_IN) {
		if ((code = keep_field(fields, first, err)) != MFA_OK)
			return code;
		wire_clear(first);
		code = wire_receive(conversation->peer->fd, deadline, first,
		    err);
		if (code != MFA_OK)
			return code;
	}
	if (fields->user == NULL || fields->service == NULL ||
	    fields->unenrolled == NULL ||
	    (strcmp(fields->unenrolled, "deny") != 0 &&
		strcmp(fields->unenrolled, "allow") != 0))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the caller's request lacks a field");
	return MFA_OK;
}

static enum mfa_code
send_text(const struct conversation *conversation, enum wire_type type,
    const char *text, struct mfa_error *err)
{
	return wire_send(conversation->peer->fd, type, text, strlen(text),
	    wire_now() + SEND_TIMEOUT_MS, err);
}

/* Sleeps to the next multiple of DENIAL_ROUND_MS since the user's last word. */
static void
round_up(const struct conversation *conversation)
{
	int64_t spent = wire_now() - conversation->person.since, until;
	struct timespec ts;

	until = conversation->person.since +
	    (spent / DENIAL_ROUND_MS + 1) * DENIAL_ROUND_MS;
	ts.tv_sec = until / 1000;
	ts.tv_nsec = until % 1000 * 1000000;
	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		continue;
}

/*
 * What the caller is told of a denial: whether it is the host's fault. The
 * reason is for the log alone.
 */
static const char *
outcome_name(enum mfa_code code)
{
	switch (code) {
	case MFA_SERVICE_FAILURE:
	case MFA_SERVICE_UNAVAILABLE:
	case MFA_CONCURRENT_MODIFICATION:
		return mfa_code_name(MFA_SERVICE_FAILURE);
	case MFA_INVALID_CONFIGURATION:
		return mfa_code_name(MFA_INVALID_CONFIGURATION);
	case MFA_OK:
	case MFA_ACCESS_DENIED:
	case MFA_DELETE_CONFLICT:
	case MFA_ENTITY_ALREADY_EXISTS:
	case MFA_ENTITY_TEMPORARILY_UNMODIFIABLE:
	case MFA_INVALID_AUTHENTICATION_CODE:
	case MFA_INVALID_INPUT:
	case MFA_LIMIT_EXCEEDED:
	case MFA_NO_SUCH_ENTITY:
	case MFA_NOT_ENROLLED:
	case MFA_THROTTLING:
	case MFA_REQUEST_ABORTED:
	case MFA_ENROLLMENT_PENDING:
	case MFA_IGNORED:
		break;
	}
	return mfa_code_name(MFA_ACCESS_DENIED);
}

/* The last word. The client waits for the end that follows, not for exit(2). */
static void
send_outcome(const struct conversation *conversation, const char *name)
{
	struct mfa_error err;

	(void)!send_text(conversation, WIRE_OUTCOME, name, &err);
	(void)shutdown(conversation->peer->fd, SHUT_WR);
}

static struct log_subject
subject_of(const struct conversation *conversation)
{
	const struct fields *fields = &conversation->fields;

	return (struct log_subject){
		.operation = "SignIn",
		.user = fields->user,
		.service = fields->service,
		.rhost = fields->rhost,
		.tty = fields->tty,
		.serial = conversation->proof.serial,
		.caller = conversation->peer->uid,
	};
}

static void
log_outcome(const struct conversation *conversation, enum mfa_code code,
    const char *detail)
{
	const struct log_subject subject = subject_of(conversation);

	log_decision(&subject, code, detail);
}

static void
deny(const struct conversation *conversation, const struct mfa_error *why)
{
	const char *sentence = conversation->settings.denied;
	struct mfa_error err;

	log_outcome(conversation, why->code, mfa_error_text(why));
	if (why->code == MFA_REQUEST_ABORTED)
		return;
	round_up(conversation);
	if (sentence[0] != '\0' &&
	    send_text(conversation, WIRE_MESSAGE, sentence, &err) != MFA_OK)
		return;
	send_outcome(conversation, outcome_name(why->code));
}

static enum mfa_code
send_environment(const struct conversation *conversation,
    const struct endpoint *endpoint, struct mfa_error *err)
{
	char text[sizeof("AWSMFA_DEVICE=") + SERIAL_NUMBER_MAX + 1];
	char time[TEXT_TIME_SIZE];
	enum mfa_code code;

	strcpy(text, "AWSMFA_DEVICE=");
	strcat(text, conversation->proof.serial);
	code = send_text(conversation, WIRE_ENVIRONMENT, text, err);
	if (code != MFA_OK)
		return code;
	text_time(endpoint->world->now(endpoint->world->ctx), time);
	strcpy(text, "AWSMFA_TIME=");
	strcat(text, time);
	return send_text(conversation, WIRE_ENVIRONMENT, text, err);
}

static void
let_in(const struct conversation *conversation, const char *detail)
{
	struct mfa_error err;

	log_outcome(conversation, MFA_OK, detail);
	if (conversation->proof.serial[0] != '\0' &&
	    send_environment(conversation, conversation->endpoint, &err) !=
		MFA_OK)
		return;
	send_outcome(conversation, mfa_code_name(MFA_OK));
}

static enum mfa_code
obtain(struct conversation *conversation, struct signin *signin,
    struct mfa_error *err)
{
	const struct fields *fields = &conversation->fields;
	const struct log_subject subject = subject_of(conversation);
	const struct proving proving = {
		.person = &conversation->person,
		.settings = &conversation->settings,
		.prompt = fields->prompt,
		.local = signin_has_keys(signin) &&
		    locality_is_local(&conversation->settings,
			conversation->peer->pid, fields->service,
			fields->rhost, fields->tty),
		.subject = &subject,
	};

	return prove(&proving, signin, &conversation->proof,
	    &conversation->how, err);
}

static void
decide(struct conversation *conversation, const struct store *store)
{
	_cleanup_(signin_freep) struct signin *signin = NULL;
	const struct fields *fields = &conversation->fields;
	struct mfa_context ctx = { store, &conversation->settings,
		conversation->endpoint->world };
	struct mfa_error err = { 0 };

	if (signin_begin(&ctx, fields->user, LEDGER_LOGIN, &signin, &err) !=
	    MFA_OK) {
		deny(conversation, &err);
		return;
	}
	signin_set_origin(signin, fields->rhost);
	if (signin_is_unenrolled(signin) &&
	    strcmp(fields->unenrolled, "allow") == 0)
		let_in(conversation, "no device, and unenrolled=allow");
	else if (obtain(conversation, signin, &err) != MFA_OK)
		deny(conversation, &err);
	else
		let_in(conversation, conversation->how);
}

void
serve_signin(struct endpoint *endpoint, const struct peer *peer,
    struct wire_frame *first)
{
	_cleanup_(conversation_clear) struct conversation conversation = {
		.endpoint = endpoint,
		.peer = peer
	};
	_cleanup_(store_freep) struct store *store = NULL;
	struct mfa_error err = { 0 };

	if (read_fields(&conversation, first, &err) != MFA_OK) {
		log_outcome(&conversation, err.code, mfa_error_text(&err));
		return;
	}
	conversation.person.fd = peer->fd;
	conversation.person.since = wire_now();
	if (endpoint_settings(endpoint, conversation.fields.conf,
		&conversation.settings, &err) != MFA_OK ||
	    store_open(endpoint->state_path, endpoint->key_path,
		endpoint->account, endpoint->world, &store, &err) != MFA_OK) {
		deny(&conversation, &err);
		return;
	}
	conversation.person.timeout = conversation.settings.prompt_timeout;
	decide(&conversation, store);
}
