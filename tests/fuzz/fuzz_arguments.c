/*
 * The words after pam_awsmfa.so, a line each, as libpam has taken them apart.
 */
#include <string.h>

#include "base/text.h"
#include "pam/arguments.h"
#include "tests/fuzz/fuzz.h"
#include "wire/frame.h"

#define WORDS_MAX	32

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 2000;

static void
check(const struct arguments *args)
{
	int64_t day;

	must(!args->use_first_pass || !args->try_first_pass);
	must(args->forward_digits == 0 || args->forward_digits == 6 ||
	    args->forward_digits == 8);
	must(args->conf == NULL || (args->conf[0] == '/' &&
	    strlen(args->conf) <= WIRE_STRING_MAX));
	must(args->prompt == NULL || (args->prompt[0] != '\0' &&
	    strlen(args->prompt) <= WIRE_STRING_MAX));
	must(args->unenrolled != NULL);
	must(args->enroll_by == NULL ||
	    (text_parse_date(args->enroll_by, &day) &&
	    strcmp(args->unenrolled, "allow") != 0));
	must(!arguments_enroll(args) ||
	    strncmp(args->unenrolled, "enroll", 6) == 0);
}

static bool
parse(int argc, const char **argv)
{
	struct arguments args;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = arguments_parse(argc, argv, &args, &err);
	must(code == MFA_OK || code == MFA_INVALID_CONFIGURATION);
	must(code == MFA_OK || err.detail[0] != '\0');
	if (code != MFA_OK)
		return false;
	check(&args);
	/* A word that is there twice is refused. */
	if (argc > 0 && argc < WORDS_MAX) {
		argv[argc] = argv[0];
		must(arguments_parse(argc + 1, argv, &args, &err) != MFA_OK);
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *argv[WORDS_MAX];
	char *text = malloc(len + 1), *rest = text, *word;
	int argc = 0;

	fuzz_accepted = false;
	must(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	while (argc < WORDS_MAX - 1 && (word = strsep(&rest, "\n")) != NULL) {
		if (word[0] != '\0')
			argv[argc++] = word;
	}
	if (strlen(text) == len || argc > 0)
		fuzz_accepted = parse(argc, argv);
	free(text);
	return 0;
}
