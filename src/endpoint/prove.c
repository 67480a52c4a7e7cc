#include "endpoint/keys.h"
#include "endpoint/prove.h"
#include "endpoint/prove_ssh.h"
#include "mfa/ssh_signer.h"

#define TAP_PROMPT "or Enter to tap your security key: "

/* What the person may answer with, and what comes of it. */
struct asking {
	const struct proving *proving;
	struct signin *signin;
	bool codes; /* of a device of the user's */
	bool keys; /* in this machine */
	bool agent; /* an SSH agent has a key of the user's */
	bool hand; /* something can be signed by hand */
	struct ssh_ways ssh;
	struct proof *ret_proof;
	const char **ret_how;
};

static bool
has_tap(const struct asking *asking)
{
	return asking->keys || asking->agent;
}

/* One prompt for all that can work here. */
static const char *
prompt_of(const struct asking *asking)
{
	const struct proving *proving = asking->proving;
	bool tap = has_tap(asking);

	if (proving->prompt != NULL)
		return proving->prompt;
	if (asking->hand && asking->codes)
		return tap ? "MFA code or signature, " TAP_PROMPT
			   : "MFA code or signature: ";
	if (asking->hand)
		return tap ? "Signature, " TAP_PROMPT : SSH_SIGNER_PROMPT;
	return tap ? "MFA code, " TAP_PROMPT : proving->settings->prompt;
}

/* *ret_said: no key answered, and the person may be asked for a code. */
static enum mfa_code
prove_by_key(const struct asking *asking, bool *ret_said, struct mfa_error *err)
{
	const struct proving *proving = asking->proving;
	struct person person = person_of(proving->person);
	struct keys keys = { .program = MFA_KEY_WORKER, .dev = "/dev" };
	const struct key_driver driver = { .ask = keys_ask, .ctx = &keys };
	char said[TAP_SAID_SIZE];
	struct mfa_error ignored;
	enum mfa_code code;

	*asking->ret_how = "tap accepted";
	if ((code = person.show(person.ctx, TAP_SENTENCE, err)) != MFA_OK)
		return code;
	code = signin_tap(asking->signin, &driver, &person, asking->ret_proof,
	    said, err);
	proving->person->since = wire_now();
	*ret_said = said[0] != '\0';
	if (*ret_said)
		(void)person.show(person.ctx, said, &ignored);
	return code;
}

/* A key that is in this machine is nearer than what an agent can reach. */
static enum mfa_code
prove_by_tap(const struct asking *asking, bool *ret_said, struct mfa_error *err)
{
	*ret_said = false;
	if (asking->keys)
		return prove_by_key(asking, ret_said, err);
	*asking->ret_how = "tap accepted, by way of an SSH agent";
	return prove_by_agent(asking->proving, asking->signin, &asking->ssh,
	    asking->ret_proof, ret_said, err);
}

/* What was typed: a signature, or a code of any kind. */
static enum mfa_code
prove_by_text(const struct asking *asking, const struct wire_frame *answer,
    struct mfa_error *err)
{
	if (asking->hand && is_signature(answer->payload, answer->len)) {
		*asking->ret_how = "signature accepted";
		return prove_by_signature(asking->proving, asking->signin,
		    &asking->ssh, answer, asking->ret_proof, err);
	}
	/* As of anyone else: that nothing would do is for the log alone. */
	if (asking->proving->no_codes)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the user has nothing that would do here");
	return signin_verify(asking->signin, answer->payload, answer->len,
	    asking->ret_proof, err);
}

/* One prompt for all; a tap that fails leaves the rest. */
static enum mfa_code
prove_by_answer(struct asking *asking, struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame answer = { 0 };
	const struct proving *proving = asking->proving;
	bool tap = has_tap(asking), said;
	enum mfa_code code;

	*asking->ret_how = "code accepted";
	code = person_ask(proving->person, prompt_of(asking), tap, &answer,
	    err);
	if (code != MFA_OK)
		return code;
	if (!tap || answer.len > 0)
		return prove_by_text(asking, &answer, err);
	code = prove_by_tap(asking, &said, err);
	if (code == MFA_OK || !said)
		return code;
	log_decision(proving->subject, code, mfa_error_text(err));
	asking->keys = asking->agent = false;
	return prove_by_answer(asking, err);
}

/* A tap alone; who has lost the key may have a code for that. */
static enum mfa_code
prove_by_tap_alone(struct asking *asking, struct mfa_error *err)
{
	const struct proving *proving = asking->proving;
	enum mfa_code code;
	bool said;

	code = prove_by_tap(asking, &said, err);
	if (code == MFA_OK || !said || proving->no_codes ||
	    !signin_can_recover(asking->signin))
		return code;
	log_decision(proving->subject, code, mfa_error_text(err));
	asking->keys = asking->agent = false;
	return prove_by_answer(asking, err);
}

static void
name_code(const struct asking *asking)
{
	if (asking->ret_proof->kind == PROOF_RECOVERY_CODE)
		*asking->ret_how = "recovery code accepted";
	else if (asking->ret_proof->kind == PROOF_GRANT)
		*asking->ret_how = "grant accepted";
}

enum mfa_code
prove(const struct proving *proving, struct signin *signin,
    struct proof *ret_proof, const char **ret_how, struct mfa_error *err)
{
	struct asking asking = {
		.proving = proving,
		.signin = signin,
		.codes = !proving->no_codes && signin_asks_for_code(signin),
		.keys = proving->local && signin_has_keys(signin),
		.ret_proof = ret_proof,
		.ret_how = ret_how,
	};
	enum mfa_code code;

	*ret_how = "nothing accepted";
	code = ssh_ways_find(proving, signin, &asking.ssh, err);
	if (code != MFA_OK)
		return code;
	asking.agent = asking.ssh.count > 0;
	asking.hand = asking.ssh.challenge[0] != '\0';
	if (has_tap(&asking) && !asking.codes && !asking.hand)
		code = prove_by_tap_alone(&asking, err);
	else
		code = prove_by_answer(&asking, err);
	if (code == MFA_OK)
		name_code(&asking);
	return code;
}
