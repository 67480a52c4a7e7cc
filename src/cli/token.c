#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/token.h"

void
token_list_clear(struct token_list *list)
{
	if (list->tokens != NULL)
		explicit_bzero(list->tokens, list->n * sizeof(*list->tokens));
	free(list->tokens);
	free(list->faults);
	*list = (struct token_list){ 0 };
}

static enum mfa_code
out_of_memory(struct mfa_error *err)
{
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "out of memory");
}

enum mfa_code
token_list_refuse(struct token_list *list, size_t number,
    struct mfa_error *err, const char *fmt, ...)
{
	struct token_fault *more;
	size_t room;
	va_list ap;

	if (list->faults_n == list->faults_room) {
		room = list->faults_room * 2 + 16;
		more = reallocarray(list->faults, room, sizeof(*more));
		if (more == NULL)
			return out_of_memory(err);
		list->faults = more;
		list->faults_room = room;
	}
	more = &list->faults[list->faults_n++];
	more->number = number;
	va_start(ap, fmt);
	(void)vsnprintf(more->text, sizeof(more->text), fmt, ap);
	va_end(ap);
	return MFA_OK;
}

/* realloc(3) would leave a copy of the seeds behind. */
static bool
make_room(struct token_list *list)
{
	size_t room = list->room * 2 + 64;
	struct token *more;

	if (list->n < list->room)
		return true;
	if ((more = calloc(room, sizeof(*more))) == NULL)
		return false;
	if (list->n > 0) {
		memcpy(more, list->tokens, list->n * sizeof(*more));
		explicit_bzero(list->tokens, list->n * sizeof(*more));
	}
	free(list->tokens);
	list->tokens = more;
	list->room = room;
	return true;
}

enum mfa_code
token_list_add(struct token_list *list, const struct token *token,
    struct mfa_error *err)
{
	if (!text_is_serial_number(token->serial))
		return token_list_refuse(list, token->number, err,
		    "the serial number must be 9 to 256 of A-Z a-z 0-9 "
		    "_+=/:,.@-");
	if (token->seed.len < OTP_SEED_MIN)
		return token_list_refuse(list, token->number, err,
		    "%s: the seed must be 10 octets at least, not %zu",
		    token->serial, token->seed.len);
	if (!otp_params_is_valid(&token->params))
		return token_list_refuse(list, token->number, err,
		    "%s: digits must be 6 or 8, the period 1 to %d seconds",
		    token->serial, OTP_PERIOD_MAX);
	if (!make_room(list))
		return out_of_memory(err);
	list->tokens[list->n++] = *token;
	return MFA_OK;
}
