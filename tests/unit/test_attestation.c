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

/* First in the list: nothing before it may have loaded the library. */
static void
libfido2_is_loaded_by_the_first_verification(void **state)
{
	struct fidomade made;

	(void)state;
	assert_false(fidotest_is_mapped());
	fidotest_make(&set, FIDOTEST_ES256_SELF, 0, &made);
	assert_denied(&made, FIDOTEST_ES256_SELF, "not present");
	assert_false(fidotest_is_mapped());
	fidotest_make(&set, FIDOTEST_ES256_SELF, FIDOMAKE_UP, &made);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &fidotest_any,
	    NULL, NULL), MFA_OK);
	assert_true(fidotest_is_mapped());
}

static void
what_a_key_makes_is_verified_and_kept(void **state)
{
	struct fido_credential kept;
	struct fidomade made;
	int kind;

	(void)state;
	for (kind = 0; kind < FIDOTEST_KINDS; kind++) {
		fidotest_make(&set, kind, FIDOMAKE_UP, &made);
		assert_int_equal(fidotest_verify(&made,
		    fidotest_algorithm(kind), &fidotest_any, &kept, NULL),
		    MFA_OK);
		fidotest_assert_kept(&kept, fidotest_key(&set, kind), &made);
		assert_false(kept.user_verified);
		assert_int_equal(kept.sign_count, kind == FIDOTEST_U2F ? 0 : 7);
	}
}

static void
what_was_kept_verifies_an_assertion(void **state)
{
	struct fidoasserted asserted;
	struct fido_asserted view;
	struct fido_credential kept;
	struct fidomade made;
	struct mfa_error err;
	uint32_t count;
	int kind;

	(void)state;
	for (kind = 0; kind < FIDOTEST_KINDS; kind++) {
		fidotest_make(&set, kind, FIDOMAKE_UP, &made);
		assert_int_equal(fidotest_verify(&made,
		    fidotest_algorithm(kind), &fidotest_any, &kept, NULL),
		    MFA_OK);
		fidomake_asserted(fidotest_key(&set, kind), FIDOMAKE_UP, 8,
		    fidotest_hash, &asserted);
		view = fidomake_view(&asserted);
		assert_int_equal(fido_verify_asserted(&kept, fidotest_hash,
		    false, &view, &count, &err), MFA_OK);
		assert_int_equal(count, 8);
	}
}

struct alteration {
	int			kind;
	const struct fidomade	*made;
	EVP_PKEY		*attested_by;	/* the certificate's key */
	unsigned		accepted;
};

static void
judge(void *ctx, const char *how, size_t at)
{
	struct alteration *alteration = ctx;

	if (fidotest_verify(alteration->made,
	    fidotest_algorithm(alteration->kind), &fidotest_any, NULL, NULL) !=
	    MFA_ACCESS_DENIED)
		fail_msg("kind %d, octet %zu, %s: not denied",
		    alteration->kind, at, how);
}

static void
authdata_signature_and_id_altered_anywhere_are_denied(void **state)
{
	struct fidomade made;
	struct alteration ctx = { .made = &made };

	(void)state;
	for (ctx.kind = 0; ctx.kind < FIDOTEST_KINDS; ctx.kind++) {
		fidotest_make(&set, ctx.kind, FIDOMAKE_UP | FIDOMAKE_UV, &made);
		fidomake_alter(&made.authdata, judge, &ctx);
		fidomake_alter(&made.signature, judge, &ctx);
		fidomake_alter(&made.id, judge, &ctx);
		assert_int_equal(fidotest_verify(&made,
		    fidotest_algorithm(ctx.kind), &fidotest_any, NULL, NULL),
		    MFA_OK);
	}
}

/* The worker's lie that agrees with itself: only the signature tells. */
static void
another_id_in_both_places_is_denied(void **state)
{
	const size_t id_at = 37 + FIDO_AAGUID_SIZE + 2;
	struct fidomade made;
	struct alteration ctx = { .made = &made };
	size_t i;

	(void)state;
	for (ctx.kind = 0; ctx.kind < FIDOTEST_KINDS; ctx.kind++) {
		fidotest_make(&set, ctx.kind, FIDOMAKE_UP, &made);
		for (i = 0; i < made.id.len; i++) {
			made.id.bytes[i] ^= 1;
			made.authdata.bytes[id_at + i] ^= 1;
			judge(&ctx, "id and authdata", i);
			made.id.bytes[i] ^= 1;
			made.authdata.bytes[id_at + i] ^= 1;
		}
	}
}

static void
another_hash_in_any_octet_is_denied(void **state)
{
	uint8_t hash[FIDO_HASH_SIZE];
	struct fido_credential kept;
	struct fidomade made;
	struct fido_made view;
	struct mfa_error err;
	size_t i;
	int kind;

	(void)state;
	for (kind = 0; kind < FIDOTEST_KINDS; kind++) {
		fidotest_make(&set, kind, FIDOMAKE_UP, &made);
		view = fidomake_made(&made);
		for (i = 0; i < 2 * sizeof(hash); i++) {
			memcpy(hash, fidotest_hash, sizeof(hash));
			hash[i / 2] ^= i % 2 == 0 ? 0x01 : 0x80;
			assert_int_equal(fido_verify_made(hash, FIDOTEST_RP,
			    fidotest_algorithm(kind), &fidotest_any, &view,
			    &kept, &err), MFA_ACCESS_DENIED);
		}
	}
}

/*
 * Without roots nobody vouches for a certificate: what it says beside its key
 * and AAGUID is not looked at, no more than that of a certificate that the
 * worker might have made itself. All that it may do then is to be kept; with
 * roots no octet may change (test_certificate.c).
 */
static void
judge_certificate(void *ctx, const char *how, size_t at)
{
	struct alteration *alteration = ctx;
	const struct fidomade *made = alteration->made;
	const uint8_t *der = made->certificate.bytes;
	struct fido_credential kept;
	X509 *x509;

	if (fidotest_verify(made, fidotest_algorithm(alteration->kind),
	    &fidotest_any, &kept, NULL) != MFA_OK)
		return;
	alteration->accepted++;
	x509 = d2i_X509(NULL, &der, (long)made->certificate.len);
	assert_non_null(x509);
	if (der != made->certificate.bytes + made->certificate.len ||
	    EVP_PKEY_eq(X509_get0_pubkey(x509), alteration->attested_by) != 1)
		fail_msg("octet %zu, %s: another key was believed", at, how);
	X509_free(x509);
	fidotest_assert_kept(&kept, fidotest_key(&set, alteration->kind), made);
}

static void
a_certificate_altered_changes_nothing_but_itself(void **state)
{
	static const int kinds[] = { FIDOTEST_ES256, FIDOTEST_EDDSA,
		FIDOTEST_U2F };
	struct fidomade made;
	struct alteration ctx = { .made = &made,
		.attested_by = set.signer.pair };
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		ctx.kind = kinds[i];
		ctx.accepted = 0;
		fidotest_make(&set, ctx.kind, FIDOMAKE_UP, &made);
		len = made.certificate.len;
		/* Without its certificate it would be another attestation. */
		fidomake_alter(&made.certificate, judge_certificate, &ctx);
		made.certificate.len = 0;
		judge(&ctx, "no certificate", 0);
		made.certificate.len = len - 1;
		judge(&ctx, "shorter certificate", len);
		made.certificate.len = len + 1;
		judge(&ctx, "longer certificate", len);
		assert_in_range(ctx.accepted, 1, len * 2);
	}
}

static void
another_certificate_is_denied(void **state)
{
	struct fidomake_signer other;
	struct fidomake_terms terms = { 0 };
	struct fidomade made, others;

	(void)state;
	fidomake_signer_new(&other, "another", &terms);
	fidomake_packed(&set.keys[0], &other, FIDOMAKE_UP, 7, fidotest_hash,
	    &others);
	fidotest_make(&set, FIDOTEST_ES256, FIDOMAKE_UP, &made);
	made.certificate = others.certificate;
	assert_denied(&made, FIDOTEST_ES256, "not verified");
	fidotest_make(&set, FIDOTEST_U2F, FIDOMAKE_UP, &made);
	made.certificate = others.certificate;
	assert_denied(&made, FIDOTEST_U2F, "not verified");
	fidomake_signer_clear(&other);
}

static void
self_attestation_by_another_key_is_denied(void **state)
{
	struct fidomake_key other;
	struct fidomade made;

	(void)state;
	fidomake_key_new(&other, FIDO_ES256, FIDOTEST_RP);
	fidotest_make(&set, FIDOTEST_ES256_SELF, FIDOMAKE_UP, &made);
	fidomake_sign(other.pair, &made.authdata, fidotest_hash,
	    &made.signature);
	assert_denied(&made, FIDOTEST_ES256_SELF, "not verified");
	fidomake_key_clear(&other);
}

static void
a_self_signed_credential_does_not_pass_for_u2f(void **state)
{
	struct fidomade made;

	(void)state;
	fidotest_make(&set, FIDOTEST_U2F, FIDOMAKE_UP, &made);
	made.certificate.len = 0;
	assert_denied(&made, FIDOTEST_U2F, "without a certificate");
}

static void
the_other_algorithm_is_denied(void **state)
{
	struct fidomade made;
	int kind;

	(void)state;
	for (kind = 0; kind < FIDOTEST_KINDS; kind++) {
		fidotest_make(&set, kind, FIDOMAKE_UP, &made);
		assert_int_equal(fidotest_verify(&made,
		    fidotest_algorithm(kind) == FIDO_ES256 ? FIDO_EDDSA :
		    FIDO_ES256, &fidotest_any, NULL, "public key"),
		    MFA_ACCESS_DENIED);
	}
}

static void
u2f_with_eddsa_is_denied(void **state)
{
	struct fidomade made;

	(void)state;
	fidotest_make(&set, FIDOTEST_EDDSA, FIDOMAKE_UP, &made);
	made.format = "fido-u2f";
	assert_denied(&made, FIDOTEST_EDDSA, "ES256 only");
}

static void
one_format_does_not_pass_for_the_other(void **state)
{
	struct fidomade made;

	(void)state;
	fidotest_make(&set, FIDOTEST_U2F, FIDOMAKE_UP, &made);
	made.format = "packed";
	assert_denied(&made, FIDOTEST_U2F, NULL);
	fidotest_make(&set, FIDOTEST_ES256, FIDOMAKE_UP, &made);
	made.format = "fido-u2f";
	assert_denied(&made, FIDOTEST_ES256, NULL);
}

static void
other_formats_are_denied(void **state)
{
	static const char *const formats[] = { "", "none", "tpm",
		"android-key", "packed ", "PACKED", "ssh", NULL };
	struct fidomade made;
	size_t i;

	(void)state;
	fidotest_make(&set, FIDOTEST_ES256_SELF, FIDOMAKE_UP, &made);
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		made.format = formats[i];
		assert_denied(&made, FIDOTEST_ES256_SELF, "unknown format");
	}
}

static void
verification_counts_only_where_it_is_required(void **state)
{
	const struct fido_policy strict = { .user_verification = true };
	struct fido_credential kept;
	struct fidomade made;
	int kind;

	(void)state;
	for (kind = 0; kind < FIDOTEST_KINDS; kind++) {
		fidotest_make(&set, kind, FIDOMAKE_UP, &made);
		assert_int_equal(fidotest_verify(&made,
		    fidotest_algorithm(kind), &strict, NULL,
		    "the user was not verified"),
		    MFA_ACCESS_DENIED);
		if (kind == FIDOTEST_U2F)
			continue;
		fidotest_make(&set, kind, FIDOMAKE_UP | FIDOMAKE_UV, &made);
		assert_int_equal(fidotest_verify(&made,
		    fidotest_algorithm(kind), &strict, &kept, NULL), MFA_OK);
		assert_true(kept.user_verified);
	}
}

/* The certificate's signature is right, and the credential is of no use. */
static void
a_key_off_its_curve_is_denied_though_signed(void **state)
{
	struct fidomade made;

	(void)state;
	fidotest_make(&set, FIDOTEST_ES256, FIDOMAKE_UP, &made);
	made.authdata.bytes[made.authdata.len - 1] ^= 1;
	fidotest_sign(&set, FIDOTEST_ES256, &made);
	assert_denied(&made, FIDOTEST_ES256, "no point of its curve");
}

/* Not under U2F's signature, so nothing but U2F's constants is believed. */
static void
u2f_can_say_nothing_that_is_not_signed(void **state)
{
	struct fidomade made;

	(void)state;
	fidotest_make(&set, FIDOTEST_U2F, FIDOMAKE_UP, &made);
	made.authdata.bytes[flags_at] |= FIDOMAKE_UV;
	assert_denied(&made, FIDOTEST_U2F, "more than U2F can say");
	fidotest_make(&set, FIDOTEST_U2F, FIDOMAKE_UP, &made);
	made.authdata.bytes[flags_at + 1] = 0xff;
	assert_denied(&made, FIDOTEST_U2F, "more than U2F can say");
	fidotest_make(&set, FIDOTEST_U2F, FIDOMAKE_UP, &made);
	memcpy(made.authdata.bytes + 37, set.keys[0].aaguid, FIDO_AAGUID_SIZE);
	assert_denied(&made, FIDOTEST_U2F, "more than U2F can say");
}

static void
impossible_lengths_are_denied(void **state)
{
	struct fidomade good, made;
	struct fido_made none = { .format = "packed" };
	struct fido_credential kept;
	struct mfa_error err;

	(void)state;
	fidotest_make(&set, FIDOTEST_ES256, FIDOMAKE_UP, &good);
	made = good;
	made.authdata.len = FIDO_AUTHDATA_MAX + 1;
	assert_denied(&made, FIDOTEST_ES256, "length");
	made = good;
	made.signature.len = FIDO_SIGNATURE_MAX + 1;
	assert_denied(&made, FIDOTEST_ES256, "length");
	made = good;
	made.certificate.len = FIDO_CERTIFICATE_MAX + 1;
	assert_denied(&made, FIDOTEST_ES256, "length");
	assert_int_equal(fido_verify_made(fidotest_hash, FIDOTEST_RP,
	    FIDO_ES256, &fidotest_any, &none, &kept, &err),
	    MFA_ACCESS_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libfido2_is_loaded_by_the_first_verification),
		cmocka_unit_test(what_a_key_makes_is_verified_and_kept),
		cmocka_unit_test(what_was_kept_verifies_an_assertion),
		cmocka_unit_test(
		    authdata_signature_and_id_altered_anywhere_are_denied),
		cmocka_unit_test(another_id_in_both_places_is_denied),
		cmocka_unit_test(another_hash_in_any_octet_is_denied),
		cmocka_unit_test(
		    a_certificate_altered_changes_nothing_but_itself),
		cmocka_unit_test(another_certificate_is_denied),
		cmocka_unit_test(self_attestation_by_another_key_is_denied),
		cmocka_unit_test(
		    a_self_signed_credential_does_not_pass_for_u2f),
		cmocka_unit_test(the_other_algorithm_is_denied),
		cmocka_unit_test(u2f_with_eddsa_is_denied),
		cmocka_unit_test(one_format_does_not_pass_for_the_other),
		cmocka_unit_test(other_formats_are_denied),
		cmocka_unit_test(verification_counts_only_where_it_is_required),
		cmocka_unit_test(a_key_off_its_curve_is_denied_though_signed),
		cmocka_unit_test(u2f_can_say_nothing_that_is_not_signed),
		cmocka_unit_test(impossible_lengths_are_denied),
	};

	return cmocka_run_group_tests_name("attestation", tests, setup,
	    teardown);
}
