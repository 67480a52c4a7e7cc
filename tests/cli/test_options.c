#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

static const struct option_spec specs[] = {
	{ "user-name", "UserName", OPTION_STRING, false, NULL, "" },
	{ "serial-number", "SerialNumber", OPTION_STRING, true, NULL, "" },
	{ "authentication-code1", "AuthenticationCode1", OPTION_CODE, false,
	    NULL, "" },
	{ "tags", "Tags", OPTION_TAGS, false, NULL, "" },
	{ "tag-keys", "TagKeys", OPTION_KEYS, false, NULL, "" },
	{ "context", "ContextEntries", OPTION_CONTEXT, false, NULL, "" },
	{ "status", "Status", OPTION_STRING, false, "One|Two", "" },
	{ "for", "DurationSeconds", OPTION_DURATION, false, NULL, "" },
	{ "max-items", NULL, OPTION_INTEGER, false, NULL, "" },
	{ "starting-token", NULL, OPTION_STRING, false, NULL, "" },
	{ "no-paginate", NULL, OPTION_FLAG, false, NULL, "" },
	{ NULL, NULL, OPTION_FLAG, false, NULL, NULL }
};

/* The parameters as JSON for ARGS, split at spaces; NULL where refused. */
static char *
parse(const char *positional, const char *line, struct arguments *args,
    struct mfa_error *err)
{
	static char copy[1024], *argv[64];
	char *rest = copy, *word;
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	while ((word = strsep(&rest, " ")) != NULL)
		argv[argc++] = word;
	argv[argc] = NULL;
	*args = (struct arguments){ 0 };
	if (options_parse(specs, positional, argc, argv, args, err) != MFA_OK)
		return NULL;
	return json_dumps(args->parameters, JSON_COMPACT | JSON_SORT_KEYS);
}

static void
assert_parses(const char *line, const char *expected)
{
	struct arguments args;
	struct mfa_error err = { 0 };
	char *text = parse(NULL, line, &args, &err);

	if (text == NULL)
		fail_msg("%s: %s", line, err.detail);
	assert_string_equal(text, expected);
	free(text);
	arguments_clear(&args);
}

static void
assert_refused(const char *line, const char *part)
{
	struct arguments args;
	struct mfa_error err = { 0 };

	assert_null(parse(NULL, line, &args, &err));
	assert_int_equal(err.code, MFA_INVALID_INPUT);
	if (strstr(err.detail, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, err.detail);
	arguments_clear(&args);
}

static void
options_become_parameters(void **state)
{
	(void)state;
	assert_parses("x --user-name alice --serial-number=GAHT12345678",
	    "{\"SerialNumber\":\"GAHT12345678\",\"UserName\":\"alice\"}");
	assert_parses("x --serial-number s --authentication-code1 012345",
	    "{\"AuthenticationCode1\":\"012345\",\"SerialNumber\":\"s\"}");
}

static void
context_keys_gather_their_values(void **state)
{
	(void)state;
	assert_parses("x --serial-number s --context pam:Groups=a "
		      "aws:SourceIp=10.0.0.1 pam:Groups=b=c pam:Tty=",
	    "{\"ContextEntries\":["
	    "{\"ContextKeyName\":\"pam:Groups\","
	    "\"ContextKeyValues\":[\"a\",\"b=c\"]},"
	    "{\"ContextKeyName\":\"aws:SourceIp\","
	    "\"ContextKeyValues\":[\"10.0.0.1\"]},"
	    "{\"ContextKeyName\":\"pam:Tty\",\"ContextKeyValues\":[]}],"
	    "\"SerialNumber\":\"s\"}");
	assert_refused("x --serial-number s --context pam:Tty",
	    "must be KEY=VALUE");
	assert_refused("x --serial-number s --context =x",
	    "must be KEY=VALUE");
	assert_refused("x --serial-number s --context a=\xff", "not UTF-8");
	assert_refused("x --serial-number s --context \xff=a", "not UTF-8");
}

static void
durations_become_seconds(void **state)
{
	static const char *const bad[] = { "60", "h", "0h", "-1h", "1.5h",
		"1H", "1w", "1h30m", "+1h", "01h", "3000000000s", "30000d",
		"99999999999999999999h", "--uses" };
	char line[64];
	size_t i;

	(void)state;
	assert_parses("x --serial-number s --for 90s",
	    "{\"DurationSeconds\":90,\"SerialNumber\":\"s\"}");
	assert_parses("x --serial-number s --for 30m",
	    "{\"DurationSeconds\":1800,\"SerialNumber\":\"s\"}");
	assert_parses("x --serial-number s --for 1h",
	    "{\"DurationSeconds\":3600,\"SerialNumber\":\"s\"}");
	assert_parses("x --serial-number s --for=7d",
	    "{\"DurationSeconds\":604800,\"SerialNumber\":\"s\"}");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "x --serial-number s --for=%s",
		    bad[i]);
		assert_refused(line, "must be a number and s, m, h");
	}
	assert_refused("x --serial-number s --for=", "must be a number");
}

static void
lists_take_all_up_to_the_next_option(void **state)
{
	(void)state;
	assert_parses("x --tags Key=a,Value=b Key=c,Value= --serial-number s",
	    "{\"SerialNumber\":\"s\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}"
	    ",{\"Key\":\"c\",\"Value\":\"\"}]}");
	assert_parses("x --serial-number s --tags Key=a,Value=x,Key=y=z",
	    "{\"SerialNumber\":\"s\",\"Tags\":[{\"Key\":\"a\","
	    "\"Value\":\"x,Key=y=z\"}]}");
	assert_parses("x --tag-keys a b c --serial-number s",
	    "{\"SerialNumber\":\"s\",\"TagKeys\":[\"a\",\"b\",\"c\"]}");
}

static void
what_is_wrong_is_named(void **state)
{
	(void)state;
	assert_refused("x", "--serial-number");
	assert_refused("x --serial-number", "--serial-number");
	assert_refused("x --serial-number a --colour red", "--colour");
	assert_refused("x --serial-number a stray", "stray");
	assert_refused("x --serial-number a -v", "-v");
	assert_refused("x --serial-number a --serial-number b", "twice");
	assert_refused("x --serial-number a --tags Key=a", "Key=NAME");
	assert_refused("x --serial-number a --tags Key=,Value=b", "Key=NAME");
	assert_refused("x --serial-number a --status Three", "One|Two");
	assert_refused("x --serial-number a --status One|Two", "One|Two");
	assert_refused("x --serial-number a --max-items 0", "--max-items");
	assert_refused("x --serial-number a --max-items 1x", "--max-items");
	assert_refused("x --serial-number a --max-items -1", "--max-items");
	assert_refused("x --serial-number a\xff", "UTF-8");
	assert_refused("x --serial-number a --no-paginate=yes", "no-paginate");
}

static void
nothing_is_abbreviated(void **state)
{
	(void)state;
	assert_refused("x --serial-numbe a", "--serial-numbe");
	assert_refused("x --serial a", "--serial");
	assert_refused("x --serial-number a --no-pag", "--no-pag");
	assert_refused("x --user=alice --serial-number a", "--user");
}

static void
our_own_options_stay_out_of_the_parameters(void **state)
{
	struct arguments args;
	struct mfa_error err;
	char *text;

	(void)state;
	text = parse(NULL, "x --serial-number s --max-items 7 --no-paginate "
	    "--output text", &args, &err);
	assert_string_equal(text, "{\"SerialNumber\":\"s\"}");
	assert_int_equal(arguments_number(&args, "max-items"), 7);
	assert_true(arguments_flag(&args, "no-paginate"));
	assert_null(arguments_text(&args, "starting-token"));
	assert_string_equal(args.output, "text");
	free(text);
	arguments_clear(&args);
}

static void
the_file_may_stand_anywhere(void **state)
{
	static const char *const lines[] = { "x F --serial-number s",
		"x --serial-number s F", "x --serial-number s -- F" };
	struct arguments args;
	struct mfa_error err;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		free(parse("FILE", lines[i], &args, &err));
		assert_string_equal(args.positional, "F");
		arguments_clear(&args);
	}
	assert_null(parse("FILE", "x --serial-number s", &args, &err));
	assert_non_null(strstr(err.detail, "FILE"));
	arguments_clear(&args);
	assert_null(parse("FILE", "x F --serial-number s G", &args, &err));
	arguments_clear(&args);
}

static void
help_needs_nothing_else(void **state)
{
	struct arguments args;
	struct mfa_error err;

	(void)state;
	free(parse(NULL, "x --help --nonsense", &args, &err));
	assert_true(args.help);
	arguments_clear(&args);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_become_parameters),
		cmocka_unit_test(context_keys_gather_their_values),
		cmocka_unit_test(durations_become_seconds),
		cmocka_unit_test(lists_take_all_up_to_the_next_option),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(nothing_is_abbreviated),
		cmocka_unit_test(our_own_options_stay_out_of_the_parameters),
		cmocka_unit_test(the_file_may_stand_anywhere),
		cmocka_unit_test(help_needs_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
