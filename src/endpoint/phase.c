#include <string.h>

#include "endpoint/log.h"
#include "endpoint/phase.h"
#include "endpoint/process.h"
#include "store/session.h"

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
phase_open_ticket(const struct conversation *conversation,
    const struct host_user *user, struct ticket *ret, struct mfa_error *err)
{
	const struct request *request = &conversation->request;
	struct ticket_process caller;
	struct ticket ticket;
	enum mfa_code code;
	pid_t ignored;

	if (!process_identify(conversation->peer->pid, &caller, &ignored))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "/proc does not show process %d, which has a ticket: is "
		    "it mounted with hidepid?",
		    (int)conversation->peer->pid);
	code = ticket_open(&conversation->ctx, request->ticket,
	    request->service, &caller, &ticket, err);
	if (code != MFA_OK)
		return code;
	if (ticket.uid != user->uid || strcmp(ticket.user, user->name) != 0)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the ticket is of another user");
	*ret = ticket;
	return MFA_OK;
}

void
phase_save_session(const struct conversation *conversation,
    const struct host_user *user, const struct proof *proof, int64_t proved)
{
	struct session session = { .uid = user->uid,
		.proved = proved,
		.expires = proved + PHASE_SESSION_SECONDS };
	struct mfa_error err;

	if (!process_audit_session(conversation->peer->pid, &session.audit) ||
	    session.audit == SESSION_UNSET)
		return;
	strcpy(session.user, user->name);
	memcpy(session.device, proof->device, sizeof(session.device));
	if (session_save(conversation->ctx.store, &session, &err) != MFA_OK)
		log_problem("user %s: no MFA session is kept: %s", user->name,
		    mfa_error_text(&err));
}
