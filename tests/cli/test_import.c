#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/import.h"

#define SECRET	"JBSWY3DPEHPK3PXPJBSWY3DPEH"
#define HEX	"3132333435363738393031323334353637383930"
#define BASE32	"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

struct found {
	struct import_list	list;
	char			*text;
};

static const struct import_from alices = { "alice", NULL, "pam://here",
	"pam://app" };
static const struct import_from everybodys = { NULL, NULL, "pam://here",
	"pam://app" };

static void
found_clear(struct found *found)
{
	import_list_clear(&found->list);
	free(found->text);
}

static void
parse(struct found *found, void (*parser)(char *, const struct import_from *,
    struct import_list *), const struct import_from *from, const char *text)
{
	*found = (struct found){ .text = strdup(text) };
	assert_non_null(found->text);
	parser(found->text, from, &found->list);
	assert_false(found->list.failed);
}

/* The device at I, which is on LINE and USER's. */
static const json_t *
device_at(const struct found *found, size_t i, unsigned line, const char *user)
{
	assert_true(i < found->list.n);
	if (found->list.items[i].device == NULL)
		fail_msg("left out: %s", found->list.items[i].text);
	assert_int_equal(found->list.items[i].line, line);
	assert_string_equal(found->list.items[i].user, user);
	return found->list.items[i].device;
}

static void
assert_left_out(const struct found *found, size_t i, unsigned line,
    bool is_part, const char *part)
{
	assert_true(i < found->list.n);
	assert_null(found->list.items[i].device);
	assert_int_equal(found->list.items[i].line, line);
	assert_int_equal(found->list.items[i].is_part, is_part);
	if (strstr(found->list.items[i].text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part,
		    found->list.items[i].text);
}

static void
assert_text(const json_t *device, const char *name, const char *value)
{
	const char *text = json_string_value(json_object_get(device, name));

	if (value == NULL)
		assert_null(json_object_get(device, name));
	else if (text == NULL)
		fail_msg("there is no %s", name);
	else
		assert_string_equal(text, value);
}

static void
assert_number(const json_t *device, const char *name, json_int_t value)
{
	assert_true(json_is_integer(json_object_get(device, name)));
	assert_int_equal(json_integer_value(json_object_get(device, name)),
	    value);
}

static void
options_of_google_authenticator_are_read(void **state)
{
	_cleanup_(found_clear) struct found found;
	const json_t *device;

	(void)state;
	parse(&found, import_google, &alices, SECRET "\n"
	    "\" RATE_LIMIT 3 30 1700000000\n"
	    "\" WINDOW_SIZE 17\n"
	    "\" DISALLOW_REUSE 56666666 56666669 56666667\n"
	    "\" TOTP_AUTH\n"
	    "\" STEP_SIZE 60\n"
	    "\" TIME_SKEW -3\n"
	    "\" LAST0 10.0.0.1 1700000000\n"
	    "\" RESETTING_TIME_SKEW 56666666-3\n"
	    "12345678\n87654321\n");
	assert_left_out(&found, 0, 2, true, "RATE_LIMIT");
	assert_left_out(&found, 1, 3, true, "WINDOW_SIZE");
	assert_left_out(&found, 2, 10, true, "2 scratch codes");
	device = device_at(&found, 3, 1, "alice");
	assert_int_equal(found.list.n, 4);
	assert_text(device, "Base32StringSeed", SECRET);
	assert_text(device, "DeviceName", "google-authenticator");
	assert_number(device, "Period", 60);
	assert_number(device, "Drift", -3);
	assert_number(device, "LastStep", 56666669);
}

static void
code_that_was_never_used_has_no_last_step(void **state)
{
	_cleanup_(found_clear) struct found found;

	(void)state;
	parse(&found, import_google, &alices,
	    SECRET "\n\" DISALLOW_REUSE\n\" TOTP_AUTH\n");
	assert_text(device_at(&found, 0, 1, "alice"), "LastStep", NULL);
}

static void
counters_of_google_authenticator_are_refused_by_name(void **state)
{
	_cleanup_(found_clear) struct found found;

	(void)state;
	parse(&found, import_google, &alices,
	    SECRET "\n\" TOTP_AUTH\n\" HOTP_COUNTER 1\n");
	assert_left_out(&found, 0, 3, false, "HOTP");
	assert_int_equal(found.list.n, 1);
}

static void
file_that_is_not_in_use_is_left_out(void **state)
{
	static const struct {
		const char *text, *part;
		unsigned line;
	} cases[] = {
		{ "", "no secret", 1 },
		{ "\n\" TOTP_AUTH\n", "no secret", 1 },
		{ SECRET "\n12345678\n", "TOTP_AUTH", 1 },
		{ SECRET "\n\" TOTP_AUTH\n\" OTP_DISABLED\n", "OTP_DISABLED",
		    1 },
		{ SECRET "\n\" TOTP_AUTH\n\" STEP_SIZE 61\n", "argument", 3 },
		{ SECRET "\n\" TOTP_AUTH\n\" STEP_SIZE 0\n", "argument", 3 },
		{ SECRET "\n\" TOTP_AUTH\n\" TIME_SKEW 1 2\n", "argument", 3 },
		{ SECRET "\n\" TOTP_AUTH\n\" TIME_SKEW\n", "argument", 3 },
		{ SECRET "\n\" TOTP_AUTH\n\" DISALLOW_REUSE -1\n", "argument",
		    3 },
		{ SECRET "\n\" TOTP_AUTH\n\" DISALLOW_REUSE "
		    "99999999999999999999\n", "argument", 3 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(found_clear) struct found found;

		parse(&found, import_google, &alices, cases[i].text);
		assert_left_out(&found, found.list.n - 1, cases[i].line, false,
		    cases[i].part);
	}
}

static void
lines_of_users_oath_are_read(void **state)
{
	_cleanup_(found_clear) struct found found;
	const json_t *device;

	(void)state;
	setenv("TZ", "UTC", 1);
	parse(&found, import_oath, &everybodys, "# comment\n\n"
	    "HOTP/T30\talice\t-\t" HEX "\n"
	    "  HOTP/T60/8 bob + " HEX " 0 12345678 2023-11-14T22:13:20L\r\n");
	device = device_at(&found, 0, 3, "alice");
	assert_text(device, "Base32StringSeed", BASE32);
	assert_number(device, "Digits", 6);
	assert_number(device, "Period", 30);
	assert_text(device, "LastCode", NULL);
	device = device_at(&found, 1, 4, "bob");
	assert_number(device, "Digits", 8);
	assert_number(device, "Period", 60);
	assert_text(device, "LastCode", "12345678");
	assert_number(device, "LastUsed", 1700000000);
	assert_int_equal(found.list.n, 2);
}

static void
pin_of_users_oath_is_left_out_alone(void **state)
{
	_cleanup_(found_clear) struct found found;

	(void)state;
	parse(&found, import_oath, &everybodys,
	    "HOTP/T30 alice 4711 " HEX "\n");
	(void)device_at(&found, 0, 1, "alice");
	assert_left_out(&found, 1, 1, true, "PIN");
	assert_null(strstr(found.list.items[1].text, "4711"));
}

static void
other_lines_of_users_oath_are_left_out(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{ "HOTP alice - " HEX, "HOTP" },
		{ "HOTP/E alice - " HEX, "HOTP" },
		{ "HOTP/E/8 alice - " HEX, "HOTP" },
		{ "HOTP/T30/7 alice - " HEX, "seven digits" },
		{ "HOTP/T30/9 alice - " HEX, "not a line" },
		{ "HOTP/T3", "not a line" },
		{ "HOTP/T30 alice -", "not a line" },
		{ "HOTP/T30 al:ce - " HEX, "not a line" },
		{ "HOTP/T30 alice - 123", "hexadecimal" },
		{ "HOTP/T30 alice - 12gg", "hexadecimal" },
		{ "HOTP/T30 alice - " HEX " 0 123456", "last code" },
		{ "HOTP/T30 alice - " HEX " 0 123456 yesterday", "last code" },
		{ "HOTP/T30 alice - " HEX " 0 123456 2023-11-14T22:13:20L x",
		    "not a line" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(found_clear) struct found found;

		parse(&found, import_oath, &everybodys, cases[i].text);
		assert_int_equal(found.list.n, 1);
		assert_left_out(&found, 0, 1, false, cases[i].part);
	}
}

static void
keys_in_both_forms_are_read(void **state)
{
	_cleanup_(found_clear) struct found found;
	const json_t *device;

	(void)state;
	parse(&found, import_u2f, &everybodys,
	    "alice:oldhandle,04abcd:new,key,es256,+presence\n"
	    "bob:pinned,key,eddsa,+presence+pin\n");
	device = device_at(&found, 0, 1, "alice");
	assert_text(device, "KeyHandle", "oldhandle");
	assert_text(device, "PublicKey", "04abcd");
	assert_text(device, "KeyType", NULL);
	assert_text(device, "RpId", "pam://app");
	device = device_at(&found, 1, 1, "alice");
	assert_text(device, "KeyHandle", "new");
	assert_text(device, "KeyType", "es256");
	assert_text(device, "RpId", "pam://here");
	(void)device_at(&found, 2, 2, "bob");
	assert_left_out(&found, 3, 2, true, "user_verification");
}

static void
other_lines_of_u2f_keys_are_left_out(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{ "nonsense", "not a line" },
		{ "al ice:a,b", "not a line" },
		{ "alice:a", "not a key" },
		{ "alice:a,b,es256,+presence,more", "not a key" },
		{ "alice:*,b,es256,+presence", "own handle" },
		{ "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "whose" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(found_clear) struct found found;

		parse(&found, import_u2f, &everybodys, cases[i].text);
		assert_int_equal(found.list.n, 1);
		assert_left_out(&found, 0, 1, false, cases[i].part);
	}
}

static void
last_line_of_a_user_counts_alone(void **state)
{
	_cleanup_(found_clear) struct found found;

	(void)state;
	parse(&found, import_u2f, &everybodys,
	    "alice:gone,key\nbob:a,b\nalice:there,key\n");
	assert_left_out(&found, 0, 1, false, "later line");
	(void)device_at(&found, 1, 2, "bob");
	assert_text(device_at(&found, 2, 3, "alice"), "KeyHandle", "there");
}

static void
lines_that_are_nobodys_or_anothers_leave_the_last_in_use(void **state)
{
	_cleanup_(found_clear) struct found found;
	_cleanup_(found_clear) struct found unfit;

	(void)state;
	parse(&found, import_u2f, &alices, "alice:a,b\nroot:c,d\nnonsense\n");
	(void)device_at(&found, 0, 1, "alice");
	assert_left_out(&found, 1, 2, true, "another user, root");
	assert_left_out(&found, 2, 3, false, "not a line");
	/* One whose keys can't be imported is in use all the same. */
	parse(&unfit, import_u2f, &alices,
	    "alice:a,b\nalice:*,b,es256,+presence+pin\n");
	assert_left_out(&unfit, 0, 1, false, "later line");
	assert_left_out(&unfit, 1, 2, false, "own handle");
}

static void
key_of_ssh_keygen_goes_as_it_is(void **state)
{
	const char *text = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
			   "-----END OPENSSH PRIVATE KEY-----\n";
	const struct import_from one = { NULL, "bob", "pam://here", "pam://a" };
	_cleanup_(found_clear) struct found found;
	_cleanup_(found_clear) struct found central;

	(void)state;
	parse(&found, import_u2f, &alices, text);
	assert_text(device_at(&found, 0, 1, "alice"), "SSHPrivateKey", text);
	parse(&central, import_u2f, &one, text);
	(void)device_at(&central, 0, 1, "bob");
}

static void
lines_of_others_in_a_users_file_do_not_count(void **state)
{
	const struct import_from bobs = { NULL, "bob", "pam://h", "pam://a" };
	_cleanup_(found_clear) struct found found;
	_cleanup_(found_clear) struct found oath;
	_cleanup_(found_clear) struct found only;

	(void)state;
	parse(&found, import_u2f, &alices, "root:a,b\nalice:c,d\n");
	assert_left_out(&found, 0, 1, true, "another user, root");
	(void)device_at(&found, 1, 2, "alice");
	parse(&oath, import_oath, &alices, "HOTP/T30 root - " HEX "\n");
	assert_left_out(&oath, 0, 1, true, "another user, root");
	assert_int_equal(oath.list.n, 1);
	parse(&only, import_u2f, &bobs, "alice:a,b\nbob:c,d\n");
	(void)device_at(&only, 0, 2, "bob");
	assert_int_equal(only.list.n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_google_authenticator_are_read),
		cmocka_unit_test(code_that_was_never_used_has_no_last_step),
		cmocka_unit_test(
		    counters_of_google_authenticator_are_refused_by_name),
		cmocka_unit_test(file_that_is_not_in_use_is_left_out),
		cmocka_unit_test(lines_of_users_oath_are_read),
		cmocka_unit_test(pin_of_users_oath_is_left_out_alone),
		cmocka_unit_test(other_lines_of_users_oath_are_left_out),
		cmocka_unit_test(keys_in_both_forms_are_read),
		cmocka_unit_test(other_lines_of_u2f_keys_are_left_out),
		cmocka_unit_test(last_line_of_a_user_counts_alone),
		cmocka_unit_test(
		    lines_that_are_nobodys_or_anothers_leave_the_last_in_use),
		cmocka_unit_test(key_of_ssh_keygen_goes_as_it_is),
		cmocka_unit_test(lines_of_others_in_a_users_file_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
