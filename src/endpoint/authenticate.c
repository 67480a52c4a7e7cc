/* The auth phase: one proof, where one is needed. */
#include <stdio.h>

#include "endpoint/locality.h"
#include "endpoint/phase.h"
#include "endpoint/prove.h"

/*
 * Is the caller in a login session that was there before this sign-in, as sudo
 * is, and sshd and login are not?
 */
static bool
is_inside(const struct conversation *conversation)
{
	return conversation->peer->uid == 0 &&
	    !conversation_has_phases(conversation) &&
	    !settings_has_service(&conversation->settings.local_services,
		conversation->request.service);
}

static void
let_in(struct conversation *conversation, const struct signin *signin,
    const char *detail)
{
	const struct world *world = conversation->ctx.world;
	const struct host_user *user = signin_user(signin);

	if (conversation->proof.kind != PROOF_NONE && is_inside(conversation))
		phase_save_session(conversation, user, &conversation->proof,
		    world->boottime(world->ctx));
	conversation_let_in(conversation,
	    conversation_has_phases(conversation) ? user : NULL, detail);
}

/* A user without a device, where a proof is needed. True: it is decided. */
static bool
decide_unenrolled(struct conversation *conversation,
    const struct signin *signin)
{
	const struct request *request = &conversation->request;
	const struct world *world = conversation->ctx.world;
	char reminder[WIRE_STRING_MAX];
	struct mfa_error err = { 0 };

	if (request->enroll_until > world->now(world->ctx)) {
		(void)snprintf(reminder, sizeof(reminder),
		    "Enrol an MFA device by %s: run awsmfa",
		    request->enroll_by);
		(void)!conversation_show(conversation, reminder, &err);
		let_in(conversation, signin,
		    "no device, and enroll_by= is to come");
		return true;
	}
	switch (request->unenrolled) {
	case UNENROLLED_DENY:
		break;
	case UNENROLLED_ALLOW:
		let_in(conversation, signin, "no device, and unenrolled=allow");
		return true;
	case UNENROLLED_ENROLL:
	case UNENROLLED_ENROLL_OPEN:
		if (!conversation_has_phases(conversation))
			break;
		conversation_defer(conversation,
		    "no device; enrolment once the first factor is given");
		return true;
	}
	return false;
}

static void
ask(struct conversation *conversation, struct signin *signin)
{
	const struct request *request = &conversation->request;
	const struct log_subject subject = conversation_subject(conversation);
	const struct proving proving = {
		.person = &conversation->person,
		.settings = &conversation->settings,
		.prompt = request->prompt,
		.local = signin_has_keys(signin) &&
		    locality_is_local(&conversation->settings,
			conversation->peer->pid, request->service,
			request->rhost, request->tty),
		.subject = &subject,
	};
	struct mfa_error err = { 0 };

	if (prove(&proving, signin, &conversation->proof, &conversation->how,
		&err) != MFA_OK)
		conversation_deny(conversation, &err);
	else
		let_in(conversation, signin, conversation->how);
}

/* Root signs anyone in, and everyone else themselves. */
static enum mfa_code
check_caller(const struct conversation *conversation,
    const struct signin *signin, struct mfa_error *err)
{
	const struct host_user *user = signin_user(signin);

	if (conversation->peer->uid == 0 ||
	    (user != NULL && user->uid == conversation->peer->uid))
		return MFA_OK;
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "uid %u asks for another user", (unsigned)conversation->peer->uid);
}

void
phase_authenticate(struct conversation *conversation)
{
	bool root = conversation->peer->uid == 0;
	_cleanup_(signin_freep) struct signin *signin = NULL;
	struct mfa_error err = { 0 };

	if (signin_begin(&conversation->ctx, conversation->request.user,
		root ? LEDGER_LOGIN : LEDGER_USER, &signin, &err) != MFA_OK ||
	    check_caller(conversation, signin, &err) != MFA_OK) {
		conversation_deny(conversation, &err);
		return;
	}
	signin_set_origin(signin, conversation->request.rhost);
	if (!signin_is_unenrolled(signin) ||
	    !decide_unenrolled(conversation, signin))
		ask(conversation, signin);
}
