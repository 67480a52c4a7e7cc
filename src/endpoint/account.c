/*
 * The account phase, which is reached only where the whole auth stack has
 * succeeded: it makes sure that this module was part of that.
 */
#include "endpoint/phase.h"

static enum mfa_code
decide(struct conversation *conversation, const struct host_user *user,
    struct mfa_error *err)
{
	struct ticket ticket;
	enum mfa_code code;

	if (conversation->request.ticket == NULL)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the auth phase has not asked for MFA: public key alone?");
	code = phase_open_ticket(conversation, user, &ticket, err);
	if (code == MFA_OK)
		conversation->proof = ticket.proof;
	return code;
}

void
phase_account(struct conversation *conversation)
{
	struct mfa_error err = { 0 };
	struct host_user user;

	if (!conversation_has_phases(conversation))
		conversation_ignore(conversation);
	else if (phase_find_user(conversation, &user, &err) != MFA_OK ||
	    decide(conversation, &user, &err) != MFA_OK)
		conversation_deny(conversation, &err);
	else
		conversation_let_in(conversation, NULL,
		    "the ticket of this sign-in");
}
