#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "pam/answer.h"

static const char *
get_authtok(pam_handle_t *pamh)
{
	const void *item = NULL;

	if (pam_get_item(pamh, PAM_AUTHTOK, &item) != PAM_SUCCESS)
		return NULL;
	return item;
}

/* Do the last COUNT octets of TEXT exist, and are they digits? */
static bool
ends_in_digits(const char *text, size_t len, size_t count)
{
	size_t i;

	if (len < count)
		return false;
	for (i = len - count; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return true;
}

bool
answer_is_waiting(pam_handle_t *pamh, const struct arguments *args)
{
	_cleanup_(secret_wipe) struct secret digits = { 0 };
	const char *authtok = get_authtok(pamh);
	size_t len;

	if (authtok == NULL)
		return false;
	if ((len = strnlen(authtok, WIRE_ANSWER_MAX + 1)) > WIRE_ANSWER_MAX)
		return false;
	if (args->forward_digits > 0)
		return ends_in_digits(authtok, len, args->forward_digits);
	return text_parse_code(authtok, len, &digits);
}

/* Leaves the code in ANSWER, and the password in PAM_AUTHTOK. */
static enum mfa_code
split(pam_handle_t *pamh, const struct question *question,
    struct answer *answer, size_t digits, struct mfa_error *err)
{
	_cleanup_(answer_wipe) struct answer whole = *answer;
	bool has_code = ends_in_digits(whole.text, whole.len, digits);
	bool is_empty = question->optional && whole.len == 0;
	size_t password = has_code ? whole.len - digits : 0;

	answer_wipe(answer);
	if (has_code) {
		memcpy(answer->text, whole.text + password, digits);
		answer->len = digits;
	}
	whole.text[password] = '\0';
	if (pam_set_item(pamh, PAM_AUTHTOK, password > 0 ? whole.text : NULL) !=
	    PAM_SUCCESS)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "PAM_AUTHTOK can't be set");
	if (!has_code && !is_empty)
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "the password does not end in a code of %zu digits",
		    digits);
	return MFA_OK;
}

static enum mfa_code
take_authtok(pam_handle_t *pamh, const struct question *question,
    struct answer *ret, struct mfa_error *err)
{
	const char *authtok = get_authtok(pamh);

	if (question->later)
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "a password can't answer a prompt that is not the first");
	if (authtok == NULL)
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "no module before this one has asked for a password");
	return answer_set(ret, question, authtok, err);
}

enum mfa_code
answer_obtain(pam_handle_t *pamh, const struct arguments *args,
    enum answer_source source, const struct question *question,
    struct answer *ret, struct mfa_error *err)
{
	_cleanup_(answer_wipe) struct answer answer = { 0 };
	bool echo = args->echo && !question->later;
	enum mfa_code code = MFA_OK;

	switch (source) {
	case ANSWER_ASK:
		code = conversation_ask(pamh, question, echo, &answer, err);
		break;
	case ANSWER_AUTHTOK:
		code = take_authtok(pamh, question, &answer, err);
		break;
	}
	if (code == MFA_OK && args->forward_digits > 0 && !question->later)
		code = split(pamh, question, &answer, args->forward_digits,
		    err);
	if (code == MFA_OK)
		*ret = answer;
	return code;
}
