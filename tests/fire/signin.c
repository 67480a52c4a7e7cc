#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <security/pam_appl.h>

#include "fire/signin.h"

void
token_set(struct token *token, const char *seed, unsigned period)
{
	unsigned octet;

	*token = (struct token){ .params = { .algorithm = OTP_SHA1,
				     .digits = 6,
				     .period = period } };
	for (; sscanf(seed, "%2x", &octet) == 1; seed += 2)
		token->seed.bytes[token->seed.len++] = (uint8_t)octet;
}

int64_t
token_step(const struct token *token)
{
	return totp_step(&token->params, time(NULL));
}

void
token_code(const struct token *token, int64_t step,
    char ret[static SIGNIN_CODE])
{
	struct secret digits = { 0 };
	struct mfa_error err;

	if (hotp_code(&token->params, &token->seed, (uint64_t)step, &digits,
		&err) != MFA_OK)
		errx(1, "%s", mfa_error_text(&err));
	(void)snprintf(ret, SIGNIN_CODE, "%.*s", (int)digits.len,
	    (const char *)digits.bytes);
}

static int
converse(int count, const struct pam_message **messages,
    struct pam_response **ret, void *data)
{
	struct pam_response *answers = calloc((size_t)count, sizeof(*answers));
	int i;

	if (answers == NULL)
		return PAM_CONV_ERR;
	for (i = 0; i < count; i++) {
		if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF ||
		    messages[i]->msg_style == PAM_PROMPT_ECHO_ON)
			answers[i].resp = strdup(data);
	}
	*ret = answers;
	return PAM_SUCCESS;
}

int
signin_try(const char *service, const char *user, const char *answer,
    int later)
{
	const struct pam_conv conversation = { converse, (void *)answer };
	pam_handle_t *pamh = NULL;
	int code;

	code = pam_start(service, user, &conversation, &pamh);
	if (code != PAM_SUCCESS)
		errx(1, "pam_start: %d", code);
	code = pam_authenticate(pamh, 0);
	if (later && code == PAM_SUCCESS)
		code = pam_acct_mgmt(pamh, 0);
	if (later && code == PAM_SUCCESS)
		code = pam_open_session(pamh, 0);
	(void)pam_end(pamh, code);
	return code;
}
