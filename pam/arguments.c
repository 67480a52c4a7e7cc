#include <string.h>

#include "base/text.h"
#include "pam/arguments.h"
#include "wire/frame.h"

/* VALUE is what follows '=', or NULL where there is none. */
typedef bool (*argument_set)(struct arguments *args, const char *value);

static bool
set_debug(struct arguments *args, const char *value)
{
	args->debug = true;
	return value == NULL;
}

static bool
set_echo(struct arguments *args, const char *value)
{
	args->echo = true;
	return value == NULL;
}

static bool
set_use_first_pass(struct arguments *args, const char *value)
{
	args->use_first_pass = true;
	return value == NULL && !args->try_first_pass;
}

static bool
set_try_first_pass(struct arguments *args, const char *value)
{
	args->try_first_pass = true;
	return value == NULL && !args->use_first_pass;
}

static bool
set_forward_pass(struct arguments *args, const char *value)
{
	args->forward_digits = 6;
	if (value == NULL || strcmp(value, "6") == 0)
		return true;
	args->forward_digits = 8;
	return strcmp(value, "8") == 0;
}

static bool
set_unenrolled(struct arguments *args, const char *value)
{
	static const char *const values[] = { "deny", "allow", "enroll",
		"enroll-open" };
	size_t i;

	args->unenrolled = value;
	for (i = 0; value != NULL && i < sizeof(values) / sizeof(values[0]);
	     i++) {
		if (strcmp(value, values[i]) == 0)
			return true;
	}
	return false;
}

static bool
set_enroll_by(struct arguments *args, const char *value)
{
	int64_t day;

	args->enroll_by = value;
	return value != NULL && text_parse_date(value, &day);
}

static bool
set_manual(struct arguments *args, const char *value)
{
	args->manual = true;
	return value == NULL;
}

static bool
set_conf(struct arguments *args, const char *value)
{
	args->conf = value;
	return value != NULL && value[0] == '/' &&
	    strlen(value) <= WIRE_STRING_MAX;
}

static bool
set_prompt(struct arguments *args, const char *value)
{
	args->prompt = value;
	return value != NULL && value[0] != '\0' &&
	    strlen(value) <= WIRE_STRING_MAX;
}

static const struct {
	const char *name;
	argument_set set;
} words[] = {
	{ "debug", set_debug },
	{ "conf", set_conf },
	{ "unenrolled", set_unenrolled },
	{ "enroll_by", set_enroll_by },
	{ "manual", set_manual },
	{ "prompt", set_prompt },
	{ "echo", set_echo },
	{ "use_first_pass", set_use_first_pass },
	{ "try_first_pass", set_try_first_pass },
	{ "forward_pass", set_forward_pass },
};

#define WORDS_COUNT (sizeof(words) / sizeof(words[0]))

/* The index of the word that ARG is, or WORDS_COUNT. */
static size_t
find_word(const char *arg, const char **ret_value)
{
	size_t i, len = strcspn(arg, "=");

	*ret_value = arg[len] == '=' ? arg + len + 1 : NULL;
	for (i = 0; i < WORDS_COUNT; i++) {
		if (strlen(words[i].name) == len &&
		    memcmp(words[i].name, arg, len) == 0)
			break;
	}
	return i;
}

bool
arguments_enroll(const struct arguments *args)
{
	return strcmp(args->unenrolled, "enroll") == 0 ||
	    strcmp(args->unenrolled, "enroll-open") == 0;
}

enum mfa_code
arguments_parse(int argc, const char **argv, struct arguments *ret,
    struct mfa_error *err)
{
	struct arguments args = { .unenrolled = "deny" };
	bool seen[WORDS_COUNT] = { false };
	const char *value;
	size_t word;
	int i;

	for (i = 0; i < argc; i++) {
		word = find_word(argv[i], &value);
		if (word == WORDS_COUNT)
			return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
			    "unknown argument \"%s\"", argv[i]);
		if (seen[word] || !words[word].set(&args, value))
			return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
			    "argument \"%s\" is not valid here", argv[i]);
		seen[word] = true;
	}
	/* Who is let in at any time has no day by which to enrol. */
	if (args.enroll_by != NULL && strcmp(args.unenrolled, "allow") == 0)
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
		    "argument \"enroll_by\" contradicts "
		    "\"unenrolled=allow\"");
	*ret = args;
	return MFA_OK;
}
