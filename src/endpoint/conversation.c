#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "endpoint/conversation.h"
#include "endpoint/log.h"
#include "endpoint/peer.h"
#include "endpoint/process.h"
#include "mfa/ticket.h"
#include "wire/frame.h"

#define TICKET_VARIABLE "AWSMFA_TICKET="
#define RUN_AWSMFA	"If you have no MFA device yet, run awsmfa to add one."

_Static_assert(sizeof(TICKET_VARIABLE) + TICKET_SIZE <= WIRE_STRING_MAX,
    "a ticket goes in one frame");

void
conversation_clear(struct conversation *conversation)
{
	request_clear(&conversation->request);
	store_freep(&conversation->store);
}

bool
conversation_has_phases(const struct conversation *conversation)
{
	return conversation->peer->uid == 0 &&
	    settings_has_service(&conversation->settings.account_services,
		conversation->request.service);
}

static enum mfa_code
send_text(const struct conversation *conversation, enum wire_type type,
    const char *text, struct mfa_error *err)
{
	return wire_send(conversation->peer->fd, type, text, strlen(text),
	    wire_now() + SEND_TIMEOUT_MS, err);
}

enum mfa_code
conversation_show(struct conversation *conversation, const char *text,
    struct mfa_error *err)
{
	struct person person = person_of(&conversation->person);

	return person.show(person.ctx, text, err);
}

struct log_subject
conversation_subject(const struct conversation *conversation)
{
	const struct request *request = &conversation->request;

	return (struct log_subject){
		.operation = phase_name(request->phase),
		.user = request->user,
		.service = request->service,
		.rhost = request->rhost,
		.tty = request->tty,
		.serial = conversation->proof.serial,
		.caller = conversation->peer->uid,
	};
}

void
conversation_log(const struct conversation *conversation, enum mfa_code code,
    const char *detail)
{
	const struct log_subject subject = conversation_subject(conversation);

	log_decision(&subject, code, detail);
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

/*
 * What everyone who is denied here is told: where people are to enrol, and
 * can't do so at the sign-in, how to. At a logout there is no one to tell.
 */
static bool
send_sentences(const struct conversation *conversation)
{
	const char *sentence = conversation->settings.denied;
	struct mfa_error err;

	if (conversation->request.phase == PHASE_CLOSE_SESSION)
		return true;
	if (sentence[0] != '\0' &&
	    send_text(conversation, WIRE_MESSAGE, sentence, &err) != MFA_OK)
		return false;
	switch (conversation->request.unenrolled) {
	case UNENROLLED_DENY:
	case UNENROLLED_ALLOW:
		return true;
	case UNENROLLED_ENROLL:
	case UNENROLLED_ENROLL_OPEN:
		break;
	}
	return conversation_has_phases(conversation) ||
	    send_text(conversation, WIRE_MESSAGE, RUN_AWSMFA, &err) == MFA_OK;
}

void
conversation_deny(struct conversation *conversation,
    const struct mfa_error *why)
{
	conversation_log(conversation, why->code, mfa_error_text(why));
	if (why->code == MFA_REQUEST_ABORTED)
		return;
	person_round_up(&conversation->person);
	if (send_sentences(conversation))
		send_outcome(conversation, outcome_name(why->code));
}

/* Seals a ticket for the process that asks, and sshd's for its parent too. */
static enum mfa_code
make_ticket(const struct conversation *conversation,
    const struct host_user *user, char ret[static TICKET_SIZE],
    struct mfa_error *err)
{
	const struct world *world = conversation->ctx.world;
	const char *service = conversation->request.service;
	struct ticket ticket = { .user = *user,
		.proof = conversation->proof,
		.issued = world->boottime(world->ctx) };
	pid_t parent, ignored;
	enum mfa_code code;

	code = peer_identify(conversation->peer, &ticket.caller, &parent, err);
	if (code != MFA_OK)
		return code;
	/* Its auth runs in a child of the process that opens the session. */
	if (strncmp(service, "sshd", 4) == 0)
		(void)process_identify(parent, &ticket.parent, &ignored);
	(void)snprintf(ticket.service, sizeof(ticket.service), "%s", service);
	return ticket_seal(&conversation->ctx, &ticket, ret, err);
}

/* What is said when someone is let in, all at once. */
struct farewell {
	char device[sizeof("AWSMFA_DEVICE=") + SERIAL_NUMBER_MAX];
	char time[sizeof("AWSMFA_TIME=") + TEXT_TIME_SIZE];
	char ticket[sizeof(TICKET_VARIABLE) + TICKET_SIZE];
	size_t count;
	struct wire_part parts[WIRE_PARTS_MAX];
};

static void
add_part(struct farewell *farewell, enum wire_type type, const char *text)
{
	farewell->parts[farewell->count++] = (struct wire_part){ type, text,
		strlen(text) };
}

static void
add_proof(const struct conversation *conversation, struct farewell *farewell)
{
	const struct world *world = conversation->ctx.world;
	char time[TEXT_TIME_SIZE];

	if (conversation->proof.serial[0] == '\0')
		return;
	(void)snprintf(farewell->device, sizeof(farewell->device),
	    "AWSMFA_DEVICE=%s", conversation->proof.serial);
	add_part(farewell, WIRE_ENVIRONMENT, farewell->device);
	text_time(world->now(world->ctx), time);
	(void)snprintf(farewell->time, sizeof(farewell->time), "AWSMFA_TIME=%s",
	    time);
	add_part(farewell, WIRE_ENVIRONMENT, farewell->time);
}

/* What was proved is for the phase in which it was. */
static void
say_farewell(const struct conversation *conversation, const char *ticket)
{
	struct farewell farewell = { .count = 0 };
	struct mfa_error err;

	if (ticket[0] != '\0' ||
	    conversation->request.phase == PHASE_AUTHENTICATE)
		add_proof(conversation, &farewell);
	if (ticket[0] != '\0') {
		(void)snprintf(farewell.ticket, sizeof(farewell.ticket),
		    TICKET_VARIABLE "%s", ticket);
		add_part(&farewell, WIRE_ENVIRONMENT, farewell.ticket);
	}
	add_part(&farewell, WIRE_OUTCOME, mfa_code_name(MFA_OK));
	(void)!wire_send_parts(conversation->peer->fd, farewell.parts,
	    farewell.count, wire_now() + SEND_TIMEOUT_MS, &err);
	(void)shutdown(conversation->peer->fd, SHUT_WR);
}

void
conversation_let_in(struct conversation *conversation,
    const struct host_user *user, const char *detail)
{
	char ticket[TICKET_SIZE] = "";
	struct mfa_error err;

	/* Without one the later phases, where the stack has them, deny. */
	if (user != NULL &&
	    make_ticket(conversation, user, ticket, &err) != MFA_OK)
		log_problem("user %s: no ticket: %s", user->name,
		    mfa_error_text(&err));
	conversation_log(conversation, MFA_OK, detail);
	say_farewell(conversation, ticket);
}

void
conversation_defer(struct conversation *conversation, const char *detail)
{
	conversation_log(conversation, MFA_ENROLLMENT_PENDING, detail);
	send_outcome(conversation, mfa_code_name(MFA_ENROLLMENT_PENDING));
}

void
conversation_ignore(struct conversation *conversation)
{
	send_outcome(conversation, mfa_code_name(MFA_IGNORED));
}
