#include <string.h>
#include <unistd.h>

#include "endpoint/agent_signer.h"
#include "endpoint/enable_key.h"
#include "endpoint/keys.h"
#include "endpoint/log.h"
#include "endpoint/peer.h"
#include "mfa/enrol_key.h"
#include "mfa/enrol_ssh.h"
#include "mfa/tap.h"

#define HOST_SIZE 65 /* octets, with the NUL */

static enum mfa_code
enable_in_machine(struct operation_call *call, const char *name,
    const struct person *person, struct enrolled_key *ret,
    struct mfa_error *err)
{
	struct keys keys = { .program = MFA_KEY_WORKER, .dev = "/dev" };
	const struct key_driver driver = { .ask = keys_ask, .ctx = &keys };
	enum mfa_code code;

	/* Else someone far away asks, and the person at the console taps. */
	if (call->session->uid != 0 &&
	    !peer_is_local(call->session->peer, call->ctx->settings, NULL, NULL,
		NULL))
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "A security key in this machine is enabled at its console "
		    "or display");
	code = person->show(person->ctx, TAP_SENTENCE, err);
	if (code != MFA_OK)
		return code;
	return enrol_key(call->ctx, &call->user, name, &driver, person, ret,
	    err);
}

/*
 * By the agent that the caller has passed, where it has the key; else by hand.
 * What an agent that has it does not sign is not asked for again.
 */
static enum mfa_code
sign(void *ctx, const struct fido_credential *key, const char *challenge,
    const struct person *person, struct sshsig *ret, struct mfa_error *err)
{
	const struct operation_session *session = ctx;
	const struct settings *settings = session->ctx->settings;
	struct agent_signer signer = { .fd = session->agent,
		.deadline = wire_now() +
		    (int64_t)settings->key_timeout * 1000 };
	bool has_key = false;
	enum mfa_code code;

	if (session->has_agent) {
		code = agent_signer_has(&signer, person, key, &has_key, err);
		if (code == MFA_REQUEST_ABORTED)
			return code;
		if (code != MFA_OK)
			log_problem("%s", mfa_error_text(err));
	}
	return has_key
	    ? agent_signer_sign(&signer, key, challenge, person, ret, err)
	    : ssh_signer_by_hand.sign(NULL, key, challenge, person, ret, err);
}

static enum mfa_code
enable_for_ssh(struct operation_call *call, const char *name, const char *line,
    const struct person *person, struct enrolled_key *ret,
    struct mfa_error *err)
{
	char host[HOST_SIZE] = "";
	const struct ssh_enrolment what = { .host = host,
		.name = name,
		.line = line };
	const struct ssh_signer signer = { .sign = sign, .ctx = call->session };

	(void)gethostname(host, sizeof(host) - 1);
	return enrol_ssh(call->ctx, &call->user, &what, &signer, person, ret,
	    err);
}

/* A counter that stays at 0 can't tell a copy of the key; the log knows. */
enum mfa_code
enable_key(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	const struct person person = person_of(&call->session->person);
	const char *name = param_string(call, "DeviceName");
	const char *line = param_string(call, "SSHPublicKey");
	struct enrolled_key enrolled;
	enum mfa_code code;

	if (name == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a security key is enabled with a DeviceName");
	if (line != NULL)
		code = enable_for_ssh(call, name, line, &person, &enrolled,
		    err);
	else
		code = enable_in_machine(call, name, &person, &enrolled, err);
	if (code != MFA_OK)
		return code;
	strcpy(call->serial, enrolled.serial);
	if (!enrolled.counts)
		log_problem("%s of %s does not count its signatures: a copy "
			    "of it would not be noticed",
		    enrolled.serial, call->user.name);
	return answer(json_pack("{s:s}", "SerialNumber", enrolled.serial), ret,
	    err);
}
