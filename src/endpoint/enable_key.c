#include <string.h>
#include <unistd.h>

#include "endpoint/enable_key.h"
#include "endpoint/keys.h"
#include "endpoint/locality.h"
#include "endpoint/log.h"
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
	    !locality_is_local(call->ctx->settings, call->session->peer->pid,
		NULL, NULL, NULL))
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "A security key in this machine is enabled at its console "
		    "or display");
	code = person->show(person->ctx, TAP_SENTENCE, err);
	if (code != MFA_OK)
		return code;
	return enrol_key(call->ctx, &call->user, name, &driver, person, ret,
	    err);
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

	(void)gethostname(host, sizeof(host) - 1);
	return enrol_ssh(call->ctx, &call->user, &what, &ssh_signer_by_hand,
	    person, ret, err);
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
