#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fidotest.h"

static const size_t flags_at = 32;	/* in authenticator data */
static struct fidotest_set set;

static int
setup(void **state)
{
	(void)state;
	fidotest_set_new(&set);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fidotest_set_clear(&set);
	return 0;
}

static void
assert_denied(const struct fidomade *made, int kind, const char *detail)
{
	assert_int_equal(fidotest_verify(made, fidotest_algorithm(kind),
	    &fidotest_any, NULL, detail), MFA_ACCESS_DENIED);
}

static void
another_relying_party_is_denied(void **state)
{
	struct fido_credential kept;
	struct fidomade made;
	struct fido_made view;
	struct mfa_error err;
	int kind;

	(void)state;
	for (kind = 0; kind < FIDOTEST_KINDS; kind++) {
		fidotest_make(&set, kind, FIDOMAKE_UP, &made);
		view = fidomake_made(&made);
		assert_int_equal(fido_verify_made(fidotest_hash, "awsmfb",
		    fidotest_algorithm(kind), &fidotest_any, &view, &kept,
		    &err), MFA_ACCESS_DENIED);
		assert_non_null(strstr(err.detail, "another relying party"));
		assert_int_equal(fido_verify_made(fidotest_hash, "",
		    fidotest_algorithm(kind), &fidotest_any, &view, &kept,
		    &err), MFA_ACCESS_DENIED);
	}
}

static void
without_presence_nothing_is_enrolled(void **state)
{
	struct fidomade made;
	int kind;

	(void)state;
	for (kind = 0; kind < FIDOTEST_U2F; kind++) {
		fidotest_make(&set, kind, FIDOMAKE_UV, &made);
		assert_denied(&made, kind, "not present");
	}
}

static void
flags_not_asked_for_are_denied_though_signed(void **state)
{
	static const uint8_t flags[] = { 0x02, 0x08, 0x10, 0x20, FIDOMAKE_ED };
	struct fidomade made;
	size_t i;
	int kind;

	(void)state;
	for (kind = 0; kind < FIDOTEST_U2F; kind++) {
		for (i = 0; i < sizeof(flags); i++) {
			fidotest_make(&set, kind, FIDOMAKE_UP | flags[i],
			    &made);
			assert_denied(&made, kind, "authenticator data: ");
		}
		fidotest_make(&set, kind, FIDOMAKE_UP, &made);
		made.authdata.bytes[flags_at] &= (uint8_t)~FIDOMAKE_AT;
		fidotest_sign(&set, kind, &made);
		assert_denied(&made, kind, "no credential");
	}
}

static void
extensions_and_trailing_octets_are_denied_though_signed(void **state)
{
	static const char map[] = "\xa1\x6b" "credProtect\x02";
	struct fidomade made;
	int kind;

	(void)state;
	for (kind = 0; kind < FIDOTEST_U2F; kind++) {
		fidotest_make(&set, kind, FIDOMAKE_UP | FIDOMAKE_ED, &made);
		fidomake_put(&made.authdata, map, sizeof(map) - 1);
		fidotest_sign(&set, kind, &made);
		assert_denied(&made, kind, "extensions");
		fidotest_make(&set, kind, FIDOMAKE_UP, &made);
		fidomake_put(&made.authdata, "\xa0", 1);
		fidotest_sign(&set, kind, &made);
		assert_denied(&made, kind, "trailing");
	}
}

/* {1: 2, 3: -7, ...} in another order, or with more in it, is not CTAP2's. */
static void
a_key_not_in_canonical_form_is_denied_though_signed(void **state)
{
	struct fidomade made;
	uint8_t *cose;

	(void)state;
	fidotest_make(&set, FIDOTEST_ES256, FIDOMAKE_UP, &made);
	cose = made.authdata.bytes + made.authdata.len - 77;
	memcpy(cose, "\xa5\x03\x26\x01\x02", 5);
	fidotest_sign(&set, FIDOTEST_ES256, &made);
	assert_denied(&made, FIDOTEST_ES256, "canonical");
	fidotest_make(&set, FIDOTEST_ES256, FIDOMAKE_UP, &made);
	cose = made.authdata.bytes + made.authdata.len - 77;
	cose[0] = 0xa6;
	fidomake_put(&made.authdata, "\x04\x80", 2);
	fidotest_sign(&set, FIDOTEST_ES256, &made);
	assert_denied(&made, FIDOTEST_ES256, "canonical");
}

static void
ids_are_of_1_to_1023_octets(void **state)
{
	static const size_t lens[] = { 1, 255, 256, FIDO_CREDENTIAL_ID_MAX };
	struct fidomake_key key;
	struct fido_credential kept;
	struct fidomade made;
	size_t i;

	(void)state;
	fidomake_key_new(&key, FIDO_ES256, FIDOTEST_RP);
	memset(key.id.bytes, 0x5a, sizeof(key.id.bytes));
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		key.id.len = lens[i];
		fidomake_packed(&key, &set.signer, FIDOMAKE_UP, 7,
		    fidotest_hash, &made);
		assert_int_equal(fidotest_verify(&made, FIDO_ES256,
		    &fidotest_any, &kept, NULL), MFA_OK);
		fidotest_assert_kept(&kept, &key, &made);
	}
	for (i = 0; i < 2; i++) {
		key.id.len = i == 0 ? FIDO_CREDENTIAL_ID_MAX + 1 : 0;
		fidomake_packed(&key, &set.signer, FIDOMAKE_UP, 7,
		    fidotest_hash, &made);
		assert_denied(&made, FIDOTEST_ES256, "impossible length");
	}
	fidomake_key_clear(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_relying_party_is_denied),
		cmocka_unit_test(without_presence_nothing_is_enrolled),
		cmocka_unit_test(flags_not_asked_for_are_denied_though_signed),
		cmocka_unit_test(
		    extensions_and_trailing_octets_are_denied_though_signed),
		cmocka_unit_test(
		    a_key_not_in_canonical_form_is_denied_though_signed),
		cmocka_unit_test(ids_are_of_1_to_1023_octets),
	};

	return cmocka_run_group_tests_name("authdata", tests, setup,
	    teardown);
}
