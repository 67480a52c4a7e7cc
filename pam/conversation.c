/*
 * Not pam_prompt(3), which writes to syslog(3) when the conversation fails: see
 * pam/log.c.
 */
#include <stdlib.h>
#include <string.h>

#include "pam/conversation.h"

void
answer_wipe(struct answer *answer)
{
	explicit_bzero(answer, sizeof(*answer));
}

enum mfa_code
answer_set(struct answer *ret, const struct question *question,
    const char *text, struct mfa_error *err)
{
	size_t len = strnlen(text, WIRE_ANSWER_MAX + 1);

	if (len == 0 && !question->optional)
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "nothing was typed");
	if (len > WIRE_ANSWER_MAX)
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "more than %d octets were typed", WIRE_ANSWER_MAX);
	memcpy(ret->text, text, len);
	ret->text[len] = '\0';
	ret->len = len;
	return MFA_OK;
}

/* One message; *ret_text is the caller's to wipe and free, and may be NULL. */
static int
converse(pam_handle_t *pamh, int style, const char *text, char **ret_text)
{
	const struct pam_message message = { .msg_style = style, .msg = text };
	const struct pam_message *messages[1] = { &message };
	struct pam_response *response = NULL;
	const struct pam_conv *conv;
	const void *item = NULL;
	int code;

	code = pam_get_item(pamh, PAM_CONV, &item);
	conv = item;
	if (code != PAM_SUCCESS || conv == NULL || conv->conv == NULL)
		return PAM_CONV_ERR;
	code = conv->conv(1, messages, &response, conv->appdata_ptr);
	/* After a failure the response is not ours to look at. */
	if (code != PAM_SUCCESS)
		return code;
	if (response == NULL)
		return PAM_CONV_ERR;
	*ret_text = response->resp;
	free(response);
	return PAM_SUCCESS;
}

static void
text_wipe_free(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	freep(text);
}

enum mfa_code
conversation_ask(pam_handle_t *pamh, const struct question *question, bool echo,
    struct answer *ret, struct mfa_error *err)
{
	_cleanup_(text_wipe_free) char *typed = NULL;
	int code;

	code = converse(pamh, echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF,
	    question->prompt, &typed);
	if (code != PAM_SUCCESS)
		return mfa_error_set(err, MFA_REQUEST_ABORTED, 0,
		    "the conversation failed (%d)", code);
	if (typed == NULL)
		return mfa_error_set(err, MFA_REQUEST_ABORTED, 0,
		    "the conversation gave no answer");
	return answer_set(ret, question, typed, err);
}

void
conversation_show(pam_handle_t *pamh, const char *text)
{
	_cleanup_(text_wipe_free) char *typed = NULL;

	(void)converse(pamh, PAM_TEXT_INFO, text, &typed);
}
