#include <string.h>

#include "endpoint/log.h"
#include "endpoint/peer.h"
#include "endpoint/phase.h"
#include "store/session.h"

bool
phase_may_wait(const struct conversation *conversation)
{
	const struct world *world = conversation->ctx.world;
	int64_t now = world->now(world->ctx);

	/* Where the time can't be told it may be over. */
	return now >= 0 && conversation->request.enroll_until > now;
}

enum mfa_code
phase_find_user(const struct conversation *conversation, struct host_user *ret,
    struct mfa_error *err)
{
	const struct world *world = conversation->ctx.world;
	const char *name = conversation->request.user;
	enum mfa_code code;

	code = world->find_user(world->ctx, name, ret, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, code, 0, "user unknown");
	return code;
}

enum mfa_code
phase_load(const struct conversation *conversation, struct signin **ret,
    struct mfa_error *err)
{
	_cleanup_(signin_freep) struct signin *signin = NULL;
	enum mfa_code code;

	code = signin_begin(&conversation->ctx, conversation->request.user,
	    LEDGER_LOGIN, &signin, err);
	if (code != MFA_OK)
		return code;
	if ((code = signin_get_bar(signin, err)) != MFA_OK &&
	    code != MFA_NOT_ENROLLED)
		return code;
	*ret = steal(&signin);
	return MFA_OK;
}

/*
 * What root says of the place counts, where it says something; of anyone else
 * it is logind. Asking that costs time, which few documents are worth.
 */
static void
set_place(struct conversation *conversation, struct access *access)
{
	const struct request *request = &conversation->request;
	bool root = conversation->peer->uid == 0;

	if (!root || policy_has_key(access->policy, "pam:SessionRemote"))
		conversation->locality = peer_locality(conversation->peer);
	access->service = request->service;
	access->tty = request->tty;
	access->rhost = root ? request->rhost : conversation->locality.host;
	access->remote_known = conversation->locality.known;
	access->remote = conversation->locality.remote;
}

enum mfa_code
phase_access(struct conversation *conversation, const struct host_user *user,
    size_t count, struct access *ret, struct mfa_error *err)
{
	struct access access = { .settings = &conversation->settings,
		.world = conversation->ctx.world,
		.user = user,
		.device_count = count };
	enum mfa_code code;

	code = endpoint_policy(conversation->endpoint, &access.policy, err);
	if (code != MFA_OK)
		return code;
	set_place(conversation, &access);
	*ret = access;
	return MFA_OK;
}

enum mfa_code
phase_lacks_ticket(struct mfa_error *err)
{
	struct mfa_error why = *err;

	return mfa_error_set(err, why.code, 0,
	    "no ticket of a finished sign-in (a public key alone, or no "
	    "pam_awsmfa.so in auth?): %s",
	    why.detail);
}

enum mfa_code
phase_open_ticket(const struct conversation *conversation,
    const struct host_user *user, struct ticket *ret, struct mfa_error *err)
{
	const struct request *request = &conversation->request;
	struct ticket_process caller;
	struct ticket ticket;
	enum mfa_code code;
	pid_t ignored;

	code = peer_identify(conversation->peer, &caller, &ignored, err);
	if (code != MFA_OK)
		return code;
	code = ticket_open(&conversation->ctx, request->ticket,
	    request->service, &caller, &ticket, err);
	if (code != MFA_OK)
		return code;
	if (!host_user_is_same(&ticket.user, user))
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the ticket is of another user");
	*ret = ticket;
	return MFA_OK;
}

void
phase_save_session(const struct conversation *conversation,
    const struct host_user *user, const struct proof *proof, int64_t proved)
{
	struct session session = { .user = *user,
		.proved = proved,
		.expires = proved + PHASE_SESSION_SECONDS };
	struct mfa_error err;

	session.audit = conversation->audit;
	if ((!conversation->has_audit &&
		!peer_audit_session(conversation->peer, &session.audit)) ||
	    session.audit == SESSION_UNSET)
		return;
	memcpy(session.device, proof->device, sizeof(session.device));
	if (session_save(conversation->ctx.store, &session, &err) != MFA_OK)
		log_problem("user %s: no MFA session is kept: %s", user->name,
		    mfa_error_text(&err));
}
