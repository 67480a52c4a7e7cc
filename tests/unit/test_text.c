#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define HUGE_NAME	10000

/* N times C, and a NUL. */
static const char *
many(char c, size_t n)
{
	static char text[HUGE_NAME + 1];

	assert_true(n <= HUGE_NAME);
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

/* N times the character S, and a NUL. */
static const char *
many_of(const char *s, size_t n)
{
	static char text[4 * HUGE_NAME + 1];
	size_t i, len = strlen(s);

	for (i = 0; i < n; i++)
		memcpy(text + i * len, s, len);
	text[n * len] = '\0';
	return text;
}

static void
user_and_device_names_are_of_128_plain_characters(void **state)
{
	static const char *const bad[] = {
		"", " ", "a b", "a/b", "../x", "a:b", "a\n", "a\x7f",
		"m\xc3\xbcller", "\xff", "a%b", "a\\b", "a*", "a;b", "a\tb",
		"$HOME",
	};
	static const char *const good[] = {
		"a", "..", "alice", "Alice_B+c=d,e.f@g-h", "0", "-x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_false(text_is_user_name(bad[i]));
		assert_false(text_is_device_name(bad[i]));
	}
	for (i = 0; i < COUNT(good); i++) {
		assert_true(text_is_user_name(good[i]));
		assert_true(text_is_device_name(good[i]));
	}
	assert_true(text_is_user_name(many('a', 128)));
	assert_false(text_is_user_name(many('a', 129)));
	assert_true(text_is_device_name(many('a', 128)));
	assert_false(text_is_device_name(many('a', HUGE_NAME)));
}

static void
names_allow_exactly_the_characters_of_the_pattern(void **state)
{
	char s[2] = { 0 };
	int c;

	(void)state;
	for (c = 1; c < 256; c++) {
		bool expected = (c >= '0' && c <= '9') ||
		    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    strchr("_+=,.@-", c) != NULL;

		s[0] = (char)c;
		assert_int_equal(text_is_user_name(s), expected);
	}
}

static void
a_path_begins_and_ends_with_a_slash(void **state)
{
	static const char *const bad[] = {
		"", "a", "/a", "a/", "//", "/a b/", "/\x7f/",
		"/\xc3\xbc/", "/\n/",
	};
	char path[DEVICE_PATH_MAX + 2];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(text_is_path(bad[i]));
	assert_true(text_is_path("/"));
	assert_true(text_is_path("/a/"));
	assert_true(text_is_path("/alice/!~/"));
	memset(path, 'a', sizeof(path));
	path[0] = path[DEVICE_PATH_MAX - 1] = '/';
	path[DEVICE_PATH_MAX] = '\0';
	assert_true(text_is_path(path));
	path[DEVICE_PATH_MAX - 1] = 'a';
	path[DEVICE_PATH_MAX] = '/';
	path[DEVICE_PATH_MAX + 1] = '\0';
	assert_false(text_is_path(path));
	assert_false(text_is_path(many('/', HUGE_NAME)));
}

static void
a_serial_number_has_9_to_256_characters(void **state)
{
	(void)state;
	assert_true(text_is_serial_number("GAHT12345678"));
	assert_true(text_is_serial_number(
	    "arn:aws:iam::000000000000:mfa/alice/phone"));
	assert_false(text_is_serial_number(many('1', 8)));
	assert_true(text_is_serial_number(many('1', 9)));
	assert_true(text_is_serial_number(many('1', 256)));
	assert_false(text_is_serial_number(many('1', 257)));
	assert_false(text_is_serial_number("GAHT 12345678"));
	assert_false(text_is_serial_number("GAHT12345678\n"));
	assert_false(text_is_serial_number("GAHT1234567\xc3\xbc"));
}

static void
an_account_is_twelve_digits(void **state)
{
	(void)state;
	assert_true(text_is_account("000000000000"));
	assert_false(text_is_account("00000000000"));
	assert_false(text_is_account("0000000000000"));
	assert_false(text_is_account("00000000000a"));
	assert_false(text_is_account("-00000000000"));
	assert_false(text_is_account(""));
}

static void
tags_count_characters_and_not_octets(void **state)
{
	(void)state;
	assert_false(text_is_tag_key(""));
	assert_true(text_is_tag_value(""));
	assert_true(text_is_tag_key(
	    "Kostenstelle M\xc3\xbcnchen \xf0\x9f\x94\x91"));
	assert_true(text_is_tag_key(many_of("\xf0\x9f\x94\x91", 128)));
	assert_false(text_is_tag_key(many_of("\xf0\x9f\x94\x91", 129)));
	assert_true(text_is_tag_value(many_of("\xe2\x82\xac", 256)));
	assert_false(text_is_tag_value(many_of("\xe2\x82\xac", 257)));
	assert_false(text_is_tag_value(many('a', HUGE_NAME)));
}

static const char *const not_plain[] = {
	"\x01", "a\n", "\x1b[2J", "\x7f", "\x1f",	/* controls */
	"\xc2\x80", "\xc2\x9b", "\xc2\x9f",		/* C1 */
	"\x80", "\xbf", "\xff", "\xfe",			/* no first octet */
	"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",		/* overlong */
	"\xf0\x8f\xbf\xbf", "\xf8\x88\x80\x80\x80",
	"\xed\xa0\x80", "\xed\xbf\xbf",			/* surrogates */
	"\xf4\x90\x80\x80", "\xf5\x80\x80\x80",		/* past U+10FFFF */
	"\xc3", "\xe2\x82", "\xf0\x9f\x94",		/* cut short */
	"\xc3" "a", "\xe2\x82" "a", "\xf0\x9f\x94" "a",
};

static void
tags_refuse_controls_and_broken_utf8(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(not_plain); i++) {
		assert_false(text_is_tag_key(not_plain[i]));
		assert_false(text_is_tag_value(not_plain[i]));
	}
	assert_true(text_is_tag_key("\xc2\xa0"));
	assert_true(text_is_tag_key("\xed\x9f\xbf"));
	assert_true(text_is_tag_key("\xee\x80\x80"));
	assert_true(text_is_tag_key("\xf4\x8f\xbf\xbf"));
	assert_true(text_is_tag_key("\xe0\xa0\x80"));
	assert_true(text_is_tag_key("\xf0\x90\x80\x80"));
}

static void
numbers_are_read_whole_or_not_at_all(void **state)
{
	static const char *const bad[] = {
		"", "-", "+1", " 1", "1 ", "01", "00", "-0", "-01", "--1", "1-",
		"0x10", "1e3", "1.0", "a", "1\n", "18446744073709551616",
		"99999999999999999999999", "-9223372036854775809",
	};
	uint64_t u = 42;
	int64_t i64 = 42;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_false(text_parse_u64(bad[i], &u));
		assert_false(text_parse_i64(bad[i], &i64));
	}
	assert_false(text_parse_u64("-1", &u));
	assert_false(text_parse_i64("9223372036854775808", &i64));
	assert_false(text_parse_u64(many('9', HUGE_NAME), &u));
	assert_true(u == 42 && i64 == 42);
}

static void
numbers_reach_their_limits(void **state)
{
	uint64_t u;
	int64_t i;

	(void)state;
	assert_true(text_parse_u64("0", &u) && u == 0);
	assert_true(text_parse_u64("18446744073709551615", &u));
	assert_true(u == UINT64_MAX);
	assert_true(text_parse_i64("0", &i) && i == 0);
	assert_true(text_parse_i64("-1", &i) && i == -1);
	assert_true(text_parse_i64("9223372036854775807", &i));
	assert_true(i == INT64_MAX);
	assert_true(text_parse_i64("-9223372036854775808", &i));
	assert_true(i == INT64_MIN);
}

static bool
code_is(const char *typed, size_t len, const char *digits)
{
	struct secret s = { 0 };

	return text_parse_code(typed, len, &s) && s.len == strlen(digits) &&
	    memcmp(s.bytes, digits, s.len) == 0;
}

static void
a_code_may_have_spaces_between_its_digits(void **state)
{
	(void)state;
	assert_true(code_is("123456", 6, "123456"));
	assert_true(code_is("123 456", 7, "123456"));
	assert_true(code_is("1 2 3  4 5 6", 12, "123456"));
	assert_true(code_is("1234 5678", 9, "12345678"));
	assert_true(code_is("123456789012", 12, "123456789012"));
	assert_true(code_is("1234567890123456", 16, "1234567890123456"));
}

static void
anything_else_in_a_code_is_refused(void **state)
{
	static const struct {
		const char	*typed;
		size_t		len;
	} bad[] = {
		{ "", 0 }, { " ", 1 }, { "12345", 5 }, { "12 34 5", 7 },
		{ "12345678901234567", 17 }, { "123456 ", 7 }, { " 123456", 7 },
		{ "123456\n", 7 }, { "123456\0", 7 }, { "123\0" "456", 7 },
		{ "\0" "123456", 7 }, { "12345a", 6 }, { "-12345", 6 },
		{ "123-456", 7 }, { "123\t456", 7 }, { "+12345", 6 },
		{ "12345\xd9\xa1", 7 }, { "\xef\xbc\x91" "23456", 8 },
		{ "123\xc2\xa0" "456", 8 }, { "123456\xff", 7 },
	};
	struct secret s, before;
	size_t i;

	(void)state;
	memset(&s, 0x5a, sizeof(s));
	before = s;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(text_parse_code(bad[i].typed, bad[i].len, &s));
	assert_false(text_parse_code(many('1', HUGE_NAME), HUGE_NAME, &s));
	assert_false(text_parse_code(many(' ', HUGE_NAME), HUGE_NAME, &s));
	assert_memory_equal(&s, &before, sizeof(s));
}

static void
a_file_name_leads_nowhere_else(void **state)
{
	static const struct {
		const char	*name;
		const char	*file;
	} names[] = {
		{ "alice", "alice" }, { ".", "%2E" }, { "..", "%2E." },
		{ "../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd" },
		{ "/", "%2F" },
		{ ".hidden", "%2Ehidden" }, { "a.b", "a.b" },
		{ "%2F", "%252F" },
		{ "a b", "a%20b" }, { "a\nb", "a%0Ab" }, { "\x7f", "%7F" },
		{ "m\xc3\xbcller", "m%C3%BCller" }, { "\xff", "%FF" },
		{ "A_+=,.@-z9", "A_+=,.@-z9" }, { "DOM\\user", "DOM%5Cuser" },
	};
	char file[NAME_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		assert_true(text_file_name(names[i].name, file));
		assert_string_equal(file, names[i].file);
	}
}

static void
a_file_name_that_does_not_fit_is_refused(void **state)
{
	char file[NAME_MAX + 1] = "untouched";

	(void)state;
	assert_false(text_file_name("", file));
	assert_false(text_file_name(many('a', HUGE_NAME), file));
	assert_false(text_file_name(many('/', HUGE_NAME), file));
	assert_false(text_file_name(many('a', NAME_MAX + 1), file));
	assert_false(text_file_name(many('/', 86), file));
	assert_string_equal(file, "untouched");
	assert_true(text_file_name(many('/', 85), file));
	assert_int_equal(strlen(file), NAME_MAX);
	assert_true(text_file_name(many('a', NAME_MAX), file));
	assert_string_equal(file, many('a', NAME_MAX));
}

static void
what_could_move_a_cursor_is_escaped(void **state)
{
	static const struct {
		const char	*from;
		const char	*to;
	} texts[] = {
		{ "", "" }, { "plain \"text\"", "plain \"text\"" },
		{ "a\nuser=root", "a\\x0auser=root" },
		{ "\x1b[2J", "\\x1b[2J" }, { "\x7f", "\\x7f" },
		{ "\t\r", "\\x09\\x0d" }, { "\xc2\x9b" "1m", "\\xc2\\x9b1m" },
		{ "\x9b" "1m", "\\x9b1m" },
		{ "m\xc3\xbcller", "m\xc3\xbcller" },
		{ "\xc3", "\\xc3" }, { "\xe2\x82" "a", "\\xe2\\x82a" },
		{ "\xc0\x8a", "\\xc0\\x8a" },
		{ "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	};
	char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		text_sanitise(out, sizeof(out), texts[i].from);
		assert_string_equal(out, texts[i].to);
	}
}

static void
sanitised_text_is_plain_whatever_came_in(void **state)
{
	char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(not_plain); i++) {
		text_sanitise(out, sizeof(out), not_plain[i]);
		assert_true(text_is_tag_key(out));
	}
}

static void
sanitised_text_is_cut_at_a_characters_end(void **state)
{
	static const char text[] = "a\xc3\xbc\xc2\x9b" "b\xff" "c";
	static const char whole[] = "a\xc3\xbc\\xc2\\x9b" "b\\xff" "c";
	static const size_t ends[] = { 0, 1, 3, 11, 12, 16, 17 };
	char out[sizeof(whole) + 1];
	size_t size, end;

	(void)state;
	for (size = 1; size <= sizeof(whole); size++) {
		for (end = COUNT(ends) - 1; ends[end] >= size; end--)
			;
		memset(out, 'Z', sizeof(out));
		text_sanitise(out, size, text);
		assert_int_equal(strlen(out), ends[end]);
		assert_memory_equal(out, whole, ends[end]);
		assert_int_equal(out[size], 'Z');
	}
	out[0] = 'Z';
	text_sanitise(out, 0, text);
	assert_int_equal(out[0], 'Z');
}

static void
hexadecimal_goes_both_ways(void **state)
{
	static const uint8_t octets[] = { 0x00, 0x0f, 0x7f, 0x80, 0xab, 0xff };
	uint8_t back[sizeof(octets)];
	char hex[2 * sizeof(octets) + 1];

	(void)state;
	text_hex(hex, octets, sizeof(octets));
	assert_string_equal(hex, "000f7f80abff");
	assert_true(text_unhex(back, sizeof(back), hex));
	assert_memory_equal(back, octets, sizeof(back));
	assert_true(text_unhex(back, sizeof(back), "000F7f80AbFF"));
	assert_memory_equal(back, octets, sizeof(back));
	text_hex(hex, octets, 0);
	assert_string_equal(hex, "");
}

static void
hexadecimal_of_another_length_or_alphabet_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "0", "00", "000", "00000", "000g", "0x00", " 000", "00 0",
		"000\n", "00\xc3\xbc", "00:0", "00@0", "00`0", "00G0",
	};
	uint8_t out[2] = { 0x5a, 0xa5 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(text_unhex(out, sizeof(out), bad[i]));
	assert_false(text_unhex(out, SIZE_MAX, "00"));
	assert_false(text_unhex(out, SIZE_MAX / 2 + 2, "00"));
	assert_true(out[0] == 0x5a && out[1] == 0xa5);
	assert_true(text_unhex(out, 0, ""));
}

static void
times_are_in_utc_with_their_offset(void **state)
{
	static const struct {
		int64_t		epoch;
		const char	*text;
	} times[] = {
		{ 0, "1970-01-01T00:00:00+00:00" },
		{ -1, "1969-12-31T23:59:59+00:00" },
		{ 1795355414, "2026-11-22T13:50:14+00:00" },
		{ 951782400, "2000-02-29T00:00:00+00:00" },
		{ INT64_C(4294967296), "2106-02-07T06:28:16+00:00" },
		{ INT64_C(20000000000), "2603-10-11T11:33:20+00:00" },
		{ INT64_MAX, "9999-12-31T23:59:59+00:00" },
		{ INT64_MIN, "0000-01-01T00:00:00+00:00" },
	};
	char text[TEXT_TIME_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(times); i++) {
		text_time(times[i].epoch, text);
		assert_string_equal(text, times[i].text);
	}
}

static void
a_field_is_taken_whole_or_not_at_all(void **state)
{
	const char *text = "user alice\nuid 7\n", *rest = text;
	char user[6] = "-", small[2] = "-";

	(void)state;
	assert_false(text_take(&rest, "uid ", '\n', user, sizeof(user)));
	assert_false(text_take(&rest, "user ", ';', user, sizeof(user)));
	assert_false(text_take(&rest, "user ", '\n', user, 5));
	assert_ptr_equal(rest, text);
	assert_string_equal(user, "-");
	assert_true(text_take(&rest, "user ", '\n', user, sizeof(user)));
	assert_string_equal(user, "alice");
	assert_true(text_take(&rest, "uid ", '\n', small, sizeof(small)));
	assert_string_equal(small, "7");
	assert_string_equal(rest, "");
	assert_false(text_take(&rest, "", '\n', user, sizeof(user)));
}

static void
days_of_the_calendar_are_dates(void **state)
{
	static const struct {
		const char	*text;
		int64_t		epoch;
	} days[] = {
		{ "1970-01-01", 0 },
		{ "1970-12-31", 364 * 86400 },
		{ "2024-02-29", 1709164800 },
		{ "2026-11-22", 1795305600 },
		{ "2000-02-29", 951782400 },
		{ "9999-12-31", 253402214400 },
	};
	int64_t epoch;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		assert_true(text_parse_date(days[i].text, &epoch));
		assert_int_equal(epoch, days[i].epoch);
	}
}

static void
other_texts_are_no_dates(void **state)
{
	static const char *const texts[] = { "", "2026", "2026-11", "2026-11-",
		"2026-11-2", "2026-11-222", "2026-11-22 ", " 2026-11-22",
		"2026/11/22", "26-11-22", "2026-1-22", "2026-11-22T00:00:00Z",
		"2026-00-10", "2026-13-10", "2026-11-00", "2026-11-31",
		"2026-02-29", "2100-02-29", "1969-12-31", "0000-01-01",
		"2026-11-2a", "-026-11-22", "+026-11-22", "2026-+1-22",
		"2026-11-99", "tomorrow" };
	int64_t epoch = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (text_parse_date(texts[i], &epoch))
			fail_msg("%s", texts[i]);
		assert_int_equal(epoch, 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    user_and_device_names_are_of_128_plain_characters),
		cmocka_unit_test(
		    names_allow_exactly_the_characters_of_the_pattern),
		cmocka_unit_test(a_path_begins_and_ends_with_a_slash),
		cmocka_unit_test(a_serial_number_has_9_to_256_characters),
		cmocka_unit_test(an_account_is_twelve_digits),
		cmocka_unit_test(tags_count_characters_and_not_octets),
		cmocka_unit_test(tags_refuse_controls_and_broken_utf8),
		cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
		cmocka_unit_test(numbers_reach_their_limits),
		cmocka_unit_test(a_code_may_have_spaces_between_its_digits),
		cmocka_unit_test(anything_else_in_a_code_is_refused),
		cmocka_unit_test(a_file_name_leads_nowhere_else),
		cmocka_unit_test(a_file_name_that_does_not_fit_is_refused),
		cmocka_unit_test(what_could_move_a_cursor_is_escaped),
		cmocka_unit_test(sanitised_text_is_plain_whatever_came_in),
		cmocka_unit_test(sanitised_text_is_cut_at_a_characters_end),
		cmocka_unit_test(hexadecimal_goes_both_ways),
		cmocka_unit_test(
		    hexadecimal_of_another_length_or_alphabet_is_refused),
		cmocka_unit_test(times_are_in_utc_with_their_offset),
		cmocka_unit_test(a_field_is_taken_whole_or_not_at_all),
		cmocka_unit_test(days_of_the_calendar_are_dates),
		cmocka_unit_test(other_texts_are_no_dates),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
