#include <string.h>

#include "store/seal.h"
#include "storetest.h"

static const struct secret key = { .len = HOST_KEY_SIZE, .bytes = { 1, 2 } };
static const struct secret other_key = { .len = HOST_KEY_SIZE,
	.bytes = { 1, 3 } };

static struct secret
secret_of(size_t len)
{
	struct secret s = { .len = len };

	memset(s.bytes, 'x', len);
	return s;
}

static void
sealed_secret_opens_again(void **state)
{
	char text[SEALED_SIZE];
	struct mfa_error err;
	struct secret got;
	size_t len;

	(void)state;
	for (len = 1; len <= SECRET_SIZE; len++) {
		struct secret plain = secret_of(len);

		assert_int_equal(seal_close(&key, &storetest_world, "ctx",
		    &plain, text, &err), MFA_OK);
		assert_true(strlen(text) < SEALED_SIZE);
		assert_int_equal(seal_open(&key, "ctx", text, &got, &err),
		    MFA_OK);
		assert_true(secret_is_equal(&plain, &got));
	}
}

static void
same_secret_is_never_sealed_alike(void **state)
{
	struct secret plain = secret_of(20);
	char a[SEALED_SIZE], b[SEALED_SIZE];
	struct mfa_error err;

	(void)state;
	assert_int_equal(seal_close(&key, &storetest_world, "ctx", &plain, a,
	    &err), MFA_OK);
	assert_int_equal(seal_close(&key, &storetest_world, "ctx", &plain, b,
	    &err), MFA_OK);
	assert_string_not_equal(a, b);
}

static void
other_key_or_context_does_not_open(void **state)
{
	struct secret plain = secret_of(20), got = secret_of(3);
	char text[SEALED_SIZE];
	struct mfa_error err;

	(void)state;
	assert_int_equal(seal_close(&key, &storetest_world, "ctx", &plain,
	    text, &err), MFA_OK);
	assert_int_equal(seal_open(&other_key, "ctx", text, &got, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(seal_open(&key, "ctX", text, &got, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(seal_open(&key, "", text, &got, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(got.len, 3);
}

static void
any_changed_character_does_not_open(void **state)
{
	struct secret plain = secret_of(20), got;
	char text[SEALED_SIZE];
	struct mfa_error err;
	size_t i;

	(void)state;
	assert_int_equal(seal_close(&key, &storetest_world, "ctx", &plain,
	    text, &err), MFA_OK);
	for (i = 0; text[i] != '\0'; i++) {
		char was = text[i];

		text[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(seal_open(&key, "ctx", text, &got, &err),
		    MFA_SERVICE_FAILURE);
		text[i] = was;
	}
	assert_int_equal(seal_open(&key, "ctx", text, &got, &err), MFA_OK);
	text[i - 4] = '\0';
	assert_int_equal(seal_open(&key, "ctx", text, &got, &err),
	    MFA_SERVICE_FAILURE);
}

static void
what_is_not_strict_base64_does_not_open(void **state)
{
	static const char *const bad[] = {
		"", "A", "====", "AAA=", "    ", " =  ", "!!!!", "AAAA\n",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	};
	struct secret plain = secret_of(20), got;
	char text[SEALED_SIZE + 8], longer[4 * SEALED_SIZE];
	struct mfa_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(seal_open(&key, "ctx", bad[i], &got, &err),
		    MFA_SERVICE_FAILURE);
	memset(longer, 'A', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(seal_open(&key, "ctx", longer, &got, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(seal_close(&key, &storetest_world, "ctx", &plain,
	    text, &err), MFA_OK);
	strcat(text, "    ");
	assert_int_equal(seal_open(&key, "ctx", text, &got, &err),
	    MFA_SERVICE_FAILURE);
}

static void
empty_or_short_key_seals_nothing(void **state)
{
	struct secret plain = secret_of(20), none = { 0 }, got;
	char text[SEALED_SIZE];
	struct mfa_error err;

	(void)state;
	assert_int_equal(seal_close(&none, &storetest_world, "ctx", &plain,
	    text, &err), MFA_SERVICE_FAILURE);
	assert_int_equal(seal_close(&key, &storetest_world, "ctx", &none,
	    text, &err), MFA_SERVICE_FAILURE);
	assert_int_equal(seal_close(&key, &storetest_world, "ctx", &plain,
	    text, &err), MFA_OK);
	assert_int_equal(seal_open(&none, "ctx", text, &got, &err),
	    MFA_SERVICE_FAILURE);
}

static bool
no_random(void *ctx, void *ret, size_t len)
{
	(void)ctx;
	(void)ret;
	(void)len;
	return false;
}

static void
without_randomness_nothing_is_sealed(void **state)
{
	const struct world none = { .random = no_random };
	struct secret plain = secret_of(20);
	char text[SEALED_SIZE] = "untouched";
	struct mfa_error err;

	(void)state;
	assert_int_equal(seal_close(&key, &none, "ctx", &plain, text, &err),
	    MFA_SERVICE_FAILURE);
	assert_string_equal(text, "untouched");
}

static void
hash_is_sha256_of_kind_nul_and_data(void **state)
{
	char name[HASH_NAME_SIZE], other[HASH_NAME_SIZE];
	struct mfa_error err;

	(void)state;
	/* printf 'serial\0GAHT12345678' | sha256sum */
	assert_int_equal(seal_hash("serial", "GAHT12345678", 12, name, &err),
	    MFA_OK);
	assert_string_equal(name,
	    "4c2133c7acce0d6bb8df9b8afa7173e09644ff18127e019465e3e41fad6ebe9d");
	assert_int_equal(seal_hash("serialG", "AHT12345678", 11, other, &err),
	    MFA_OK);
	assert_string_not_equal(name, other);
}

static void
keyed_hash_depends_on_key_kind_and_data(void **state)
{
	char a[HASH_NAME_SIZE], b[HASH_NAME_SIZE];
	struct mfa_error err;

	(void)state;
	/* The same with openssl mac -digest SHA256 -macopt hexkey:0102... */
	assert_int_equal(seal_keyed_hash(&key, "seed", "abc", 3, a, &err),
	    MFA_OK);
	assert_string_equal(a,
	    "532f2a86f86b9f75424d60793a2cb56087b9fac66a8910b463010c2b89c2fd61");
	assert_int_equal(seal_keyed_hash(&other_key, "seed", "abc", 3, b,
	    &err), MFA_OK);
	assert_string_not_equal(a, b);
	assert_int_equal(seal_keyed_hash(&key, "seed", "abd", 3, b, &err),
	    MFA_OK);
	assert_string_not_equal(a, b);
	assert_int_equal(seal_keyed_hash(&key, "grant", "abc", 3, b, &err),
	    MFA_OK);
	assert_string_not_equal(a, b);
}

static void
data_that_is_too_long_is_refused(void **state)
{
	char name[HASH_NAME_SIZE];
	static const uint8_t data[4096];
	struct mfa_error err;

	(void)state;
	assert_int_equal(seal_hash("serial", data, sizeof(data), name, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(seal_keyed_hash(&key, "seed", data, sizeof(data),
	    name, &err), MFA_SERVICE_FAILURE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealed_secret_opens_again),
		cmocka_unit_test(same_secret_is_never_sealed_alike),
		cmocka_unit_test(other_key_or_context_does_not_open),
		cmocka_unit_test(any_changed_character_does_not_open),
		cmocka_unit_test(what_is_not_strict_base64_does_not_open),
		cmocka_unit_test(empty_or_short_key_seals_nothing),
		cmocka_unit_test(without_randomness_nothing_is_sealed),
		cmocka_unit_test(hash_is_sha256_of_kind_nul_and_data),
		cmocka_unit_test(keyed_hash_depends_on_key_kind_and_data),
		cmocka_unit_test(data_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
