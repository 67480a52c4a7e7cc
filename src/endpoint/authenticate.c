/* The auth phase: one proof, where the policy wants one. */
#include <stdio.h>
#include <string.h>

#include "endpoint/log.h"
#include "endpoint/peer.h"
#include "endpoint/phase.h"
#include "endpoint/prove.h"
#include "mfa/presence.h"
#include "store/session.h"

/* The auth phase of a user whom nothing bars. */
struct asking {
	struct conversation *conversation;
	struct signin *signin;
	struct access access;
	struct access_mfa mfa; /* that there is, unasked */
	/* What the policy would let in with: codes, keys, no device at all. */
	bool codes;
	bool keys;
	bool unheld;
};

/*
 * Is the caller in a login session that was there before this sign-in, as sudo
 * is, and sshd and login are not? A daemon that someone has started by hand is
 * in theirs, but serves who is elsewhere.
 */
static bool
is_inside(const struct conversation *conversation)
{
	const struct request *request = &conversation->request;

	return conversation->peer->uid == 0 &&
	    !conversation_has_phases(conversation) &&
	    !settings_has_service(&conversation->settings.local_services,
		request->service) &&
	    strncmp(request->service, "sshd", 4) != 0 &&
	    (request->rhost == NULL || request->rhost[0] == '\0');
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

static enum mfa_code
obtain(struct conversation *conversation, struct signin *signin, bool codes,
    bool keys, struct mfa_error *err)
{
	const struct request *request = &conversation->request;
	const struct log_subject subject = conversation_subject(conversation);
	const struct proving proving = {
		.person = &conversation->person,
		.ctx = &conversation->ctx,
		.settings = &conversation->settings,
		.prompt = request->prompt,
		.local = keys && signin_has_keys(signin) &&
		    peer_is_local(conversation->peer, &conversation->settings,
			request->service, request->rhost, request->tty),
		.has_agent = keys && request->has_agent,
		.agent = request->agent,
		.manual = keys && request->manual,
		.no_codes = !codes,
		.subject = &subject,
	};

	return prove(&proving, signin, &conversation->proof, &conversation->how,
	    err);
}

/*
 * A denial that is certain asks all the same, and does not look at the answer:
 * else the user's name would be known to be one.
 */
static void
deny_asking(struct conversation *conversation, struct signin *signin,
    const struct mfa_error *why)
{
	struct mfa_error err = { 0 };

	(void)!obtain(conversation, signin, false, false, &err);
	conversation_deny(conversation,
	    err.code == MFA_REQUEST_ABORTED ? &err : why);
}

/* The person is told no more than anyone else. */
static void
explain(const struct request *request, struct mfa_error *err)
{
	switch (request->unenrolled) {
	case UNENROLLED_DENY:
	case UNENROLLED_ALLOW:
		return;
	case UNENROLLED_ENROLL:
	case UNENROLLED_ENROLL_OPEN:
		break;
	}
	if (err->code == MFA_NOT_ENROLLED)
		(void)mfa_error_set(err, MFA_NOT_ENROLLED, 0,
		    "no device; a sign-in of this service can't enrol one, "
		    "the user is to run \"awsmfa\"");
}

/* Asks for what is left, and then the policy about the kind that it was. */
static void
ask(struct asking *asking)
{
	struct conversation *conversation = asking->conversation;
	struct mfa_error err = { 0 };
	struct access_mfa mfa;

	if (obtain(conversation, asking->signin, asking->codes, asking->keys,
		&err) != MFA_OK) {
		explain(&conversation->request, &err);
		conversation_deny(conversation, &err);
		return;
	}
	mfa = PHASE_MFA(conversation->proof.kind);
	if (access_authenticate(&asking->access, &mfa, &err) != MFA_OK)
		conversation_deny(conversation, &err);
	else
		let_in(conversation, asking->signin, conversation->how);
}

/* Until enroll_by= they come in, and are told. */
static void
remind(struct conversation *conversation, const struct signin *signin)
{
	char text[WIRE_STRING_MAX];
	struct mfa_error ignored;

	(void)snprintf(text, sizeof(text),
	    "Enrol an MFA device by %s: run awsmfa",
	    conversation->request.enroll_by);
	(void)!conversation_show(conversation, text, &ignored);
	let_in(conversation, signin, "no device, and enroll_by= is to come");
}

/* A user without a device, where a proof is needed. */
static void
decide_unenrolled(struct asking *asking)
{
	struct conversation *conversation = asking->conversation;
	const struct request *request = &conversation->request;

	if (phase_may_wait(conversation)) {
		remind(conversation, asking->signin);
		return;
	}
	switch (request->unenrolled) {
	case UNENROLLED_DENY:
		break;
	case UNENROLLED_ALLOW:
		let_in(conversation, asking->signin,
		    "no device, and unenrolled=allow");
		return;
	case UNENROLLED_ENROLL:
	case UNENROLLED_ENROLL_OPEN:
		if (!conversation_has_phases(conversation))
			break;
		conversation_defer(conversation,
		    "no device; enrolment once the first factor is given");
		return;
	}
	/* There may be a grant; else it is denied as any answer is. */
	asking->codes = true;
	ask(asking);
}

static bool
has_kind(const struct signin *signin, enum proof_kind kind)
{
	const struct device_list *devices = signin_devices(signin);
	size_t i;

	for (i = 0; i < devices->count; i++) {
		if (proof_of_device(devices->devices[i]).kind == kind)
			return true;
	}
	if (kind == PROOF_NONE)
		return signin_is_unenrolled(signin);
	/* Of these no device says whether the user has any. */
	return kind == PROOF_RECOVERY_CODE || kind == PROOF_GRANT;
}

/*
 * The second question, once for each kind that the user has: with MFA, given
 * now. Why not is that of the last kind.
 */
static enum mfa_code
find_offers(struct asking *asking, struct mfa_error *err)
{
	static const enum proof_kind kinds[] = { PROOF_RECOVERY_CODE,
		PROOF_GRANT, PROOF_SECURITY_KEY, PROOF_HARDWARE, PROOF_VIRTUAL,
		PROOF_NONE };
	struct access_mfa mfa;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		mfa = PHASE_MFA(kinds[i]);
		if (!has_kind(asking->signin, kinds[i]) ||
		    access_authenticate(&asking->access, &mfa, err) != MFA_OK)
			continue;
		if (kinds[i] == PROOF_NONE)
			asking->unheld = true;
		else if (kinds[i] == PROOF_SECURITY_KEY)
			asking->keys = true;
		else
			asking->codes = true;
	}
	return asking->codes || asking->keys || asking->unheld ? MFA_OK
							       : err->code;
}

/* The MFA session of a login session that goes on. */
static void
find_presence(struct asking *asking)
{
	struct conversation *conversation = asking->conversation;
	const struct host_user *user = signin_user(asking->signin);
	struct mfa_error err;

	if (!is_inside(conversation))
		return;
	conversation->has_audit = peer_audit_session(conversation->peer,
	    &conversation->audit);
	if (!conversation->has_audit)
		return;
	if (presence_find(&conversation->ctx, user, conversation->audit,
		signin_devices(asking->signin), &asking->mfa, &err) != MFA_OK)
		log_problem("user %s: no MFA session is found: %s", user->name,
		    mfa_error_text(&err));
}

/* Has the user tapped already, at a key that sshd has verified? */
static bool
is_verified(const struct asking *asking)
{
	struct conversation *conversation = asking->conversation;
	const struct host_user *user = signin_user(asking->signin);
	const char *keys = conversation->request.ssh_keys;
	struct mfa_error err;

	if (!asking->keys || keys == NULL || keys[0] == '\0' ||
	    !phase_has_verified(conversation) ||
	    !signin_has_ssh_keys(asking->signin))
		return false;
	if (phase_verified(conversation, user, signin_devices(asking->signin),
		&err) == MFA_OK)
		return true;
	log_problem("user %s: %s", user->name, mfa_error_text(&err));
	return false;
}

static void
decide(struct asking *asking)
{
	struct conversation *conversation = asking->conversation;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	find_presence(asking);
	code = access_authenticate(&asking->access, &asking->mfa, &err);
	if (code == MFA_OK) {
		let_in(conversation, asking->signin,
		    asking->mfa.present ? "the MFA session is recent enough"
					: "the policy wants no MFA");
		return;
	}
	if (code == MFA_ACCESS_DENIED)
		code = find_offers(asking, &err);
	if (code != MFA_OK)
		deny_asking(conversation, asking->signin, &err);
	else if (asking->unheld)
		decide_unenrolled(asking);
	else if (is_verified(asking))
		let_in(conversation, asking->signin, conversation->how);
	else
		ask(asking);
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

static enum mfa_code
begin(struct asking *asking, struct mfa_error *err)
{
	struct conversation *conversation = asking->conversation;
	const char *name = conversation->request.user;
	bool root = conversation->peer->uid == 0;
	enum mfa_code code;

	code = signin_begin(&conversation->ctx, name,
	    root ? LEDGER_LOGIN : LEDGER_USER, &asking->signin, err);
	if (code != MFA_OK)
		return code;
	signin_set_origin(asking->signin, conversation->request.rhost);
	code = check_caller(conversation, asking->signin, err);
	if (code != MFA_OK)
		return code;
	/* A policy that can't be read is so for everyone, known or not. */
	return phase_access(conversation, signin_user(asking->signin),
	    signin_devices(asking->signin)->count, &asking->access, err);
}

static void
asking_clear(struct asking *asking)
{
	signin_freep(&asking->signin);
}

void
phase_authenticate(struct conversation *conversation)
{
	_cleanup_(asking_clear) struct asking asking = {
		.conversation = conversation
	};
	struct mfa_error err = { 0 };

	if (begin(&asking, &err) != MFA_OK)
		conversation_deny(conversation, &err);
	else if (signin_get_bar(asking.signin, &err) == MFA_OK ||
	    signin_is_unenrolled(asking.signin))
		decide(&asking);
	else
		deny_asking(conversation, asking.signin, &err);
}
