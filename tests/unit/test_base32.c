#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "otp/base32.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* RFC 4648 section 10. */
static const struct {
	const char	*plain;
	const char	*padded;
	const char	*bare;
} vectors[] = {
	{ "f", "MY======", "MY" },
	{ "fo", "MZXQ====", "MZXQ" },
	{ "foo", "MZXW6===", "MZXW6" },
	{ "foob", "MZXW6YQ=", "MZXW6YQ" },
	{ "fooba", "MZXW6YTB", "MZXW6YTB" },
	{ "foobar", "MZXW6YTBOI======", "MZXW6YTBOI" },
};

static bool
decodes_to(const char *text, const void *plain, size_t len)
{
	struct mfa_error err;
	struct secret s;

	return base32_decode(text, strlen(text), &s, &err) == MFA_OK &&
	    s.len == len && memcmp(s.bytes, plain, len) == 0;
}

static void
rfc_4648_vectors_encode_without_padding(void **state)
{
	struct secret_text text;
	struct secret s = { 0 };
	size_t i;

	(void)state;
	base32_encode(&s, &text);
	assert_string_equal(text.text, "");
	for (i = 0; i < COUNT(vectors); i++) {
		assert_true(secret_set(&s, vectors[i].plain,
		    strlen(vectors[i].plain)));
		base32_encode(&s, &text);
		assert_string_equal(text.text, vectors[i].bare);
	}
}

static void
rfc_4648_vectors_decode_with_padding_and_without(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(vectors); i++) {
		const char *plain = vectors[i].plain;

		assert_true(decodes_to(vectors[i].padded, plain,
		    strlen(plain)));
		assert_true(decodes_to(vectors[i].bare, plain, strlen(plain)));
	}
}

static void
a_seed_may_be_typed_in_groups_and_lower_case(void **state)
{
	(void)state;
	assert_true(decodes_to("mzxw 6ytb oi", "foobar", 6));
	assert_true(decodes_to("MZXW-6YTB-OI", "foobar", 6));
	assert_true(decodes_to("mZxW  6yTb - oI======", "foobar", 6));
}

static void
every_length_comes_back(void **state)
{
	struct secret s = { 0 }, back;
	struct secret_text text;
	struct mfa_error err;
	size_t i, len;

	(void)state;
	for (i = 0; i < SECRET_SIZE; i++)
		s.bytes[i] = (uint8_t)(i * 37 + 255);
	for (len = 1; len <= SECRET_SIZE; len++) {
		s.len = len;
		base32_encode(&s, &text);
		assert_int_equal(strlen(text.text), (len * 8 + 4) / 5);
		assert_int_equal(base32_decode(text.text, strlen(text.text),
		    &back, &err), MFA_OK);
		assert_true(secret_is_equal(&s, &back));
	}
}

static void
what_is_not_base32_is_invalid_input(void **state)
{
	static const char *const bad[] = {
		"", " ", "-", "=", "========", " MZXQ", "MZXQ ", "MZXQ-",
		"M", "MZX", "MZXW6Y", "MZXW6YTBO", "MZXW6YTBOIA",
		"MZX1", "MZX0", "MZX8", "MZX9", "MZX!", "MZX\n", "MZ\xc3\xbc",
		"MZX@", "MZX[", "MZX`", "MZX{", "MZX/", "MZX:",
		"MZ=XQ===", "=MZXQ===", "MZXQ=", "MZXQ==", "MZXQ===",
		"MZXQ=====", "MZXQ============", "MZXW6YTB========",
		"MZXW6YTB=", "MY====",
		"MZ======", "MZXR", "MZXW7", "MZXW6YR", "MZXW6YTBOJ",
	};
	struct secret s, before;
	struct mfa_error err;
	size_t i;

	(void)state;
	memset(&s, 0x5a, sizeof(s));
	before = s;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(base32_decode(bad[i], strlen(bad[i]), &s,
		    &err), MFA_INVALID_INPUT);
		assert_int_equal(err.code, MFA_INVALID_INPUT);
	}
	assert_int_equal(base32_decode("MZXQ\0", 5, &s, &err),
	    MFA_INVALID_INPUT);
	assert_memory_equal(&s, &before, sizeof(s));
}

static void
what_does_not_fit_a_secret_is_invalid_input(void **state)
{
	char text[10000];
	struct secret s;
	struct mfa_error err;

	(void)state;
	memset(text, 'A', sizeof(text));
	/* 208 symbols are 130 octets; 205 are 128 and a bit left over. */
	assert_int_equal(base32_decode(text, 208, &s, &err),
	    MFA_INVALID_INPUT);
	assert_int_equal(base32_decode(text, sizeof(text), &s, &err),
	    MFA_INVALID_INPUT);
	assert_int_equal(base32_decode(text, 205, &s, &err), MFA_OK);
	assert_int_equal(s.len, SECRET_SIZE);
}

static void
the_error_does_not_tell_the_seed(void **state)
{
	static const char seed[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1";
	struct secret s;
	struct mfa_error err;

	(void)state;
	assert_int_equal(base32_decode(seed, strlen(seed), &s, &err),
	    MFA_INVALID_INPUT);
	assert_null(strstr(err.detail, "GEZD"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_4648_vectors_encode_without_padding),
		cmocka_unit_test(
		    rfc_4648_vectors_decode_with_padding_and_without),
		cmocka_unit_test(a_seed_may_be_typed_in_groups_and_lower_case),
		cmocka_unit_test(every_length_comes_back),
		cmocka_unit_test(what_is_not_base32_is_invalid_input),
		cmocka_unit_test(what_does_not_fit_a_secret_is_invalid_input),
		cmocka_unit_test(the_error_does_not_tell_the_seed),
	};

	return cmocka_run_group_tests_name("base32", tests, NULL, NULL);
}
