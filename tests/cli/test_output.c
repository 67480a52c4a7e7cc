#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"

#define DEVICES	"{\"MFADevices\": [" \
	"{\"UserName\": \"alice\", \"SerialNumber\": \"GAHT12345678\", " \
	"\"EnableDate\": \"2026-11-22\", \"LastUsed\": \"now\"}, " \
	"{\"UserName\": \"alice\", \"SerialNumber\": \"GAHT12345679\", " \
	"\"EnableDate\": \"2026-11-23\"}], \"NextToken\": \"t\"}"

static void
assert_prints(enum output_format format, unsigned width, const char *json,
    const char *expected)
{
	json_t *result = json_loads(json, 0, NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(result);
	assert_true(output_print(out, format, "ListMFADevices", width, true,
	    result));
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
	json_decref(result);
}

static void
text_is_tab_separated_and_sorted_as_in_aws(void **state)
{
	(void)state;
	assert_prints(OUTPUT_TEXT, 80, DEVICES,
	    "t\n"
	    "MFADEVICES\t2026-11-22\tnow\tGAHT12345678\talice\n"
	    "MFADEVICES\t2026-11-23\t\tGAHT12345679\talice\n");
	assert_prints(OUTPUT_TEXT, 80, "{\"User\": {\"UserName\": \"alice\", "
	    "\"MFAEnabled\": true, \"MFADeviceCount\": 2, \"Tags\": "
	    "[{\"Key\": \"a\", \"Value\": \"b\"}]}}",
	    "USER\t2\tTrue\talice\nTAGS\ta\tb\n");
	assert_prints(OUTPUT_TEXT, 80, "{\"Names\": [\"a\", \"b\"]}",
	    "NAMES\ta\nNAMES\tb\n");
}

static void
json_keeps_the_order_of_members(void **state)
{
	(void)state;
	assert_prints(OUTPUT_JSON, 80, "{\"b\": [], \"a\": {\"x\": 1}}",
	    "{\n    \"b\": [],\n    \"a\": {\n        \"x\": 1\n    }\n}\n");
	assert_prints(OUTPUT_JSON, 80, "{\"a\": \"\xc2\x9b\"}",
	    "{\n    \"a\": \"\\u009B\"\n}\n");
}

static void
a_table_has_a_title_columns_and_rows(void **state)
{
	(void)state;
	assert_prints(OUTPUT_TABLE, 80, DEVICES,
	    "-------------------------------------------------------------\n"
	    "|                      ListMFADevices                       |\n"
	    "+---------------------------------+-------------------------+\n"
	    "|  NextToken                      |  t                      |\n"
	    "+---------------------------------+-------------------------+\n"
	    "||                       MFADevices                        ||\n"
	    "|+--------------+------------+----------------+------------+|\n"
	    "||  EnableDate  |  LastUsed  |  SerialNumber  |  UserName  ||\n"
	    "|+--------------+------------+----------------+------------+|\n"
	    "||  2026-11-22  |  now       |  GAHT12345678  |  alice     ||\n"
	    "||  2026-11-23  |            |  GAHT12345679  |  alice     ||\n"
	    "|+--------------+------------+----------------+------------+|\n");
}

/* As `aws` does where the terminal is too narrow for a row. */
static void
a_table_too_wide_stands_upright(void **state)
{
	(void)state;
	assert_prints(OUTPUT_TABLE, 40, DEVICES,
	    "-------------------------------------\n"
	    "|          ListMFADevices           |\n"
	    "+---------------------+-------------+\n"
	    "|  NextToken          |  t          |\n"
	    "+---------------------+-------------+\n"
	    "||           MFADevices            ||\n"
	    "|+----------------+----------------+|\n"
	    "||  EnableDate    |  2026-11-22    ||\n"
	    "||  LastUsed      |  now           ||\n"
	    "||  SerialNumber  |  GAHT12345678  ||\n"
	    "||  UserName      |  alice         ||\n"
	    "|+----------------+----------------+|\n"
	    "||  EnableDate    |  2026-11-23    ||\n"
	    "||  LastUsed      |                ||\n"
	    "||  SerialNumber  |  GAHT12345679  ||\n"
	    "||  UserName      |  alice         ||\n"
	    "|+----------------+----------------+|\n");
}

static void
an_empty_answer_prints_nothing(void **state)
{
	(void)state;
	assert_prints(OUTPUT_JSON, 80, "{}", "");
	assert_prints(OUTPUT_TEXT, 80, "{}", "");
	assert_prints(OUTPUT_TABLE, 80, "{}", "");
}

static void
control_characters_do_not_reach_a_terminal(void **state)
{
	static const enum output_format formats[] = { OUTPUT_TEXT,
		OUTPUT_TABLE, OUTPUT_JSON };
	json_t *result = json_pack("{s:s, s:[{s:s}], s:[{s:s, s:[i]}]}", "a",
	    "\033[2Jx", "b", "c\n", "d\033\177", "e\033", "f\033", "g",
	    "h\033", 1);
	size_t i, size;

	(void)state;
	assert_non_null(result);
	for (i = 0; i < 3; i++) {
		char *text = NULL;
		FILE *out = open_memstream(&text, &size);

		assert_true(output_print(out, formats[i], "T", 80, true,
		    result));
		fclose(out);
		assert_null(strchr(text, '\033'));
		free(text);
	}
	json_decref(result);
}

/* No operation answers so, and it is the endpoint that says what comes. */
static void
a_table_of_a_mixed_list_has_a_block_for_each_kind(void **state)
{
	(void)state;
	assert_prints(OUTPUT_TABLE, 80, "{\"a\": [{\"b\": 1, \"c\": 2}, 3, {}]}",
	    "--------------------\n"
	    "|  ListMFADevices  |\n"
	    "+------------------+\n"
	    "||       a        ||\n"
	    "|+--------+-------+|\n"
	    "||   b    |   c   ||\n"
	    "|+--------+-------+|\n"
	    "||  1     |  2    ||\n"
	    "|+--------+-------+|\n"
	    "||       a        ||\n"
	    "|+----------------+|\n"
	    "||  3             ||\n"
	    "|+----------------+|\n"
	    "||       a        ||\n"
	    "|+--------+-------+|\n"
	    "||   b    |   c   ||\n"
	    "|+--------+-------+|\n"
	    "||        |       ||\n"
	    "|+--------+-------+|\n");
}

static void
formats_are_named_in_full(void **state)
{
	enum output_format format = OUTPUT_JSON;

	(void)state;
	assert_true(output_format_parse("table", &format));
	assert_int_equal(format, OUTPUT_TABLE);
	assert_false(output_format_parse("tab", &format));
	assert_false(output_format_parse("", &format));
	assert_false(output_format_parse("yaml", &format));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_tab_separated_and_sorted_as_in_aws),
		cmocka_unit_test(json_keeps_the_order_of_members),
		cmocka_unit_test(a_table_has_a_title_columns_and_rows),
		cmocka_unit_test(a_table_too_wide_stands_upright),
		cmocka_unit_test(an_empty_answer_prints_nothing),
		cmocka_unit_test(control_characters_do_not_reach_a_terminal),
		cmocka_unit_test(
		    a_table_of_a_mixed_list_has_a_block_for_each_kind),
		cmocka_unit_test(formats_are_named_in_full),
	};

	setlocale(LC_CTYPE, "");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
