/* Device files that are refused whole. */
#include <stdlib.h>
#include <string.h>

#include "devfiletest.h"

static void
truncated_anywhere_is_refused(void **state)
{
	char *text = devfiletest_sample(2);
	size_t i, len = strlen(text);
	struct device_list list = { 0 };
	struct mfa_error err;

	(void)state;
	/* All but the last of these: ";\n" may be left out in libconfig. */
	for (i = 0; i < len - 2; i++) {
		char *part = strndup(text, i);

		if (devfiletest_parse(part, &list, &err) != MFA_SERVICE_FAILURE)
			fail_msg("taken when cut to %zu of %zu", i, len);
		free(part);
	}
	free(text);
}

static void
any_octet_changed_is_harmless(void **state)
{
	char *text = devfiletest_sample(1);
	size_t i, len = strlen(text);
	unsigned round;

	(void)state;
	for (round = 0; round < 8; round++) {
		for (i = 0; i < len; i++) {
			struct device_list list = { 0 };
			struct devfile_owner owner;
			struct mfa_error err;
			char was = text[i];

			text[i] = (char)(was ^ (1 << round));
			if (devfile_parse(text, len, &devfiletest_key, &owner,
			    &list,
			    &err) == MFA_OK)
				assert_true(list.count == 1 &&
				    device_is_valid(list.devices[0]));
			device_list_clear(&list);
			text[i] = was;
		}
	}
	free(text);
}

static void
binary_and_nul_are_refused(void **state)
{
	struct device_list list = { 0 };
	struct devfile_owner owner;
	struct mfa_error err;
	char *text = devfiletest_sample(1);
	size_t len = strlen(text);

	(void)state;
	devfiletest_refused(strdup("\x7f" "ELF\x02\x01\x01"), "line 1");
	devfiletest_refused(strdup("\xff\xfe\x80"), "line 1");
	text[len - 1] = '\0';
	assert_int_equal(devfile_parse(text, len, &devfiletest_key, &owner,
	    &list, &err),
	    MFA_SERVICE_FAILURE);
	assert_non_null(strstr(err.detail, "NUL"));
	free(text);
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "TEST00000000", "TEST\\x0000000"),
	    "line 8");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "TEST00000000", "TEST\n00000000"),
	    "line 8");
}

static void
oversized_is_refused(void **state)
{
	struct device_list list = { 0 };
	struct mfa_error err;
	char *text = devfiletest_sample(1), *longer = malloc(DEVFILE_MAX + 2);
	size_t len = strlen(text);

	(void)state;
	memset(longer, '\n', DEVFILE_MAX + 1);
	memcpy(longer, text, len);
	longer[DEVFILE_MAX] = '\0';
	assert_int_equal(devfiletest_parse(longer, &list, &err), MFA_OK);
	device_list_clear(&list);
	longer[DEVFILE_MAX] = '\n';
	longer[DEVFILE_MAX + 1] = '\0';
	devfiletest_refused(longer, "larger than");
	free(text);
}

static void
include_is_refused(void **state)
{
	char *text;

	(void)state;
	assert_true(asprintf(&text, "@include \"/etc/passwd\"\n") > 0);
	devfiletest_refused(text, "@include");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1), "version",
	    "\n  @include \"x\"\nversion"),
	    "@include");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "TEST00000000", "TEST@include"),
	    "@include");
}

static void
nine_devices_are_refused(void **state)
{
	struct device_list list = { 0 };
	char *text = devfiletest_sample(8), *more, *from, *ninth;

	(void)state;
	/* A ninth device that only differs in what must differ. */
	devfiletest_fill(&list, 8);
	device_freep(&list.devices[7]);
	list.devices[7] = storetest_device(8);
	more = devfiletest_format(&list, &devfiletest_alice);
	ninth = strrchr(more, '{');
	from = strrchr(text, ')') - 1;
	*from = '\0';
	assert_true(asprintf(&from, "%s,\n\t%s", text, ninth) > 0);
	devfiletest_refused(from, "9 devices");
	device_list_clear(&list);
	free(text);
	free(more);
}

static void
settings_that_are_unknown_missing_or_twice_are_refused(void **state)
{
	(void)state;
	devfiletest_refused(devfiletest_change(devfiletest_sample(1), "version",
	    "admin = 1; version"),
	    "unknown setting admin");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1), "digits",
	    "sms = \"\"; digits"),
	    "unknown setting sms");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "version = 1;", ""),
	    "missing setting version");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "digits = 6;", ""),
	    "missing setting digits");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "tags = ( );", ""),
	    "missing setting tags");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "digits = 6;", "digits = 6; digits = 8;"),
	    "duplicate");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "version = 1;",
	    "version = 1; version = 1;"), "duplicate");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "tags = ( )",
	    "tags = ( { key = \"k\"; value = \"v\"; x = \"\"; } )"),
	    "unknown setting x");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "tags = ( )",
	    "tags = ( { key = \"k\"; } )"), "missing setting value");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "tags = ( )",
	    "tags = ( { key = \"k\"; value = \"\"; },"
	    " { key = \"k\"; value = \"\"; } )"), "tag");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "tags = ( )",
	    "tags = ( { key = \"\"; value = \"\"; } )"), "tag");
}

static void
settings_of_another_type_are_refused(void **state)
{
	static const char *const changes[][2] = {
		{ "version = 1", "version = \"1\"" },
		{ "version = 1", "version = 1L" },
		{ "version = 1", "version = true" },
		{ "uid = \"1001\"", "uid = 1001" },
		{ "digits = 6", "digits = \"6\"" },
		{ "digits = 6", "digits = 6.0" },
		{ "digits = 6", "digits = true" },
		{ "period = 30", "period = { }" },
		{ "created = \"1600000000\"", "created = 1600000000" },
		{ "tags = ( )", "tags = { }" },
		{ "tags = ( )", "tags = [ ]" },
		{ "tags = ( )", "tags = ( 1 )" },
		{ "tags = ( )", "tags = ( ( ) )" },
		{ "devices = (\n\t{", "devices = ( 1,\n\t{" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		devfiletest_refused(devfiletest_change(devfiletest_sample(1),
		    changes[i][0], changes[i][1]),
		    "line");
	devfiletest_refused(strdup("version = 1; user = \"a\"; uid = \"1\";"
	    "devices = { };"), "wrong type of devices");
}

static void
values_outside_their_limits_are_refused(void **state)
{
	static const char *const changes[][3] = {
		{ "version = 1", "version = 2", "version 2" },
		{ "\"1001\"", "\"-2\"", "uid" },
		{ "\"1001\"", "\"4294967295\"", "uid" },
		{ "\"1001\"", "\"4294968297\"", "uid" },
		{ "\"1001\"", "\"18446744073709552617\"", "uid" },
		{ "\"1001\"", "\"01001\"", "uid" },
		{ "\"1001\"", "\" 1001\"", "uid" },
		{ "\"1001\"", "\"\"", "uid" },
		{ "\"alice\"", "\"\"", "user" },
		{ "\"hardware\"", "\"sms\"", "type" },
		{ "\"hardware\"", "\"virtual\"", "device" },
		{ "TEST00000000", "TEST", "line 5" },
		{ "TEST00000000", "TEST 0000000", "line 5" },
		{ "name = \"\"", "name = \"a b\"", "device" },
		{ "\"SHA1\"", "\"MD5\"", "algorithm" },
		{ "\"SHA1\"", "\"sha1\"", "algorithm" },
		{ "digits = 6", "digits = 7", "digits" },
		{ "digits = 6", "digits = 4294967302", "line" },
		{ "digits = 6", "digits = 0x6", "line" },
		{ "digits = 6", "digits = 0x100000006", "line" },
		{ "period = 30", "period = 0", "period" },
		{ "period = 30", "period = -30", "line" },
		{ "period = 30", "period = 3601", "period" },
		{ "period = 30", "period = 4294967326", "line" },
		{ "spent_step = \"-1\"", "spent_step = \"-2\"", "device" },
		{ "spent_step = \"-1\"", "spent_step = \"9223372036854775808\"",
		    "spent_step" },
		{ "drift = \"0\"", "drift = \"2147483648\"", "drift" },
		{ "drift = \"0\"", "drift = \"-2147483649\"", "drift" },
		{ "drift = \"0\"", "drift = \"\"", "drift" },
		{ "created = \"16", "created = \"-16", "device" },
		{ "enabled = \"16", "enabled = \"x16", "enabled" },
		{ "id = \"", "id = \"0", "id" },
		{ "seed = \"", "seed = \"A", "seed" },
		{ "seed = \"", "seed = \"\"; #", "line" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		devfiletest_refused(devfiletest_change(devfiletest_sample(1),
		    changes[i][0], changes[i][1]),
		    changes[i][2]);
}

static void
garbage_around_is_refused(void **state)
{
	char *text = devfiletest_sample(1), *more;

	(void)state;
	assert_true(asprintf(&more, "%s}", text) > 0);
	devfiletest_refused(more, "line");
	assert_true(asprintf(&more, "%sgarbage", text) > 0);
	devfiletest_refused(more, "line");
	assert_true(asprintf(&more, "%s# a comment\n", text) > 0);
	devfiletest_refused(more, "line");
	assert_true(asprintf(&more, "%s%s", text, text) > 0);
	devfiletest_refused(more, "duplicate");
	free(text);
	devfiletest_refused(strdup(""), "missing setting");
	devfiletest_refused(strdup("((((((((((((((((((((((((("), "line 1");
	devfiletest_refused(strdup("a = {{{{{{{{{{{{{{{{{{{{{"), "line 1");
}

static void
device_there_twice_is_refused(void **state)
{
	struct device_list list = { 0 };
	char *text, a[2 * DEVICE_ID_SIZE + 1], b[2 * DEVICE_ID_SIZE + 1];

	(void)state;
	/* The names are told apart by case only. */
	devfiletest_fill(&list, 2);
	strcpy(list.devices[0]->name, "token");
	strcpy(list.devices[1]->name, "TOKEN");
	devfiletest_refused(devfiletest_format(&list, &devfiletest_alice),
	    "name");
	list.devices[1]->name[0] = '\0';
	strcpy(list.devices[1]->serial, list.devices[0]->serial);
	devfiletest_refused(devfiletest_format(&list, &devfiletest_alice),
	    "serial");
	strcpy(list.devices[1]->serial, "OTHER000000");
	text_hex(a, list.devices[0]->id, DEVICE_ID_SIZE);
	text_hex(b, list.devices[1]->id, DEVICE_ID_SIZE);
	text = devfiletest_change(devfiletest_format(&list, &devfiletest_alice),
	    b, a);
	devfiletest_refused(text, "id");
	device_list_clear(&list);
}

static void
seed_that_is_too_short_is_refused(void **state)
{
	/* The 9 octets of a seed that is sealed in any case. */
	struct device_list list = { 0 };
	char *text, *at;

	(void)state;
	devfiletest_fill(&list, 1);
	text = devfiletest_format(&list, &devfiletest_alice);
	at = strstr(text, "seed = \"");
	assert_non_null(at);
	/* 12 + 9 + 16 octets are 52 characters with "=="; it can't open. */
	at[8 + 48] = '"';
	at[8 + 49] = ';';
	memset(at + 8 + 50, ' ', strcspn(at + 8 + 50, "\n"));
	devfiletest_refused(text, "seed");
	device_list_clear(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truncated_anywhere_is_refused),
		cmocka_unit_test(any_octet_changed_is_harmless),
		cmocka_unit_test(binary_and_nul_are_refused),
		cmocka_unit_test(oversized_is_refused),
		cmocka_unit_test(include_is_refused),
		cmocka_unit_test(nine_devices_are_refused),
		cmocka_unit_test(
		    settings_that_are_unknown_missing_or_twice_are_refused),
		cmocka_unit_test(settings_of_another_type_are_refused),
		cmocka_unit_test(values_outside_their_limits_are_refused),
		cmocka_unit_test(garbage_around_is_refused),
		cmocka_unit_test(device_there_twice_is_refused),
		cmocka_unit_test(seed_that_is_too_short_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
