#include <stddef.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "endpoint/endpoint.h"
#include "endpoint/request.h"
#include "wire/agent_socket.h"

/* A request, with those fields that are words and not kept as they come. */
struct reading {
	struct request request;
	char *phase;
	char *unenrolled;
	char *pending;
	char *manual;
	char *agent;
};

static const struct {
	enum wire_type type;
	size_t offset; /* in struct reading, of a char * */
} fields[] = {
	{ WIRE_USER, offsetof(struct reading, request.user) },
	{ WIRE_SERVICE, offsetof(struct reading, request.service) },
	{ WIRE_RHOST, offsetof(struct reading, request.rhost) },
	{ WIRE_TTY, offsetof(struct reading, request.tty) },
	{ WIRE_CONF, offsetof(struct reading, request.conf) },
	{ WIRE_UNENROLLED, offsetof(struct reading, unenrolled) },
	{ WIRE_PROMPT_TEXT, offsetof(struct reading, request.prompt) },
	{ WIRE_PHASE, offsetof(struct reading, phase) },
	{ WIRE_TICKET, offsetof(struct reading, request.ticket) },
	{ WIRE_SSH_KEYS, offsetof(struct reading, request.ssh_keys) },
	{ WIRE_PENDING, offsetof(struct reading, pending) },
	{ WIRE_ENROLL_BY, offsetof(struct reading, request.enroll_by) },
	{ WIRE_MANUAL, offsetof(struct reading, manual) },
	{ WIRE_AGENT, offsetof(struct reading, agent) },
};

static const char *const phases[PHASES][2] = {
	[PHASE_AUTHENTICATE] = { "authenticate", "SignIn" },
	[PHASE_ACCOUNT] = { "account", "Account" },
	[PHASE_OPEN_SESSION] = { "open_session", "OpenSession" },
	[PHASE_CLOSE_SESSION] = { "close_session", "CloseSession" },
};

static const char *const unenrolled_words[] = {
	[UNENROLLED_DENY] = "deny",
	[UNENROLLED_ALLOW] = "allow",
	[UNENROLLED_ENROLL] = "enroll",
	[UNENROLLED_ENROLL_OPEN] = "enroll-open",
};

#define UNENROLLED_WORDS \
	(sizeof(unenrolled_words) / sizeof(unenrolled_words[0]))

const char *
phase_name(enum phase phase)
{
	return phases[phase][1];
}

void
request_clear(struct request *request)
{
	freep(&request->user);
	freep(&request->service);
	freep(&request->rhost);
	freep(&request->tty);
	freep(&request->conf);
	freep(&request->prompt);
	freep(&request->enroll_by);
	freep(&request->ticket);
	freep(&request->ssh_keys);
	if (request->has_agent)
		closep(&request->agent);
	memset(request, 0, sizeof(*request));
}

/* The request stays. */
static void
reading_clear(struct reading *reading)
{
	request_clear(&reading->request);
	freep(&reading->phase);
	freep(&reading->unenrolled);
	freep(&reading->pending);
	freep(&reading->manual);
	freep(&reading->agent);
}

/* Where the field of TYPE goes; NULL where TYPE is none. */
static char **
field_of(struct reading *reading, enum wire_type type)
{
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].type == type)
			return (char **)(void *)((char *)reading +
			    fields[i].offset);
	}
	return NULL;
}

static enum mfa_code
keep_field(struct reading *reading, struct wire_frame *frame,
    struct mfa_error *err)
{
	char **field = field_of(reading, frame->type);

	if (field == NULL || *field != NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the caller sent a frame of type %u out of turn",
		    (unsigned)frame->type);
	*field = steal(&frame->payload);
	if (frame->type == WIRE_AGENT) {
		reading->request.agent = agent_socket_take(frame);
		reading->request.has_agent = reading->request.agent != -1;
	}
	return MFA_OK;
}

static bool
parse_phase(const char *word, enum phase *ret)
{
	size_t i;

	for (i = 0; word != NULL && i < PHASES; i++) {
		if (strcmp(word, phases[i][0]) == 0) {
			*ret = (enum phase)i;
			return true;
		}
	}
	return word == NULL; /* authenticate */
}

static bool
parse_unenrolled(const char *word, enum unenrolled *ret)
{
	size_t i;

	for (i = 0; word != NULL && i < UNENROLLED_WORDS; i++) {
		if (strcmp(word, unenrolled_words[i]) == 0) {
			*ret = (enum unenrolled)i;
			return true;
		}
	}
	return false;
}

/* "1", or nothing at all. */
static bool
parse_flag(const char *word, bool *ret)
{
	*ret = word != NULL;
	return word == NULL || strcmp(word, "1") == 0;
}

static bool
is_date(const char *word)
{
	static const char shape[] = "dddd-dd-dd";
	size_t i;

	for (i = 0; i < sizeof(shape) - 1; i++) {
		if (shape[i] == 'd' ? word[i] < '0' || word[i] > '9'
				    : word[i] != shape[i])
			return false;
	}
	return word[i] == '\0';
}

/* The end of the day WORD, YYYY-MM-DD, in UTC. */
static enum mfa_code
parse_day(const char *word, int64_t *ret, struct mfa_error *err)
{
	struct tm tm = { 0 };
	char again[TEXT_TIME_SIZE];
	int64_t begin;

	if (is_date(word)) {
		tm.tm_year = (word[0] - '0') * 1000 + (word[1] - '0') * 100 +
		    (word[2] - '0') * 10 + (word[3] - '0') - 1900;
		tm.tm_mon = (word[5] - '0') * 10 + (word[6] - '0') - 1;
		tm.tm_mday = (word[8] - '0') * 10 + (word[9] - '0');
		begin = timegm(&tm);
		text_time(begin, again);
		/* 2026-02-30 comes back as another day. */
		if (begin > 0 && strncmp(again, word, strlen(word)) == 0) {
			*ret = begin + 24 * 60 * 60;
			return MFA_OK;
		}
	}
	return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
	    "enroll_by=: not a day, YYYY-MM-DD");
}

/* Whoever is not root has their word on nothing but who they are. */
static void
confine(struct reading *reading)
{
	struct request *request = &reading->request;

	freep(&request->service);
	freep(&request->rhost);
	freep(&request->tty);
	freep(&request->conf);
	freep(&request->ticket);
	freep(&request->ssh_keys);
	freep(&request->enroll_by);
	request->unenrolled = UNENROLLED_DENY;
	request->pending = false;
	request->manual = false;
}

/* Turns words into what they stand for. */
static enum mfa_code
complete(struct reading *reading, bool root, struct mfa_error *err)
{
	struct request *request = &reading->request;

	if (request->user == NULL || (root && request->service == NULL) ||
	    !parse_phase(reading->phase, &request->phase) ||
	    !parse_unenrolled(reading->unenrolled, &request->unenrolled) ||
	    !parse_flag(reading->pending, &request->pending) ||
	    !parse_flag(reading->manual, &request->manual))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the caller's request lacks a field, or one has a value "
		    "that is none");
	if (!root)
		confine(reading);
	if (request->enroll_by == NULL)
		return MFA_OK;
	return parse_day(request->enroll_by, &request->enroll_until, err);
}

enum mfa_code
request_read(const struct peer *peer, struct wire_frame *first,
    struct request *ret, struct mfa_error *err)
{
	_cleanup_(reading_clear) struct reading reading = { 0 };
	int64_t deadline = wire_now() + REQUEST_TIMEOUT_MS;
	enum mfa_code code = MFA_OK;

	while (code == MFA_OK && first->type != WIRE_SIGN_IN) {
		code = keep_field(&reading, first, err);
		wire_clear(first);
		if (code == MFA_OK)
			code = peer_receive(peer, deadline, first, err);
	}
	if (code == MFA_OK)
		code = complete(&reading, peer->uid == 0, err);
	*ret = reading.request;
	memset(&reading.request, 0, sizeof(reading.request));
	return code;
}
