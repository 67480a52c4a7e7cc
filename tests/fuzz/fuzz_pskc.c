/*
 * A vendor's file of hardware tokens, as PSKC. The first octet of an input
 * chooses what there is to open it with: 'k' the key of RFC 6030's figures, 'p'
 * their passphrase, anything else nothing.
 */
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlerror.h>

#include "cli/pskc.h"
#include "tests/fuzz/fuzz.h"

#define ITERATIONS_MAX	20000	/* more would only take its time */

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 200;

/* libpskc and libxml2 are not what is looked at here. */
const char	*__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libpskc.so\nleak:libxml2.so\n";
}

static void
hush(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

static struct pskc_unlock
unlock_with(uint8_t kind)
{
	struct pskc_unlock unlock = { .has_key = kind == 'k',
		.has_passphrase = kind == 'p' };

	must(secret_set(&unlock.key,
	    "\x12\x34\x56\x78\x90\x12\x34\x56\x78\x90\x12\x34\x56\x78\x90\x12",
	    16));
	must(secret_set(&unlock.passphrase, "qwerty", 6));
	return unlock;
}

/* Does a count of iterations stand in TEXT that takes more than a moment? */
static bool
is_slow(const char *text)
{
	const char *at = text;

	while ((at = strstr(at, "IterationCount")) != NULL) {
		at += strcspn(at, "0123456789<");
		while (*at == '<' || *at == '>' || *at == ' ')
			at++;
		if (strtoul(at, NULL, 10) > ITERATIONS_MAX)
			return true;
	}
	return strstr(text, "&#") != NULL;
}

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

static bool
read_text(uint8_t kind, const char *text, size_t len)
{
	struct pskc_unlock unlock = unlock_with(kind);
	struct token_list list = { 0 };
	struct mfa_error err = { 0 };
	enum mfa_code code;
	bool accepted;

	code = pskc_read(text, len, &unlock, &list, &err);
	must(code == MFA_OK || err.detail[0] != '\0');
	check(&list);
	accepted = code == MFA_OK && list.n > 0 && list.faults_n == 0;
	token_list_clear(&list);
	return accepted;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text;

	fuzz_accepted = false;
	if (len == 0)
		return 0;
	xmlSetGenericErrorFunc(NULL, hush);
	text = strndup((const char *)data + 1, len - 1);
	must(text != NULL);
	if (strlen(text) == len - 1 && !is_slow(text) &&
	    pskc_is_container(text, len - 1))
		fuzz_accepted = read_text(data[0], text, len - 1);
	free(text);
	return 0;
}
