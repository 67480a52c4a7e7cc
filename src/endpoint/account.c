/*
 * The account phase, which is reached only where the whole auth stack has
 * succeeded: it makes sure that this module was part of that, and is where a
 * user enrols at the sign-in.
 */
#include "endpoint/enrolling.h"
#include "endpoint/phase.h"

/* Who may come in without MFA, and so without an auth phase. */
static enum mfa_code
judge(struct conversation *conversation, struct signin *signin,
    struct mfa_error *err)
{
	struct access access;
	enum mfa_code code;

	conversation->how = "the policy wants no MFA";
	code = phase_access(conversation, signin_user(signin),
	    signin_devices(signin)->count, &access, err);
	if (code == MFA_OK)
		code = access_authenticate(&access, &PHASE_NO_MFA, err);
	if (code != MFA_ACCESS_DENIED)
		return code;
	if (!signin_is_unenrolled(signin) ||
	    access_authenticate(&access, &PHASE_MFA(PROOF_NONE), err) != MFA_OK)
		return phase_lacks_ticket(err);
	conversation->how = "no device, and the service lets in without";
	if (phase_may_wait(conversation) ||
	    conversation->request.unenrolled == UNENROLLED_ALLOW)
		return MFA_OK;
	return mfa_error_set(err, MFA_NOT_ENROLLED, 0,
	    "no device, and no auth phase");
}

/* No ticket: the auth phase never was, or not with this module in it. */
static void
decide(struct conversation *conversation)
{
	_cleanup_(signin_freep) struct signin *signin = NULL;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = phase_load(conversation, &signin, &err);
	if (code == MFA_OK)
		code = judge(conversation, signin, &err);
	if (code == MFA_OK)
		conversation_let_in(conversation, signin_user(signin),
		    conversation->how);
	else if (code == MFA_ACCESS_DENIED &&
	    phase_has_verified(conversation) && signin_has_ssh_keys(signin))
		conversation_let_in(conversation, NULL,
		    "left to the session phase: a key may do");
	else
		conversation_deny(conversation, &err);
}

static void
check_ticket(struct conversation *conversation)
{
	struct mfa_error err = { 0 };
	struct host_user user;
	struct ticket ticket;

	if (phase_find_user(conversation, &user, &err) != MFA_OK ||
	    phase_open_ticket(conversation, &user, &ticket, &err) != MFA_OK) {
		conversation_deny(conversation, &err);
		return;
	}
	conversation->proof = ticket.proof;
	conversation_let_in(conversation, NULL, "the ticket of this sign-in");
}

void
phase_account(struct conversation *conversation)
{
	if (!conversation_has_phases(conversation))
		conversation_ignore(conversation);
	else if (conversation->request.ticket != NULL)
		check_ticket(conversation);
	else if (conversation->request.pending)
		enrolling_serve(conversation);
	else
		decide(conversation);
}
