#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fidotest.h"
#include "folder.h"

static const uint8_t other_aaguid[FIDO_AAGUID_SIZE] = { 1 };

static struct fidomake_key key;
static struct fidomake_signer root, other_root, leaf;
static char roots_path[256];

static int
setup(void **state)
{
	const struct fidomake_terms authority = { .authority = true };
	struct fidomake_terms terms = { .issuer = &root };

	fidomake_key_new(&key, FIDO_ES256, FIDOTEST_RP);
	terms.aaguid = key.aaguid;
	fidomake_signer_new(&root, "root", &authority);
	fidomake_signer_new(&other_root, "other root", &authority);
	fidomake_signer_new(&leaf, "leaf", &terms);
	if (folder_setup(state) != 0)
		return -1;
	snprintf(roots_path, sizeof(roots_path), "%s/roots.pem", folder_path);
	return 0;
}

static int
teardown(void **state)
{
	fidomake_key_clear(&key);
	fidomake_signer_clear(&root);
	fidomake_signer_clear(&other_root);
	fidomake_signer_clear(&leaf);
	return folder_remove(state);
}

/* Roots are root's: without root there are none to be had. */
static void
needs_root(void)
{
	if (geteuid() != 0) {
		print_message("# only root can have a file of root's\n");
		skip();
	}
}

static void
put_roots(const struct fidomake_signer *a, const struct fidomake_signer *b)
{
	struct fidomake_blob text = { 0 };

	needs_root();
	fidomake_pem(a, &text);
	if (b != NULL)
		fidomake_pem(b, &text);
	folder_put("roots.pem", text.bytes, text.len, 0644);
}

static enum mfa_code
verify_by(const struct fidomake_signer *signer, const char *detail)
{
	const struct fido_policy policy = { .roots = roots_path };
	struct fidomade made;

	fidomake_packed(&key, signer, FIDOMAKE_UP, 7, fidotest_hash, &made);
	return fidotest_verify(&made, FIDO_ES256, &policy, NULL, detail);
}

/* The same, by a certificate of these terms. */
static enum mfa_code
verify_terms(const struct fidomake_terms *terms, const char *detail)
{
	struct fidomake_signer signer;
	enum mfa_code code;

	fidomake_signer_new(&signer, "signer", terms);
	code = verify_by(&signer, detail);
	fidomake_signer_clear(&signer);
	return code;
}

static void
a_certificate_of_a_root_is_verified(void **state)
{
	(void)state;
	put_roots(&root, NULL);
	assert_int_equal(verify_by(&leaf, NULL), MFA_OK);
	put_roots(&other_root, &root);
	assert_int_equal(verify_by(&leaf, NULL), MFA_OK);
}

static void
a_certificate_of_another_root_is_denied(void **state)
{
	(void)state;
	put_roots(&other_root, NULL);
	assert_int_equal(verify_by(&leaf, "attestation certificate: "),
	    MFA_ACCESS_DENIED);
}

/* Whose name is that of the root, and whose key isn't. */
static void
a_certificate_that_only_names_a_root_is_denied(void **state)
{
	const struct fidomake_terms authority = { .authority = true };
	struct fidomake_terms terms = { 0 };
	struct fidomake_signer forged;

	(void)state;
	put_roots(&root, NULL);
	fidomake_signer_new(&forged, "root", &authority);
	terms.issuer = &forged;
	assert_int_equal(verify_terms(&terms, NULL), MFA_ACCESS_DENIED);
	fidomake_signer_clear(&forged);
}

static void
self_attestation_is_denied_where_there_are_roots(void **state)
{
	const struct fido_policy policy = { .roots = roots_path };
	struct fidomade made;

	(void)state;
	put_roots(&root, NULL);
	fidomake_packed(&key, NULL, FIDOMAKE_UP, 7, fidotest_hash, &made);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &policy, NULL,
	    "a certificate is required"), MFA_ACCESS_DENIED);
}

static void
a_self_signed_certificate_is_denied_unless_it_is_a_root(void **state)
{
	struct fidomake_terms terms = { 0 };
	struct fidomake_signer signer;

	(void)state;
	fidomake_signer_new(&signer, "signer", &terms);
	put_roots(&root, NULL);
	assert_int_equal(verify_by(&signer, "self-signed"),
	    MFA_ACCESS_DENIED);
	put_roots(&root, &signer);
	assert_int_equal(verify_by(&signer, NULL), MFA_OK);
	fidomake_signer_clear(&signer);
}

static void
expired_and_future_certificates_are_denied(void **state)
{
	struct fidomake_terms terms = { .issuer = &root };

	(void)state;
	put_roots(&root, NULL);
	terms.from = -10;
	terms.to = -1;
	assert_int_equal(verify_terms(&terms, "expired"), MFA_ACCESS_DENIED);
	terms.from = 1;
	terms.to = 10;
	assert_int_equal(verify_terms(&terms, "not yet valid"),
	    MFA_ACCESS_DENIED);
}

static void
an_expired_root_is_denied(void **state)
{
	const struct fidomake_terms old = { .authority = true, .from = -10,
		.to = -1 };
	struct fidomake_terms terms = { 0 };
	struct fidomake_signer expired;

	(void)state;
	fidomake_signer_new(&expired, "expired root", &old);
	put_roots(&expired, NULL);
	terms.issuer = &expired;
	assert_int_equal(verify_terms(&terms, "expired"), MFA_ACCESS_DENIED);
	fidomake_signer_clear(&expired);
}

/* In the file, because a key hands over its own certificate only. */
static void
an_authority_between_may_be_a_root_and_a_leaf_may_not_sign(void **state)
{
	const struct fidomake_terms authority = { .issuer = &root,
		.authority = true };
	struct fidomake_terms terms = { 0 };
	struct fidomake_signer between;

	(void)state;
	fidomake_signer_new(&between, "between", &authority);
	terms.issuer = &between;
	put_roots(&root, NULL);
	assert_int_equal(verify_terms(&terms, NULL), MFA_ACCESS_DENIED);
	put_roots(&between, NULL);
	assert_int_equal(verify_terms(&terms, NULL), MFA_OK);
	fidomake_signer_clear(&between);
	terms.issuer = &leaf;
	put_roots(&root, &leaf);
	assert_int_equal(verify_terms(&terms, NULL), MFA_ACCESS_DENIED);
}

/* What a root may have signed for another purpose than attestation. */
static void
a_certificate_not_for_attestation_is_denied(void **state)
{
	const struct fidomake_terms authority = { .issuer = &root,
		.authority = true };
	const struct fidomake_terms unit = { .issuer = &root,
		.unit = "Web Server" };
	const struct fidomake_terms version = { .issuer = &root,
		.version = 1 };

	(void)state;
	put_roots(&root, NULL);
	assert_int_equal(verify_terms(&authority, "authority"),
	    MFA_ACCESS_DENIED);
	assert_int_equal(verify_terms(&unit, "unit"), MFA_ACCESS_DENIED);
	assert_int_equal(verify_terms(&version, "version"),
	    MFA_ACCESS_DENIED);
}

static void
the_extension_must_have_the_same_aaguid(void **state)
{
	struct fidomake_terms terms = { .aaguid = other_aaguid };
	struct fidomake_signer signer;
	struct fidomade made;

	(void)state;
	fidomake_signer_new(&signer, "signer", &terms);
	fidomake_packed(&key, &signer, FIDOMAKE_UP, 7, fidotest_hash, &made);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &fidotest_any,
	    NULL, "another AAGUID"), MFA_ACCESS_DENIED);
	fidomake_signer_clear(&signer);
	terms.aaguid = key.aaguid;
	terms.critical = true;
	fidomake_signer_new(&signer, "signer", &terms);
	fidomake_packed(&key, &signer, FIDOMAKE_UP, 7, fidotest_hash, &made);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &fidotest_any,
	    NULL, "AAGUID extension"), MFA_ACCESS_DENIED);
	fidomake_signer_clear(&signer);
}

/* A key that is both has one certificate, and U2F has no AAGUID. */
static void
the_extension_does_not_matter_to_u2f(void **state)
{
	struct fido_policy policy = { .roots = roots_path };
	struct fido_credential kept;
	struct fidomade made;

	(void)state;
	put_roots(&root, NULL);
	fidomake_u2f(&key, &leaf, fidotest_hash, &made);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &policy, &kept,
	    NULL), MFA_OK);
	fidotest_assert_kept(&kept, &key, &made);
	policy.aaguids = &other_aaguid;
	policy.aaguid_count = 1;
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &policy, NULL,
	    "not in the list"), MFA_ACCESS_DENIED);
	put_roots(&other_root, NULL);
	policy.aaguid_count = 0;
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &policy, NULL,
	    NULL), MFA_ACCESS_DENIED);
}

static void
an_aaguid_must_be_in_the_list(void **state)
{
	uint8_t list[3][FIDO_AAGUID_SIZE] = { { 1 }, { 2 }, { 3 } };
	struct fido_policy policy = { .roots = roots_path,
		.aaguids = (const uint8_t (*)[FIDO_AAGUID_SIZE])list,
		.aaguid_count = 3 };
	struct fidomade made;

	(void)state;
	put_roots(&root, NULL);
	fidomake_packed(&key, &leaf, FIDOMAKE_UP, 7, fidotest_hash, &made);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &policy, NULL,
	    "not in the list"), MFA_ACCESS_DENIED);
	memcpy(list[2], key.aaguid, FIDO_AAGUID_SIZE);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &policy, NULL,
	    NULL), MFA_OK);
	policy.aaguid_count = 2;
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &policy, NULL,
	    "not in the list"), MFA_ACCESS_DENIED);
}

static void
aaguids_without_roots_are_a_wrong_configuration(void **state)
{
	const struct fido_policy policy = { .aaguids = &other_aaguid,
		.aaguid_count = 1 };
	struct fidomade made;

	(void)state;
	fidomake_packed(&key, &leaf, FIDOMAKE_UP, 7, fidotest_hash, &made);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &policy, NULL,
	    "without roots"), MFA_INVALID_CONFIGURATION);
}

static void
a_key_of_another_curve_is_denied(void **state)
{
	const struct fidomake_terms terms = { .curve = "P-384" };
	struct fidomake_signer signer;
	struct fidomade made;

	(void)state;
	fidomake_signer_new(&signer, "signer", &terms);
	fidomake_packed(&key, &signer, FIDOMAKE_UP, 7, fidotest_hash, &made);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &fidotest_any,
	    NULL, "not one of ES256"), MFA_ACCESS_DENIED);
	fidomake_signer_clear(&signer);
}

static void
judge(void *ctx, const char *how, size_t at)
{
	const struct fido_policy policy = { .roots = roots_path };

	if (fidotest_verify(ctx, FIDO_ES256, &policy, NULL, NULL) !=
	    MFA_ACCESS_DENIED)
		fail_msg("octet %zu, %s: not denied", at, how);
}

static void
a_certificate_altered_anywhere_is_denied_with_roots(void **state)
{
	const struct fido_policy policy = { .roots = roots_path };
	struct fidomade made;

	(void)state;
	put_roots(&root, NULL);
	fidomake_packed(&key, &leaf, FIDOMAKE_UP, 7, fidotest_hash, &made);
	fidomake_alter(&made.certificate, judge, &made);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &policy, NULL,
	    NULL), MFA_OK);
	fidomake_u2f(&key, &leaf, fidotest_hash, &made);
	fidomake_alter(&made.certificate, judge, &made);
	/* And where the very certificate is a root. */
	put_roots(&leaf, NULL);
	fidomake_packed(&key, &leaf, FIDOMAKE_UP, 7, fidotest_hash, &made);
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &policy, NULL,
	    NULL), MFA_OK);
	fidomake_alter(&made.certificate, judge, &made);
}

/* The same certificate, with a length in more octets than DER has for it. */
static void
a_certificate_in_another_encoding_is_denied(void **state)
{
	struct fidomake_blob other = { 0 };
	struct fidomade made;

	(void)state;
	fidomake_packed(&key, &leaf, FIDOMAKE_UP, 7, fidotest_hash, &made);
	assert_memory_equal(made.certificate.bytes, "\x30\x82", 2);
	fidomake_put(&other, "\x30\x83\x00", 3);
	fidomake_put(&other, made.certificate.bytes + 2,
	    made.certificate.len - 2);
	made.certificate = other;
	assert_int_equal(fidotest_verify(&made, FIDO_ES256, &fidotest_any,
	    NULL, "malformed"), MFA_ACCESS_DENIED);
}

static void
assert_bad_roots(const char *detail)
{
	assert_int_equal(verify_by(&leaf, detail),
	    MFA_INVALID_CONFIGURATION);
}

static void
roots_that_can_not_be_trusted_are_a_wrong_configuration(void **state)
{
	(void)state;
	assert_bad_roots("roots.pem");
	put_roots(&root, NULL);
	assert_int_equal(chmod(roots_path, 0664), 0);
	assert_bad_roots("too open");
	assert_int_equal(chmod(roots_path, 0646), 0);
	assert_bad_roots("too open");
	assert_int_equal(chmod(roots_path, 0644), 0);
	assert_int_equal(chown(roots_path, 1, 0), 0);
	assert_bad_roots("belongs to");
	assert_int_equal(unlink(roots_path), 0);
	assert_int_equal(symlink("/etc/passwd", roots_path), 0);
	assert_bad_roots("roots.pem");
}

/* Reads ROOTS_TEXT, which is not one certificate after another. */
static void
assert_damaged(const char *text, const char *detail)
{
	folder_put("roots.pem", text, strlen(text), 0644);
	assert_bad_roots(detail);
}

static void
damaged_roots_are_a_wrong_configuration(void **state)
{
	struct fidomake_blob text = { 0 };

	(void)state;
	needs_root();
	assert_damaged("", "no certificate");
	assert_damaged("# none yet\n", "no certificate");
	assert_damaged("-----BEGIN CERTIFICATE-----\nAAAA\n"
	    "-----END CERTIFICATE-----\n", "damaged");
	assert_damaged("-----BEGIN CERTIFICATE-----\n"
	    "Proc-Type: 4,ENCRYPTED\n"
	    "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
	    "AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n",
	    "damaged");
	/* One that is good does not make up for the one that is not. */
	fidomake_pem(&root, &text);
	fidomake_put(&text, "-----BEGIN CERTIFICATE-----\nMIIB\n", 33);
	folder_put("roots.pem", text.bytes, text.len, 0644);
	assert_bad_roots("damaged");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_certificate_of_a_root_is_verified),
		FOLDER_TEST(a_certificate_of_another_root_is_denied),
		FOLDER_TEST(a_certificate_that_only_names_a_root_is_denied),
		FOLDER_TEST(self_attestation_is_denied_where_there_are_roots),
		FOLDER_TEST(
		    a_self_signed_certificate_is_denied_unless_it_is_a_root),
		FOLDER_TEST(expired_and_future_certificates_are_denied),
		FOLDER_TEST(an_expired_root_is_denied),
		FOLDER_TEST(
		    an_authority_between_may_be_a_root_and_a_leaf_may_not_sign),
		FOLDER_TEST(a_certificate_not_for_attestation_is_denied),
		FOLDER_TEST(the_extension_must_have_the_same_aaguid),
		FOLDER_TEST(the_extension_does_not_matter_to_u2f),
		FOLDER_TEST(an_aaguid_must_be_in_the_list),
		FOLDER_TEST(aaguids_without_roots_are_a_wrong_configuration),
		FOLDER_TEST(a_key_of_another_curve_is_denied),
		FOLDER_TEST(
		    a_certificate_altered_anywhere_is_denied_with_roots),
		FOLDER_TEST(a_certificate_in_another_encoding_is_denied),
		FOLDER_TEST(
		    roots_that_can_not_be_trusted_are_a_wrong_configuration),
		FOLDER_TEST(damaged_roots_are_a_wrong_configuration),
	};

	return cmocka_run_group_tests_name("certificate", tests, setup,
	    teardown);
}
