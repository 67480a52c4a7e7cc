#include "endpoint/keys.h"
#include "endpoint/prove.h"

#define EITHER_PROMPT "MFA code, or Enter to tap your security key: "

static const char *
prompt_of(const struct proving *proving, const char *otherwise)
{
	return proving->prompt != NULL ? proving->prompt : otherwise;
}

static enum mfa_code
ask_code(const struct proving *proving, struct wire_frame *ret_answer,
    struct mfa_error *err)
{
	return person_ask(proving->person,
	    prompt_of(proving, proving->settings->prompt), false, ret_answer,
	    err);
}

/* Asks for a code, and verifies it. */
static enum mfa_code
prove_by_code(const struct proving *proving, struct signin *signin,
    struct proof *ret_proof, const char **ret_how, struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame answer = { 0 };
	enum mfa_code code;

	*ret_how = "code accepted";
	if ((code = ask_code(proving, &answer, err)) != MFA_OK)
		return code;
	return signin_verify(signin, answer.payload, answer.len, ret_proof,
	    err);
}

/* *ret_said: no key answered, and the person may be asked for a code. */
static enum mfa_code
prove_by_tap(const struct proving *proving, struct signin *signin,
    struct proof *ret_proof, const char **ret_how, bool *ret_said,
    struct mfa_error *err)
{
	struct person person = person_of(proving->person);
	struct keys keys = { .program = MFA_KEY_WORKER, .dev = "/dev" };
	const struct key_driver driver = { .ask = keys_ask, .ctx = &keys };
	char said[TAP_SAID_SIZE];
	struct mfa_error ignored;
	enum mfa_code code;

	if ((code = person.show(person.ctx, TAP_SENTENCE, err)) != MFA_OK)
		return code;
	code = signin_tap(signin, &driver, &person, ret_proof, said, err);
	proving->person->since = wire_now();
	*ret_how = "tap accepted";
	*ret_said = said[0] != '\0';
	if (*ret_said)
		(void)person.show(person.ctx, said, &ignored);
	return code;
}

/* One prompt for both; a key that fails to answer leaves the code. */
static enum mfa_code
prove_by_either(const struct proving *proving, struct signin *signin,
    struct proof *ret_proof, const char **ret_how, struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame answer = { 0 };
	enum mfa_code code;
	bool said = false;

	*ret_how = "code accepted";
	code = person_ask(proving->person, prompt_of(proving, EITHER_PROMPT),
	    true, &answer, err);
	if (code != MFA_OK)
		return code;
	if (answer.len > 0)
		return signin_verify(signin, answer.payload, answer.len,
		    ret_proof, err);
	code = prove_by_tap(proving, signin, ret_proof, ret_how, &said, err);
	if (code == MFA_OK || !said)
		return code;
	log_decision(proving->subject, code, mfa_error_text(err));
	return prove_by_code(proving, signin, ret_proof, ret_how, err);
}

/* As of anyone else: that nothing would do is for the log alone. */
static enum mfa_code
refuse(const struct proving *proving, const char **ret_how,
    struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame answer = { 0 };
	enum mfa_code code;

	*ret_how = "nothing accepted";
	if ((code = ask_code(proving, &answer, err)) != MFA_OK)
		return code;
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "the user has nothing that would do here");
}

/* A tap alone; who has lost the key may have a code for that. */
static enum mfa_code
prove_by_key(const struct proving *proving, struct signin *signin,
    struct proof *ret_proof, const char **ret_how, struct mfa_error *err)
{
	enum mfa_code code;
	bool said = false;

	code = prove_by_tap(proving, signin, ret_proof, ret_how, &said, err);
	if (code == MFA_OK || !said || proving->no_codes ||
	    !signin_can_recover(signin))
		return code;
	log_decision(proving->subject, code, mfa_error_text(err));
	return prove_by_code(proving, signin, ret_proof, ret_how, err);
}

static enum mfa_code
prove_by_any(const struct proving *proving, struct signin *signin,
    struct proof *ret_proof, const char **ret_how, struct mfa_error *err)
{
	bool tap = proving->local && signin_has_keys(signin);

	if (!tap && proving->no_codes)
		return refuse(proving, ret_how, err);
	if (!tap)
		return prove_by_code(proving, signin, ret_proof, ret_how, err);
	if (!proving->no_codes && signin_asks_for_code(signin))
		return prove_by_either(proving, signin, ret_proof, ret_how,
		    err);
	return prove_by_key(proving, signin, ret_proof, ret_how, err);
}

enum mfa_code
prove(const struct proving *proving, struct signin *signin,
    struct proof *ret_proof, const char **ret_how, struct mfa_error *err)
{
	enum mfa_code code;

	code = prove_by_any(proving, signin, ret_proof, ret_how, err);
	if (code == MFA_OK && ret_proof->kind == PROOF_RECOVERY_CODE)
		*ret_how = "recovery code accepted";
	else if (code == MFA_OK && ret_proof->kind == PROOF_GRANT)
		*ret_how = "grant accepted";
	return code;
}
