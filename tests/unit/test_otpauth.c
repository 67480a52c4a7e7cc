#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "otp/otpauth.h"

static const struct otp_params standard = { OTP_SHA1, 6, 30 };

static void
assert_uri(const char *issuer, const char *account,
    const struct otp_params *params, const char *expected)
{
	struct secret seed = { 0 };
	struct secret_text uri;
	struct mfa_error err;

	assert_true(secret_set(&seed, "Hello!\xde\xad\xbe\xef", 10));
	assert_int_equal(otpauth_format(issuer, account, params, &seed, &uri,
	    &err), MFA_OK);
	assert_string_equal(uri.text, expected);
}

/* The example of the Key Uri Format, without its defaults. */
static void
defaults_are_left_out(void **state)
{
	(void)state;
	assert_uri("Example", "alice@google.com", &standard,
	    "otpauth://totp/Example:alice%40google.com"
	    "?secret=JBSWY3DPEHPK3PXP&issuer=Example");
}

static void
what_is_not_the_default_is_told(void **state)
{
	const struct otp_params all = { OTP_SHA256, 8, 60 };
	const struct otp_params algorithm = { OTP_SHA512, 6, 30 };
	const struct otp_params period = { OTP_SHA1, 6, 3600 };

	(void)state;
	assert_uri("h", "a", &all, "otpauth://totp/h:a"
	    "?secret=JBSWY3DPEHPK3PXP&issuer=h"
	    "&algorithm=SHA256&digits=8&period=60");
	assert_uri("h", "a", &algorithm, "otpauth://totp/h:a"
	    "?secret=JBSWY3DPEHPK3PXP&issuer=h&algorithm=SHA512");
	assert_uri("h", "a", &period, "otpauth://totp/h:a"
	    "?secret=JBSWY3DPEHPK3PXP&issuer=h&period=3600");
}

static void
names_can_not_change_the_uri(void **state)
{
	(void)state;
	assert_uri("ACME Co&secret=AA", "a:b/c?d#e%f+g\"\n", &standard,
	    "otpauth://totp/ACME%20Co%26secret%3DAA"
	    ":a%3Ab%2Fc%3Fd%23e%25f%2Bg%22%0A"
	    "?secret=JBSWY3DPEHPK3PXP&issuer=ACME%20Co%26secret%3DAA");
	assert_uri("m\xc3\xbcller\xff", "-._~aZ09", &standard,
	    "otpauth://totp/m%C3%BCller%FF:-._~aZ09"
	    "?secret=JBSWY3DPEHPK3PXP&issuer=m%C3%BCller%FF");
}

static void
without_issuer_there_is_no_prefix(void **state)
{
	(void)state;
	assert_uri("", "alice", &standard,
	    "otpauth://totp/alice?secret=JBSWY3DPEHPK3PXP");
}

static void
a_uri_that_does_not_fit_is_invalid_input(void **state)
{
	/* What is there beside the account, with the seed of 128 octets. */
	const size_t rest = strlen("otpauth://totp/?secret=") + 205;
	struct secret seed = { .len = SECRET_SIZE };
	struct secret_text uri = { "untouched" };
	char account[10000] = { 0 };
	struct mfa_error err;

	(void)state;
	memset(account, 'a', SECRET_TEXT_SIZE - rest);
	assert_int_equal(otpauth_format("", account, &standard, &seed, &uri,
	    &err), MFA_INVALID_INPUT);
	memset(account, '/', sizeof(account) - 1);
	assert_int_equal(otpauth_format("", account, &standard, &seed, &uri,
	    &err), MFA_INVALID_INPUT);
	assert_string_equal(uri.text, "untouched");
	memset(account, 0, sizeof(account));
	memset(account, 'a', SECRET_TEXT_SIZE - rest - 1);
	assert_int_equal(otpauth_format("", account, &standard, &seed, &uri,
	    &err), MFA_OK);
	assert_int_equal(strlen(uri.text), SECRET_TEXT_SIZE - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_left_out),
		cmocka_unit_test(what_is_not_the_default_is_told),
		cmocka_unit_test(names_can_not_change_the_uri),
		cmocka_unit_test(without_issuer_there_is_no_prefix),
		cmocka_unit_test(a_uri_that_does_not_fit_is_invalid_input),
	};

	return cmocka_run_group_tests_name("otpauth", tests, NULL, NULL);
}
