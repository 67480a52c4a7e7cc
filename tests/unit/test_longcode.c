#include <ctype.h>
#include <string.h>

#include "mfatest.h"

#include "mfa/longcode.h"

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

static bool
parses(const char *text, struct secret *ret)
{
	return longcode_parse(text, strlen(text), ret);
}

static void
case_spaces_and_hyphens_do_not_count(void **state)
{
	static const char *const same[] = { "ABCD-EFGH-IJKL-MNOP",
		"abcdefghijklmnop", "  AbCd EfGh IjKl MnOp ",
		"--abcd--efghijklmnop--" };
	struct secret first, other;
	size_t i;

	(void)state;
	assert_true(parses("ABCDEFGHIJKLMNOP", &first));
	assert_int_equal(first.len, LONGCODE_SIZE);
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_true(parses(same[i], &other));
		assert_true(secret_is_equal(&first, &other));
	}
	assert_true(parses("ABCD-EFGH-IJKL-MNOQ", &other));
	assert_false(secret_is_equal(&first, &other));
}

static void
anything_else_is_not_of_the_shape(void **state)
{
	static const char *const others[] = { "", "-", "123456", "ABCDEFGH",
		"ABCD-EFGH-IJKL-MNO", "ABCD-EFGH-IJKL-MNOPQ",
		"ABCD-EFGH-IJKL-MNO1", "ABCD-EFGH-IJKL-MNO0",
		"ABCD-EFGH-IJKL-MNO=", "ABCD_EFGH_IJKL_MNOP",
		"ABCD-EFGH-IJKL-MNO\xc3\x9c", "ABCD\tEFGHIJKLMNOP",
		/* Two codes of eight digits, one after the other. */
		"2345672345672345" };
	struct secret code = { .len = 77 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(parses(others[i], &code));
	assert_false(longcode_parse("ABCDEFGHIJKLMNO\0", 16, &code));
	assert_false(longcode_parse("ABCDEFGH\0IJKLMNOP", 17, &code));
	assert_int_equal(code.len, 77);
}

static void
new_code_is_in_groups_and_is_read_back(void **state)
{
	struct mfatest *m = *state;
	struct secret code, other, read;
	struct longcode text, next;
	size_t i;

	assert_int_equal(longcode_make(&m->world, &code, &text, &m->err),
	    MFA_OK);
	assert_int_equal(longcode_make(&m->world, &other, &next, &m->err),
	    MFA_OK);
	assert_false(secret_is_equal(&code, &other));
	assert_int_equal(strlen(text.text), LONGCODE_TEXT_SIZE - 1);
	for (i = 0; text.text[i] != '\0'; i++)
		assert_true(i % 5 == 4 ? text.text[i] == '-'
				       : isalnum((unsigned char)text.text[i]));
	assert_true(parses(text.text, &read));
	assert_true(secret_is_equal(&code, &read));
}

/* Digits only at first: such a one could not be told from two codes. */
static bool
few_letters(void *ctx, void *ret, size_t len)
{
	unsigned *calls = ctx;

	/* 0xd6b5ad... is "2" to "7" alone: 11010 is "2". */
	memset(ret, 0, len);
	if ((*calls)++ < 3)
		memcpy(ret, "\xd6\xb5\xad\x6b\x5a\xd6\xb5\xad\x6b\x5a", 10);
	return true;
}

static void
new_code_has_a_letter(void **state)
{
	unsigned calls = 0;
	struct world world = { .random = few_letters, .ctx = &calls };
	struct mfatest *m = *state;
	struct longcode text;
	struct secret code;

	assert_int_equal(longcode_make(&world, &code, &text, &m->err), MFA_OK);
	assert_int_equal(calls, 4);
	assert_string_equal(text.text, "AAAA-AAAA-AAAA-AAAA");
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
no_code_without_randomness(void **state)
{
	struct world world = { .random = no_random };
	struct mfatest *m = *state;
	struct longcode text = { "as it was" };
	struct secret code;

	assert_int_equal(longcode_make(&world, &code, &text, &m->err),
	    MFA_SERVICE_FAILURE);
	assert_string_equal(text.text, "as it was");
}

static void
hash_is_bound_to_user_kind_and_host(void **state)
{
	struct mfatest *m = *state;
	struct secret code, hash, other;

	assert_true(parses("ABCD-EFGH-IJKL-MNOP", &code));
	assert_int_equal(longcode_hash(&m->ctx, &alice, LONGCODE_GRANT, &code,
	    &hash, &m->err), MFA_OK);
	assert_int_equal(hash.len, LONGCODE_HASH_SIZE);
	assert_true(longcode_is_hash(&hash, hash.bytes));
	assert_int_equal(longcode_hash(&m->ctx, &bob, LONGCODE_GRANT, &code,
	    &other, &m->err), MFA_OK);
	assert_false(longcode_is_hash(&hash, other.bytes));
	assert_int_equal(longcode_hash(&m->ctx, &alice, LONGCODE_RECOVERY,
	    &code, &other, &m->err), MFA_OK);
	assert_false(longcode_is_hash(&hash, other.bytes));
	assert_int_equal(longcode_hash(&m->ctx, &alice, LONGCODE_INVITE, &code,
	    &other, &m->err), MFA_OK);
	assert_false(longcode_is_hash(&hash, other.bytes));
	m->t->store->key.bytes[0] ^= 1;
	assert_int_equal(longcode_hash(&m->ctx, &alice, LONGCODE_GRANT, &code,
	    &other, &m->err), MFA_OK);
	assert_false(longcode_is_hash(&hash, other.bytes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_spaces_and_hyphens_do_not_count),
		cmocka_unit_test(anything_else_is_not_of_the_shape),
		mfatest(new_code_is_in_groups_and_is_read_back),
		mfatest(new_code_has_a_letter),
		mfatest(no_code_without_randomness),
		mfatest(hash_is_bound_to_user_kind_and_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
