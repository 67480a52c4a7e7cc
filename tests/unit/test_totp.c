#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "otp/totp.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const struct otp_params standard = { OTP_SHA1, 6, 30 };

/* "1234567890" again and again, as both RFCs have it. */
static struct secret
rfc_seed(size_t len)
{
	struct secret s = { .len = len };
	size_t i;

	for (i = 0; i < len; i++)
		s.bytes[i] = (uint8_t)('0' + (i + 1) % 10);
	return s;
}

static struct secret
digits(const char *text)
{
	struct secret s = { 0 };

	assert_true(secret_set(&s, text, strlen(text)));
	return s;
}

static void
assert_code(const struct otp_params *params, const struct secret *seed,
    uint64_t counter, const char *expected)
{
	struct mfa_error err;
	struct secret code;

	assert_int_equal(hotp_code(params, seed, counter, &code, &err),
	    MFA_OK);
	assert_int_equal(code.len, strlen(expected));
	assert_memory_equal(code.bytes, expected, code.len);
}

/* Also eight digits of the table's 31-bit values, for the truncation. */
static void
rfc_4226_appendix_d(void **state)
{
	static const struct {
		unsigned	value;
		const char	*code;
	} rows[] = {
		{ 1284755224, "755224" }, { 1094287082, "287082" },
		{ 137359152, "359152" }, { 1726969429, "969429" },
		{ 1640338314, "338314" }, { 868254676, "254676" },
		{ 1918287922, "287922" }, { 82162583, "162583" },
		{ 673399871, "399871" }, { 645520489, "520489" },
	};
	const struct otp_params eight = { OTP_SHA1, 8, 30 };
	struct secret seed = rfc_seed(20);
	char text[16];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_code(&standard, &seed, i, rows[i].code);
		snprintf(text, sizeof(text), "%08u",
		    rows[i].value % 100000000);
		assert_code(&eight, &seed, i, text);
	}
}

static const struct {
	int64_t		epoch;
	int64_t		step;
	const char	*codes[3];	/* by enum otp_algorithm */
} appendix_b[] = {
	{ 59, 0x1, { "94287082", "46119246", "90693936" } },
	{ 1111111109, 0x23523EC, { "07081804", "68084774", "25091201" } },
	{ 1111111111, 0x23523ED, { "14050471", "67062674", "99943326" } },
	{ 1234567890, 0x273EF07, { "89005924", "91819424", "93441116" } },
	{ 2000000000, 0x3F940AA, { "69279037", "90698825", "38618901" } },
	{ INT64_C(20000000000), 0x27BC86AA,
	    { "65353130", "77737706", "47863826" } },
};

static void
rfc_6238_appendix_b(void **state)
{
	static const size_t sizes[] = { 20, 32, 64 };
	struct mfa_error err;
	size_t i, a;

	(void)state;
	for (a = 0; a < COUNT(sizes); a++) {
		const struct otp_params params = {
			(enum otp_algorithm)a, 8, 30
		};
		struct secret seed = rfc_seed(sizes[a]), typed;
		int64_t step;

		for (i = 0; i < COUNT(appendix_b); i++) {
			step = totp_step(&params, appendix_b[i].epoch);
			assert_int_equal(step, appendix_b[i].step);
			assert_code(&params, &seed, step,
			    appendix_b[i].codes[a]);
			typed = digits(appendix_b[i].codes[a]);
			assert_int_equal(totp_match(&params, &seed, step - 1,
			    step + 1, &typed, &step, &err), MFA_OK);
			assert_int_equal(step, appendix_b[i].step);
		}
	}
}

static void
a_step_is_the_whole_periods_since_the_epoch(void **state)
{
	const struct otp_params second = { OTP_SHA1, 6, 1 };
	const struct otp_params hour = { OTP_SHA1, 6, 3600 };

	(void)state;
	assert_int_equal(totp_step(&standard, 0), 0);
	assert_int_equal(totp_step(&standard, 29), 0);
	assert_int_equal(totp_step(&standard, 30), 1);
	assert_int_equal(totp_step(&standard, -1), -1);
	assert_int_equal(totp_step(&standard, -30), -1);
	assert_int_equal(totp_step(&standard, -31), -2);
	assert_int_equal(totp_step(&second, 1234567890), 1234567890);
	assert_int_equal(totp_step(&hour, 7199), 1);
	assert_true(totp_step(&second, INT64_MIN) == INT64_MIN);
	assert_true(totp_step(&second, INT64_MAX) == INT64_MAX);
	assert_true(totp_step(&hour, INT64_MIN) < 0);
}

static int64_t
match(int64_t first, int64_t last, const char *typed)
{
	struct secret seed = rfc_seed(20), code = digits(typed);
	struct mfa_error err;
	int64_t step = -42;

	assert_int_equal(totp_match(&standard, &seed, first, last, &code,
	    &step, &err), MFA_OK);
	return step;
}

/* Steps 0 to 9 of this seed have the codes of RFC 4226 appendix D. */
static void
a_code_is_found_only_within_its_window(void **state)
{
	(void)state;
	assert_int_equal(match(0, 9, "755224"), 0);
	assert_int_equal(match(0, 9, "520489"), 9);
	assert_int_equal(match(5, 5, "254676"), 5);
	assert_int_equal(match(4, 6, "254676"), 5);
	assert_int_equal(match(6, 9, "254676"), -1);
	assert_int_equal(match(0, 4, "254676"), -1);
	assert_int_equal(match(6, 4, "254676"), -1);
	assert_int_equal(match(0, 9, "000000"), -1);
}

static void
negative_steps_are_passed_over(void **state)
{
	(void)state;
	assert_int_equal(match(-3, 3, "755224"), 0);
	assert_int_equal(match(INT64_MIN, 3, "359152"), 2);
	assert_int_equal(match(-3, -1, "755224"), -1);
	assert_int_equal(match(INT64_MIN, INT64_MIN, "755224"), -1);
	assert_int_equal(match(INT64_MAX - 2, INT64_MAX, "755224"), -1);
}

static void
a_code_of_another_length_matches_nothing(void **state)
{
	static const char *const typed[] = {
		"", "7", "75522", "7552240", "84755224", "755224755224",
		"75522 ", "755224755224755224",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(typed); i++)
		assert_int_equal(match(0, 9, typed[i]), -1);
}

/* Among 3,000 codes of six digits some four pairs are equal. */
static void
of_two_steps_with_one_code_the_higher_is_told(void **state)
{
	struct secret seed = rfc_seed(20), codes[3000];
	struct mfa_error err;
	size_t i, j, pairs = 0;
	int64_t step;

	(void)state;
	for (i = 0; i < COUNT(codes); i++) {
		assert_int_equal(hotp_code(&standard, &seed, i, &codes[i],
		    &err), MFA_OK);
		for (j = 0; j < i; j++) {
			if (!secret_is_equal(&codes[i], &codes[j]))
				continue;
			pairs++;
			assert_int_equal(totp_match(&standard, &seed, j, i,
			    &codes[i], &step, &err), MFA_OK);
			assert_int_equal(step, i);
			assert_int_equal(totp_match(&standard, &seed, j, i - 1,
			    &codes[i], &step, &err), MFA_OK);
			assert_int_equal(step, j);
		}
	}
	assert_true(pairs > 0);
}

static int64_t
match_pair(int64_t first, int64_t last, const char *one, const char *two)
{
	struct secret seed = rfc_seed(20), code1 = digits(one);
	struct secret code2 = digits(two);
	struct mfa_error err;
	int64_t step = -42;

	assert_int_equal(totp_match_pair(&standard, &seed, first, last,
	    &code1, &code2, &step, &err), MFA_OK);
	return step;
}

static void
two_codes_must_be_consecutive_and_in_order(void **state)
{
	(void)state;
	assert_int_equal(match_pair(0, 9, "755224", "287082"), 0);
	assert_int_equal(match_pair(0, 9, "254676", "287922"), 5);
	assert_int_equal(match_pair(0, 9, "287922", "254676"), -1);
	assert_int_equal(match_pair(0, 9, "254676", "254676"), -1);
	assert_int_equal(match_pair(0, 9, "254676", "162583"), -1);
	assert_int_equal(match_pair(0, 9, "254676", "000000"), -1);
	assert_int_equal(match_pair(0, 9, "000000", "254676"), -1);
	assert_int_equal(match_pair(0, 9, "254676", "28792"), -1);
	assert_int_equal(match_pair(0, 9, "", "287922"), -1);
}

static void
the_first_of_two_codes_lies_within_the_window(void **state)
{
	(void)state;
	assert_int_equal(match_pair(5, 5, "254676", "287922"), 5);
	assert_int_equal(match_pair(6, 9, "254676", "287922"), -1);
	assert_int_equal(match_pair(0, 4, "254676", "287922"), -1);
	assert_int_equal(match_pair(6, 4, "254676", "287922"), -1);
	assert_int_equal(match_pair(INT64_MIN, 0, "755224", "287082"), 0);
	assert_int_equal(match_pair(-5, -1, "755224", "287082"), -1);
	assert_int_equal(match_pair(INT64_MAX - 3, INT64_MAX, "755224",
	    "287082"), -1);
}

static void
a_pair_is_found_anywhere_within_a_day(void **state)
{
	static const int64_t steps[] = { 0, 1, 2880, 5759, 5760 };
	const struct otp_params params = { OTP_SHA512, 8, 30 };
	const int64_t first = 60000000;
	struct secret seed = rfc_seed(64), one, two;
	struct mfa_error err;
	int64_t step;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(steps); i++) {
		assert_int_equal(hotp_code(&params, &seed, first + steps[i],
		    &one, &err), MFA_OK);
		assert_int_equal(hotp_code(&params, &seed,
		    first + steps[i] + 1, &two, &err), MFA_OK);
		assert_int_equal(totp_match_pair(&params, &seed, first,
		    first + 5760, &one, &two, &step, &err), MFA_OK);
		assert_int_equal(step, first + steps[i]);
	}
}

static void
parameters_outside_their_limits_are_not_valid(void **state)
{
	static const struct otp_params bad[] = {
		{ OTP_SHA1, 0, 30 }, { OTP_SHA1, 5, 30 }, { OTP_SHA1, 7, 30 },
		{ OTP_SHA1, 9, 30 }, { OTP_SHA1, 10, 30 }, { OTP_SHA1, 6, 0 },
		{ OTP_SHA1, 6, 3601 }, { (enum otp_algorithm)3, 6, 30 },
		{ OTP_SHA1, 4294967295U, 30 },
	};
	static const struct otp_params good[] = {
		{ OTP_SHA1, 6, 1 }, { OTP_SHA256, 8, 60 },
		{ OTP_SHA512, 6, 3600 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_false(otp_params_is_valid(&bad[i]));
	for (i = 0; i < COUNT(good); i++)
		assert_true(otp_params_is_valid(&good[i]));
}

static void
an_unusable_seed_or_parameter_is_a_service_failure(void **state)
{
	const struct otp_params nine = { OTP_SHA1, 9, 30 };
	struct secret seed = rfc_seed(20), none = { 0 }, code;
	struct secret typed = digits("755224");
	struct mfa_error err;
	int64_t step = -42;

	(void)state;
	memset(&code, 0x5a, sizeof(code));
	assert_int_equal(hotp_code(&standard, &none, 0, &code, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(hotp_code(&nine, &seed, 0, &code, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(totp_match(&standard, &none, 0, 9, &typed, &step,
	    &err), MFA_SERVICE_FAILURE);
	assert_int_equal(totp_match_pair(&nine, &seed, 0, 9, &typed, &typed,
	    &step, &err), MFA_SERVICE_FAILURE);
	assert_int_equal(step, -42);
	assert_int_equal(code.bytes[0], 0x5a);
}

static void
algorithms_are_known_by_the_names_in_use(void **state)
{
	static const struct {
		const char		*name;
		enum otp_algorithm	algorithm;
	} good[] = {
		{ "SHA1", OTP_SHA1 }, { "sha-1", OTP_SHA1 },
		{ "HMAC-SHA-1", OTP_SHA1 }, { "HmacSHA1", OTP_SHA1 },
		{ "SHA256", OTP_SHA256 }, { "SHA-256", OTP_SHA256 },
		{ "hmac-sha256", OTP_SHA256 }, { "SHA512", OTP_SHA512 },
		{ "HmacSHA512", OTP_SHA512 }, { "HMACSHA-512", OTP_SHA512 },
	};
	static const char *const bad[] = {
		"", "SHA", "SHA-", "HMAC", "SHA1 ", " SHA1", "SHA--1", "SHA_1",
		"SHA2", "SHA384", "SHA-11", "1", "256", "HMAC-1", "MD5",
		"SHA3-256", "-SHA1", "HMAC-HMAC-SHA1", "SHASHA1",
	};
	enum otp_algorithm algorithm;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_true(otp_algorithm_parse(good[i].name, &algorithm));
		assert_int_equal(algorithm, good[i].algorithm);
	}
	for (i = 0; i < COUNT(bad); i++)
		assert_false(otp_algorithm_parse(bad[i], &algorithm));
	assert_string_equal(otp_algorithm_name(OTP_SHA1), "SHA1");
	assert_string_equal(otp_algorithm_name(OTP_SHA256), "SHA256");
	assert_string_equal(otp_algorithm_name(OTP_SHA512), "SHA512");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_4226_appendix_d),
		cmocka_unit_test(rfc_6238_appendix_b),
		cmocka_unit_test(a_step_is_the_whole_periods_since_the_epoch),
		cmocka_unit_test(a_code_is_found_only_within_its_window),
		cmocka_unit_test(negative_steps_are_passed_over),
		cmocka_unit_test(a_code_of_another_length_matches_nothing),
		cmocka_unit_test(of_two_steps_with_one_code_the_higher_is_told),
		cmocka_unit_test(two_codes_must_be_consecutive_and_in_order),
		cmocka_unit_test(the_first_of_two_codes_lies_within_the_window),
		cmocka_unit_test(a_pair_is_found_anywhere_within_a_day),
		cmocka_unit_test(parameters_outside_their_limits_are_not_valid),
		cmocka_unit_test(
		    an_unusable_seed_or_parameter_is_a_service_failure),
		cmocka_unit_test(algorithms_are_known_by_the_names_in_use),
	};

	return cmocka_run_group_tests_name("totp", tests, NULL, NULL);
}
