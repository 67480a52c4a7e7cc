/* A vendor's file of hardware tokens, as CSV. */
#include <string.h>

#include "cli/token.h"
#include "tests/fuzz/fuzz.h"

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 1000;

static void
check(const struct token_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct token *token = &list->tokens[i];

		must(token->number > 0);
		must(text_is_serial_number(token->serial));
		must(token->seed.len >= OTP_SEED_MIN &&
		    token->seed.len <= SECRET_SIZE);
		must(otp_params_is_valid(&token->params));
	}
	for (i = 0; i < list->faults_n; i++)
		must(list->faults[i].text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct token_list list = { 0 };
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = csv_read((const char *)data, len, &list, &err);
	must(code == MFA_OK || code == MFA_INVALID_INPUT);
	must(code == MFA_OK || err.detail[0] != '\0');
	must(code != MFA_OK || list.n > 0 || list.faults_n > 0 || len > 0);
	check(&list);
	fuzz_accepted = code == MFA_OK && list.n > 0 && list.faults_n == 0;
	token_list_clear(&list);
	return 0;
}
