/* A sign-in: reads the request, and has its phase served. */
#include "endpoint/log.h"
#include "endpoint/phase.h"
#include "endpoint/serve.h"

static void (*const phases[PHASES])(struct conversation *conversation) = {
	[PHASE_AUTHENTICATE] = phase_authenticate,
	[PHASE_ACCOUNT] = phase_account,
	[PHASE_OPEN_SESSION] = phase_open_session,
	[PHASE_CLOSE_SESSION] = phase_close_session,
};

static enum mfa_code
prepare(struct conversation *conversation, struct mfa_error *err)
{
	struct endpoint *endpoint = conversation->endpoint;
	enum mfa_code code;

	code = endpoint_settings(endpoint, conversation->request.conf,
	    &conversation->settings, err);
	if (code != MFA_OK)
		return code;
	conversation->person.timeout = conversation->settings.prompt_timeout;
	return store_open(endpoint->state_path, endpoint->key_path,
	    endpoint->account, endpoint->world, &conversation->store, err);
}

void
serve_signin(struct endpoint *endpoint, const struct peer *peer,
    struct wire_frame *first)
{
	_cleanup_(conversation_clear) struct conversation conversation = {
		.endpoint = endpoint,
		.peer = peer,
		.person = { .fd = peer->fd,
		    .since = wire_now(),
		    .deadline = peer->deadline },
	};
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = request_read(peer, first, &conversation.request, &err);
	conversation.person.since = wire_now();
	if (code != MFA_OK && code != MFA_INVALID_CONFIGURATION) {
		conversation_log(&conversation, code, mfa_error_text(&err));
		return;
	}
	if (code == MFA_OK)
		code = prepare(&conversation, &err);
	if (code != MFA_OK) {
		conversation_deny(&conversation, &err);
		return;
	}
	conversation.ctx = (struct mfa_context){
		.store = conversation.store,
		.settings = &conversation.settings,
		.world = endpoint->world };
	phases[conversation.request.phase](&conversation);
}
