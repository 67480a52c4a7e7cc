#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/token.h"

#define HEX	"3132333435363738393031323334353637383930"
#define BASE32	"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

struct read {
	struct token_list	list;
	struct mfa_error	err;
	enum mfa_code		code;
};

static void
read_clear(struct read *read)
{
	token_list_clear(&read->list);
}

static void
parse_octets(struct read *read, const char *text, size_t len)
{
	*read = (struct read){ 0 };
	read->code = csv_read(text, len, &read->list, &read->err);
}

static void
parse(struct read *read, const char *text)
{
	parse_octets(read, text, strlen(text));
}

static void
assert_fault(const struct read *read, size_t i, size_t line, const char *part)
{
	assert_int_equal(read->code, MFA_OK);
	assert_true(i < read->list.faults_n);
	assert_int_equal(read->list.faults[i].number, line);
	if (strstr(read->list.faults[i].text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part,
		    read->list.faults[i].text);
}

static void
assert_seed(const struct token *token)
{
	assert_int_equal(token->seed.len, 20);
	assert_memory_equal(token->seed.bytes, "12345678901234567890", 20);
}

static void
seeds_are_read_in_base32_and_hexadecimal(void **state)
{
	_cleanup_(read_clear) struct read base32, hex;

	(void)state;
	parse(&base32, "serial_number,seed_base32\nGAHT12345678," BASE32 "\n");
	assert_int_equal(base32.code, MFA_OK);
	assert_int_equal(base32.list.n, 1);
	assert_string_equal(base32.list.tokens[0].serial, "GAHT12345678");
	assert_seed(&base32.list.tokens[0]);
	assert_int_equal(base32.list.tokens[0].params.digits, 6);
	assert_int_equal(base32.list.tokens[0].params.period, 30);
	parse(&hex, "seed_hex,serial_number\r\n" HEX ",GAHT12345678");
	assert_int_equal(hex.list.n, 1);
	assert_seed(&hex.list.tokens[0]);
}

static void
names_are_taken_in_either_case_with_spaces_and_hyphens(void **state)
{
	_cleanup_(read_clear) struct read read;

	(void)state;
	parse(&read, "\xef\xbb\xbf\"Serial Number\",SEED-HEX,Algorithm,Digits,"
	    "PERIOD\nGAHT12345678," HEX ",SHA-256,8,60\n"
	    "GAHT12345679," HEX ",,,\n");
	assert_int_equal(read.code, MFA_OK);
	assert_int_equal(read.list.n, 2);
	assert_int_equal(read.list.tokens[0].params.algorithm, OTP_SHA256);
	assert_int_equal(read.list.tokens[0].params.digits, 8);
	assert_int_equal(read.list.tokens[0].params.period, 60);
	assert_int_equal(read.list.tokens[1].params.algorithm, OTP_SHA1);
	assert_int_equal(read.list.tokens[1].params.digits, 6);
}

static void
every_bad_line_is_named_at_once(void **state)
{
	_cleanup_(read_clear) struct read read;

	(void)state;
	parse(&read, "serial_number,seed_hex,algorithm,digits,period\n"
	    "short," HEX ",,,\n"		/* 2 */
	    "\n"
	    "GAHT00000001,zz,,,\n"		/* 4 */
	    "GAHT00000002," HEX ",MD5,,\n"
	    "GAHT00000003," HEX ",,7,\n"
	    "GAHT00000004," HEX ",,,0\n"
	    "GAHT00000005," HEX ",,x,\n"
	    "GAHT00000006,3132,,,\n"
	    "GAHT00000007\n"			/* 10 */
	    "GAHT00000008," HEX ",,,,\n"
	    "GAHT00000009," HEX ",,,\n");
	assert_int_equal(read.list.n, 1);
	assert_string_equal(read.list.tokens[0].serial, "GAHT00000009");
	assert_int_equal(read.list.tokens[0].number, 12);
	assert_int_equal(read.list.faults_n, 9);
	assert_fault(&read, 0, 2, "serial number");
	assert_fault(&read, 1, 4, "seed_hex");
	assert_fault(&read, 2, 5, "algorithm");
	assert_fault(&read, 3, 6, "digits");
	assert_fault(&read, 4, 7, "period");
	assert_fault(&read, 5, 8, "digits is not a number");
	assert_fault(&read, 6, 9, "10 octets");
	assert_fault(&read, 7, 10, "1 fields");
	assert_fault(&read, 8, 11, "6 fields");
}

static void
no_fault_shows_a_seed(void **state)
{
	_cleanup_(read_clear) struct read read;
	size_t i;

	(void)state;
	parse(&read, "serial_number,seed_hex\nGAHT00000001," HEX "x\n"
	    "x," HEX "\nGAHT00000003," HEX "," HEX "\n");
	assert_int_equal(read.list.faults_n, 3);
	for (i = 0; i < 3; i++)
		assert_null(strstr(read.list.faults[i].text, "31323334"));
}

static void
a_quoted_field_that_does_not_end_is_named(void **state)
{
	_cleanup_(read_clear) struct read end, middle;

	(void)state;
	parse(&end, "serial_number,seed_hex\nGAHT00000001," HEX "\n"
	    "\"GAHT00000002," HEX "\nGAHT00000003," HEX "\n");
	assert_fault(&end, 0, 3, "does not end");
	parse(&middle, "serial_number,seed_hex\nGAHT\"00000001," HEX "\n");
	assert_int_equal(middle.list.n, 0);
	assert_fault(&middle, 0, 2, "");
}

static void
headers_that_are_none_are_refused(void **state)
{
	static const char *const texts[] = { "", "\n\n", "GAHT12345678," HEX
		"\n", "serial_number\n", "serial_number,seed_hex,seed_base32\n",
		"serial_number,seed_hex,colour\n",
		"serial_number,serial-number,seed_hex\n", "seed_hex\n",
		"a,b,c,d,e,f,g,h\n" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_cleanup_(read_clear) struct read read;

		parse(&read, texts[i]);
		assert_int_equal(read.code, MFA_INVALID_INPUT);
		assert_int_equal(read.list.n, 0);
	}
}

static void
nul_and_endless_fields_are_faults(void **state)
{
	static const char nul[] = "serial_number,seed_hex\nGAHT\0AAAAAAAA,"
	    HEX "\n";
	_cleanup_(read_clear) struct read zero, endless;
	char *text;

	(void)state;
	parse_octets(&zero, nul, sizeof(nul) - 1);
	assert_int_equal(zero.list.n, 0);
	assert_fault(&zero, 0, 2, "NUL");
	text = malloc(1000000);
	assert_non_null(text);
	memset(text, 'A', 1000000);
	memcpy(text, "serial_number,seed_hex\n", 23);
	memcpy(text + 999958, "," HEX "\n", 42);
	parse_octets(&endless, text, 1000000);
	free(text);
	assert_int_equal(endless.list.n, 0);
	assert_int_equal(endless.list.faults_n, 1);
}

static void
ten_thousand_tokens_are_read(void **state)
{
	_cleanup_(read_clear) struct read read;
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	fputs("serial_number,seed_hex\n", out);
	for (i = 0; i < 10000; i++)
		fprintf(out, "GAHT%08zu," HEX "\n", i);
	fclose(out);
	parse_octets(&read, text, size);
	free(text);
	assert_int_equal(read.list.n, 10000);
	assert_int_equal(read.list.tokens[9999].number, 10001);
	assert_string_equal(read.list.tokens[9999].serial, "GAHT00009999");
	assert_seed(&read.list.tokens[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeds_are_read_in_base32_and_hexadecimal),
		cmocka_unit_test(
		    names_are_taken_in_either_case_with_spaces_and_hyphens),
		cmocka_unit_test(every_bad_line_is_named_at_once),
		cmocka_unit_test(no_fault_shows_a_seed),
		cmocka_unit_test(a_quoted_field_that_does_not_end_is_named),
		cmocka_unit_test(headers_that_are_none_are_refused),
		cmocka_unit_test(nul_and_endless_fields_are_faults),
		cmocka_unit_test(ten_thousand_tokens_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
