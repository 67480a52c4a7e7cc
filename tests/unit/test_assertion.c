#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fidotest.h"

#define UNTOUCHED	UINT32_C(0xa5a5a5a5)

/* One credential of each algorithm. */
static struct fidomake_key keys[2];
static struct fido_credential credentials[2];

static int
setup(void **state)
{
	size_t i;

	(void)state;
	fidomake_key_new(&keys[0], FIDO_ES256, FIDOTEST_RP);
	fidomake_key_new(&keys[1], FIDO_EDDSA, FIDOTEST_RP);
	for (i = 0; i < 2; i++)
		fidomake_credential(&keys[i], &credentials[i]);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fidomake_key_clear(&keys[0]);
	fidomake_key_clear(&keys[1]);
	return 0;
}

static enum mfa_code
verify(const struct fido_credential *credential, const uint8_t *hash,
    bool require_uv, const struct fidoasserted *asserted, uint32_t *ret_count,
    const char *detail)
{
	struct fido_asserted view = fidomake_view(asserted);
	struct mfa_error err = { 0 };
	uint32_t count = UNTOUCHED;
	enum mfa_code code;

	code = fido_verify_asserted(credential, hash, require_uv, &view,
	    &count, &err);
	if (code != MFA_OK) {
		assert_int_equal(err.code, code);
		assert_int_equal(count, UNTOUCHED);
	}
	if (detail != NULL && strstr(err.detail, detail) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", detail, err.detail);
	if (ret_count != NULL)
		*ret_count = count;
	return code;
}

static void
assert_denied(const struct fido_credential *credential, bool require_uv,
    const struct fidoasserted *asserted, const char *detail)
{
	assert_int_equal(verify(credential, fidotest_hash, require_uv,
	    asserted, NULL, detail), MFA_ACCESS_DENIED);
}

/* First in the list: nothing before it may have loaded the library. */
static void
libfido2_is_loaded_by_the_first_verification(void **state)
{
	struct fidoasserted asserted;

	(void)state;
	assert_false(fidotest_is_mapped());
	fidomake_asserted(&keys[0], 0, 1, fidotest_hash, &asserted);
	assert_denied(&credentials[0], false, &asserted, "not present");
	assert_false(fidotest_is_mapped());
	fidomake_asserted(&keys[0], FIDOMAKE_UP, 1, fidotest_hash, &asserted);
	assert_int_equal(verify(&credentials[0], fidotest_hash, false,
	    &asserted, NULL, NULL), MFA_OK);
	assert_true(fidotest_is_mapped());
}

static void
a_tap_verifies_and_tells_the_counter(void **state)
{
	static const uint32_t counts[] = { 0, 1, 0x01020304, UINT32_MAX };
	struct fidoasserted asserted;
	uint32_t count;
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		for (i = 0; i < 4; i++) {
			fidomake_asserted(&keys[k], FIDOMAKE_UP, counts[i],
			    fidotest_hash, &asserted);
			assert_int_equal(verify(&credentials[k],
			    fidotest_hash, false, &asserted, &count, NULL),
			    MFA_OK);
			assert_int_equal(count, counts[i]);
		}
	}
}

struct alteration {
	const struct fido_credential	*credential;
	const struct fidoasserted	*asserted;
	const uint8_t			*hash;
	unsigned			judged;
};

static void
judge(void *ctx, const char *how, size_t at)
{
	struct alteration *alteration = ctx;

	alteration->judged++;
	if (verify(alteration->credential, alteration->hash, false,
	    alteration->asserted, NULL, NULL) != MFA_ACCESS_DENIED)
		fail_msg("octet %zu, %s: not denied", at, how);
}

static void
authdata_and_signature_altered_anywhere_are_denied(void **state)
{
	struct fidoasserted asserted;
	struct alteration ctx = { .asserted = &asserted,
		.hash = fidotest_hash };
	size_t k;

	(void)state;
	for (k = 0; k < 2; k++) {
		ctx.credential = &credentials[k];
		ctx.judged = 0;
		fidomake_asserted(&keys[k], FIDOMAKE_UP | FIDOMAKE_UV, 77,
		    fidotest_hash, &asserted);
		fidomake_alter(&asserted.authdata, judge, &ctx);
		assert_int_equal(ctx.judged, 2 * 37 + 3);
		fidomake_alter(&asserted.signature, judge, &ctx);
		assert_int_equal(verify(&credentials[k], fidotest_hash, true,
		    &asserted, NULL, NULL), MFA_OK);
	}
}

static void
another_hash_in_any_octet_is_denied(void **state)
{
	uint8_t hash[FIDO_HASH_SIZE];
	struct fidoasserted asserted;
	struct alteration ctx = { .asserted = &asserted, .hash = hash };
	size_t i, k;

	(void)state;
	memcpy(hash, fidotest_hash, sizeof(hash));
	for (k = 0; k < 2; k++) {
		ctx.credential = &credentials[k];
		fidomake_asserted(&keys[k], FIDOMAKE_UP, 77, fidotest_hash,
		    &asserted);
		for (i = 0; i < sizeof(hash); i++) {
			hash[i] ^= 0x01;
			judge(&ctx, "hash xor 1", i);
			hash[i] ^= 0x81;
			judge(&ctx, "hash xor 0x80", i);
			hash[i] ^= 0x80;
		}
	}
}

static void
another_key_in_any_octet_is_denied(void **state)
{
	struct fido_credential altered;
	struct fidoasserted asserted;
	struct alteration ctx = { .credential = &altered,
		.asserted = &asserted, .hash = fidotest_hash };
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		altered = credentials[k];
		fidomake_asserted(&keys[k], FIDOMAKE_UP, 77, fidotest_hash,
		    &asserted);
		for (i = 0; i < altered.key_len; i++) {
			altered.key[i] ^= 0x01;
			judge(&ctx, "key xor 1", i);
			altered.key[i] ^= 0x81;
			judge(&ctx, "key xor 0x80", i);
			altered.key[i] ^= 0x80;
		}
	}
}

static void
without_presence_nobody_signs_in(void **state)
{
	struct fidoasserted asserted;
	size_t k;

	(void)state;
	for (k = 0; k < 2; k++) {
		fidomake_asserted(&keys[k], FIDOMAKE_UV, 1, fidotest_hash,
		    &asserted);
		assert_denied(&credentials[k], false, &asserted,
		    "not present");
	}
}

static void
verification_counts_only_where_it_is_required(void **state)
{
	struct fidoasserted tap, pin;
	size_t k;

	(void)state;
	for (k = 0; k < 2; k++) {
		fidomake_asserted(&keys[k], FIDOMAKE_UP, 1, fidotest_hash,
		    &tap);
		fidomake_asserted(&keys[k], FIDOMAKE_UP | FIDOMAKE_UV, 1,
		    fidotest_hash, &pin);
		assert_int_equal(verify(&credentials[k], fidotest_hash, false,
		    &tap, NULL, NULL), MFA_OK);
		assert_int_equal(verify(&credentials[k], fidotest_hash, false,
		    &pin, NULL, NULL), MFA_OK);
		assert_int_equal(verify(&credentials[k], fidotest_hash, true,
		    &pin, NULL, NULL), MFA_OK);
		assert_denied(&credentials[k], true, &tap,
		    "the user was not verified");
	}
}

/* Signed by the right key, so that nothing but the flags is wrong. */
static void
flags_not_asked_for_are_denied_though_signed(void **state)
{
	static const uint8_t flags[] = { 0x02, 0x08, 0x10, 0x20, FIDOMAKE_AT,
		FIDOMAKE_ED, FIDOMAKE_AT | FIDOMAKE_ED };
	struct fidoasserted asserted;
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		for (i = 0; i < sizeof(flags); i++) {
			fidomake_asserted(&keys[k], FIDOMAKE_UP | flags[i], 1,
			    fidotest_hash, &asserted);
			assert_denied(&credentials[k], false, &asserted,
			    "authenticator data: ");
		}
	}
}

static void
extensions_are_denied_though_signed(void **state)
{
	static const char map[] = "\xa1\x6b" "credProtect\x02";
	struct fidoasserted asserted;
	size_t k;

	(void)state;
	for (k = 0; k < 2; k++) {
		fidomake_asserted(&keys[k], FIDOMAKE_UP | FIDOMAKE_ED, 1,
		    fidotest_hash, &asserted);
		fidomake_put(&asserted.authdata, map, sizeof(map) - 1);
		fidomake_sign(keys[k].pair, &asserted.authdata, fidotest_hash,
		    &asserted.signature);
		assert_denied(&credentials[k], false, &asserted,
		    "extensions that nobody asked for");
	}
}

static void
trailing_octets_are_denied_though_signed(void **state)
{
	struct fidoasserted asserted;
	size_t k;

	(void)state;
	for (k = 0; k < 2; k++) {
		fidomake_asserted(&keys[k], FIDOMAKE_UP, 1, fidotest_hash,
		    &asserted);
		fidomake_put(&asserted.authdata, "\xa0", 1);
		fidomake_sign(keys[k].pair, &asserted.authdata, fidotest_hash,
		    &asserted.signature);
		assert_denied(&credentials[k], false, &asserted, "trailing");
	}
}

static void
another_relying_party_is_denied(void **state)
{
	struct fido_credential moved;
	struct fidoasserted asserted;
	size_t k;

	(void)state;
	for (k = 0; k < 2; k++) {
		fidomake_asserted(&keys[k], FIDOMAKE_UP, 1, fidotest_hash,
		    &asserted);
		moved = credentials[k];
		strcpy(moved.rp_id, "awsmfb");
		assert_denied(&moved, false, &asserted,
		    "another relying party");
	}
}

static void
another_users_key_is_denied(void **state)
{
	struct fidoasserted asserted;
	struct fidomake_key other;
	size_t k;

	(void)state;
	for (k = 0; k < 2; k++) {
		fidomake_key_new(&other, keys[k].algorithm, FIDOTEST_RP);
		fidomake_asserted(&other, FIDOMAKE_UP, 1, fidotest_hash,
		    &asserted);
		assert_denied(&credentials[k], false, &asserted,
		    "not verified");
		fidomake_key_clear(&other);
	}
}

static void
the_other_algorithm_is_denied(void **state)
{
	struct fidoasserted asserted;
	size_t k;

	(void)state;
	for (k = 0; k < 2; k++) {
		fidomake_asserted(&keys[k], FIDOMAKE_UP, 1, fidotest_hash,
		    &asserted);
		assert_denied(&credentials[1 - k], false, &asserted,
		    "not verified");
	}
}

static void
an_attestation_is_no_assertion(void **state)
{
	struct fidoasserted asserted;
	struct fidomade made;
	size_t k;

	(void)state;
	for (k = 0; k < 2; k++) {
		fidomake_packed(&keys[k], NULL, FIDOMAKE_UP, 1, fidotest_hash,
		    &made);
		asserted.authdata = made.authdata;
		asserted.signature = made.signature;
		assert_denied(&credentials[k], false, &asserted,
		    "a credential that nobody asked for");
	}
}

static void
impossible_lengths_are_denied(void **state)
{
	struct fidoasserted good, asserted;
	struct fido_asserted none = { 0 };
	struct mfa_error err;
	uint32_t count;

	(void)state;
	fidomake_asserted(&keys[0], FIDOMAKE_UP, 1, fidotest_hash, &good);
	asserted = good;
	asserted.authdata.len = FIDO_AUTHDATA_MAX + 1;
	assert_denied(&credentials[0], false, &asserted, "length");
	asserted = good;
	asserted.signature.len = FIDO_SIGNATURE_MAX + 1;
	assert_denied(&credentials[0], false, &asserted, "length");
	assert_int_equal(fido_verify_asserted(&credentials[0], fidotest_hash,
	    false, &none, &count, &err), MFA_ACCESS_DENIED);
}

static void
a_damaged_credential_is_a_service_failure(void **state)
{
	struct fido_credential damaged;
	struct fidoasserted asserted;

	(void)state;
	fidomake_asserted(&keys[0], FIDOMAKE_UP, 1, fidotest_hash, &asserted);
	damaged = credentials[0];
	damaged.key_len = 32;
	assert_int_equal(verify(&damaged, fidotest_hash, false, &asserted,
	    NULL, NULL), MFA_SERVICE_FAILURE);
	damaged = credentials[0];
	damaged.algorithm = (enum fido_algorithm)2;
	assert_int_equal(verify(&damaged, fidotest_hash, false, &asserted,
	    NULL, NULL), MFA_SERVICE_FAILURE);
	damaged = credentials[0];
	memset(damaged.rp_id, 'a', sizeof(damaged.rp_id));
	assert_int_equal(verify(&damaged, fidotest_hash, false, &asserted,
	    NULL, NULL), MFA_SERVICE_FAILURE);
	damaged.rp_id[0] = '\0';
	assert_int_equal(verify(&damaged, fidotest_hash, false, &asserted,
	    NULL, NULL), MFA_SERVICE_FAILURE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libfido2_is_loaded_by_the_first_verification),
		cmocka_unit_test(a_tap_verifies_and_tells_the_counter),
		cmocka_unit_test(
		    authdata_and_signature_altered_anywhere_are_denied),
		cmocka_unit_test(another_hash_in_any_octet_is_denied),
		cmocka_unit_test(another_key_in_any_octet_is_denied),
		cmocka_unit_test(without_presence_nobody_signs_in),
		cmocka_unit_test(
		    verification_counts_only_where_it_is_required),
		cmocka_unit_test(flags_not_asked_for_are_denied_though_signed),
		cmocka_unit_test(extensions_are_denied_though_signed),
		cmocka_unit_test(trailing_octets_are_denied_though_signed),
		cmocka_unit_test(another_relying_party_is_denied),
		cmocka_unit_test(another_users_key_is_denied),
		cmocka_unit_test(the_other_algorithm_is_denied),
		cmocka_unit_test(an_attestation_is_no_assertion),
		cmocka_unit_test(impossible_lengths_are_denied),
		cmocka_unit_test(a_damaged_credential_is_a_service_failure),
	};

	return cmocka_run_group_tests_name("assertion", tests, setup,
	    teardown);
}
