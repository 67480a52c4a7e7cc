/*
 * The session phase: the last word on a login, once all else has succeeded, and
 * the place to tell the user what only they may know.
 */
#include <stdio.h>

#include "endpoint/log.h"
#include "endpoint/peer.h"
#include "endpoint/phase.h"
#include "mfa/notice.h"
#include "mfa/recover.h"
#include "store/session.h"

#define FEW_CODES 2 /* recovery codes left, of which a sign-in tells */

static void
show_failures(struct conversation *conversation, const struct notice *notice)
{
	bool known = notice->from[0] != '\0';
	char text[WIRE_STRING_MAX];
	struct mfa_error ignored;

	(void)snprintf(text, sizeof(text),
	    "%lu failed MFA attempt%s since your last sign-in%s%s",
	    (unsigned long)notice->failed, notice->failed == 1 ? "" : "s",
	    known ? ", last from " : "", notice->from);
	(void)!conversation_show(conversation, text, &ignored);
}

static void
show_codes_left(struct conversation *conversation,
    const struct host_user *user)
{
	bool used = conversation->proof.kind == PROOF_RECOVERY_CODE;
	struct recover_status status;
	char text[WIRE_STRING_MAX];
	struct mfa_error err;

	if (recover_get_status(&conversation->ctx, user, &status, &err) !=
	    MFA_OK) {
		log_problem("user %s: recovery codes: %s", user->name,
		    mfa_error_text(&err));
		return;
	}
	if (!status.has_codes || (!used && status.codes_left > FEW_CODES))
		return;
	(void)snprintf(text, sizeof(text),
	    "%u recovery code%s left; \"awsmfa create-recovery-codes\" makes "
	    "new ones",
	    status.codes_left, status.codes_left == 1 ? "" : "s");
	(void)!conversation_show(conversation, text, &err);
}

/*
 * Are the recovery codes that are left worth a word, or at least a look? So
 * they are after a sign-in by one, and once there may be few: until then the
 * devices need not be read again.
 */
static bool
has_few_codes(const struct conversation *conversation,
    const struct notice *notice)
{
	return conversation->proof.kind == PROOF_RECOVERY_CODE ||
	    notice->codes_used + FEW_CODES >= RECOVER_CODES;
}

/* What can't be told is no reason to deny. */
static void
tell(struct conversation *conversation, const struct host_user *user)
{
	struct notice notice = { .failed = 0 };
	struct mfa_error err;

	if (notice_take(&conversation->ctx, user, &notice, &err) != MFA_OK)
		log_problem("user %s: failed attempts: %s", user->name,
		    mfa_error_text(&err));
	else if (notice.failed > 0)
		show_failures(conversation, &notice);
	if (has_few_codes(conversation, &notice))
		show_codes_left(conversation, user);
}

/* By the ticket of a sign-in that was finished. */
static enum mfa_code
open_by_ticket(struct conversation *conversation,
    const struct host_user *user, struct mfa_error *err)
{
	struct ticket ticket;
	enum mfa_code code;

	conversation->how = "the ticket of this sign-in";
	code = phase_open_ticket(conversation, user, &ticket, err);
	if (code != MFA_OK)
		return code;
	conversation->proof = ticket.proof;
	if (ticket.proof.kind != PROOF_NONE)
		phase_save_session(conversation, user, &ticket.proof,
		    ticket.issued);
	return MFA_OK;
}

/* Of a public key, without an auth phase: it may be one that is a device. */
static enum mfa_code
open_verified(struct conversation *conversation, const struct signin *signin,
    const struct access *access, struct mfa_error *err)
{
	const struct world *world = conversation->ctx.world;
	enum mfa_code code;

	code = access_authenticate(access, &PHASE_MFA(PROOF_SECURITY_KEY), err);
	if (code != MFA_OK)
		return code;
	code = phase_verified(conversation, signin_user(signin),
	    signin_devices(signin), err);
	if (code == MFA_OK)
		phase_save_session(conversation, signin_user(signin),
		    &conversation->proof, world->boottime(world->ctx));
	return code;
}

/* Neither auth nor account has said that this is anyone who may come in. */
static enum mfa_code
open_without_ticket(struct conversation *conversation, struct mfa_error *err)
{
	_cleanup_(signin_freep) struct signin *signin = NULL;
	struct access access;
	enum mfa_code code;

	conversation->how = "the policy wants no MFA";
	if ((code = phase_load(conversation, &signin, err)) != MFA_OK)
		return code;
	code = phase_access(conversation, signin_user(signin),
	    signin_devices(signin)->count, &access, err);
	if (code != MFA_OK)
		return code;
	code = access_authenticate(&access, &PHASE_NO_MFA, err);
	if (code != MFA_ACCESS_DENIED)
		return code;
	if (phase_has_verified(conversation))
		return open_verified(conversation, signin, &access, err);
	return phase_lacks_ticket(err);
}

static enum mfa_code
open_session(struct conversation *conversation, struct host_user *ret_user,
    struct mfa_error *err)
{
	enum mfa_code code;

	code = phase_find_user(conversation, ret_user, err);
	if (code != MFA_OK)
		return code;
	if (conversation->request.ticket == NULL)
		return open_without_ticket(conversation, err);
	return open_by_ticket(conversation, ret_user, err);
}

void
phase_open_session(struct conversation *conversation)
{
	struct mfa_error err = { 0 };
	struct host_user user;

	if (!conversation_has_phases(conversation)) {
		conversation_ignore(conversation);
	} else if (open_session(conversation, &user, &err) != MFA_OK) {
		conversation_deny(conversation, &err);
	} else {
		tell(conversation, &user);
		conversation_let_in(conversation, NULL, conversation->how);
	}
}

void
phase_close_session(struct conversation *conversation)
{
	uint32_t audit = SESSION_UNSET;
	struct mfa_error err = { 0 };

	if (!conversation_has_phases(conversation)) {
		conversation_ignore(conversation);
		return;
	}
	(void)peer_audit_session(conversation->peer, &audit);
	if (session_end(conversation->ctx.store, audit, &err) != MFA_OK)
		conversation_deny(conversation, &err);
	else
		conversation_let_in(conversation, NULL,
		    "the MFA session is ended");
}
