#include <err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "support/softkey_crypto.h"

/* id-fido-gen-ce-aaguid (WebAuthn Level 2, 8.2.1) */
#define AAGUID_OID	"1.3.6.1.4.1.45724.1.1.4"

/* Of all time: tests set the clock. */
#define NOT_BEFORE	"20150101000000Z"
#define NOT_AFTER	"20991231235959Z"

static EVP_PKEY *
derived_key(const char *name, const char *purpose)
{
	uint8_t secret[SOFTKEY_HASH_SIZE];

	crypto_hmac(name, strlen(name), purpose, strlen(purpose), secret);
	return crypto_private_key(COSE_ES256, secret);
}

static void
add_entry(X509_NAME *name, const char *field, const char *value)
{
	crypto_check(X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC,
			 (const unsigned char *)value, -1, -1, 0) == 1,
	    "name");
}

static X509_NAME *
make_name(const char *batch, const char *what)
{
	X509_NAME *name = X509_NAME_new();

	crypto_check(name != NULL, "name");
	add_entry(name, "C", "AA");
	add_entry(name, "O", batch);
	add_entry(name, "OU", "Authenticator Attestation");
	add_entry(name, "CN", what);
	return name;
}

static void
add_extension(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, ctx, nid, value);

	crypto_check(extension != NULL &&
		X509_add_ext(cert, extension, -1) == 1,
	    "extension");
	X509_EXTENSION_free(extension);
}

/* The AAGUID as an OCTET STRING inside the extension's own. */
static void
add_aaguid(X509 *cert, const uint8_t *aaguid)
{
	uint8_t der[2 + SOFTKEY_AAGUID_SIZE] = { V_ASN1_OCTET_STRING,
		SOFTKEY_AAGUID_SIZE };
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj(AAGUID_OID, 1);
	X509_EXTENSION *extension;

	memcpy(der + 2, aaguid, SOFTKEY_AAGUID_SIZE);
	crypto_check(value != NULL && oid != NULL &&
		ASN1_OCTET_STRING_set(value, der, sizeof(der)) == 1,
	    "AAGUID");
	extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
	crypto_check(extension != NULL &&
		X509_add_ext(cert, extension, -1) == 1,
	    "AAGUID");
	X509_EXTENSION_free(extension);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(value);
}

/* A certificate that has everything but extensions and a signature. */
static X509 *
make_certificate(EVP_PKEY *pkey, const X509_NAME *subject,
    const X509_NAME *issuer, long serial)
{
	X509 *cert = X509_new();

	crypto_check(cert != NULL && X509_set_version(cert, 2) == 1 &&
		ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) == 1 &&
		ASN1_TIME_set_string_X509(X509_getm_notBefore(cert),
		    NOT_BEFORE) == 1 &&
		ASN1_TIME_set_string_X509(X509_getm_notAfter(cert),
		    NOT_AFTER) == 1 &&
		X509_set_subject_name(cert, subject) == 1 &&
		X509_set_issuer_name(cert, issuer) == 1 &&
		X509_set_pubkey(cert, pkey) == 1,
	    "certificate");
	return cert;
}

static X509 *
make_root(EVP_PKEY *pkey, const char *batch)
{
	X509_NAME *name = make_name(batch, "Root");
	X509 *cert = make_certificate(pkey, name, name, 1);
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	add_extension(cert, &ctx, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(cert, &ctx, NID_key_usage,
	    "critical,keyCertSign,cRLSign");
	add_extension(cert, &ctx, NID_subject_key_identifier, "hash");
	crypto_check(X509_sign(cert, pkey, EVP_sha256()) > 0, "root");
	X509_NAME_free(name);
	return cert;
}

static void
write_certificate(X509 *cert, const char *path)
{
	FILE *f = fopen(path, "we");

	if (f == NULL)
		err(1, "%s", path);
	crypto_check(PEM_write_X509(f, cert) == 1, path);
	if (fclose(f) != 0)
		err(1, "%s", path);
}

static X509 *
make_leaf(const struct softkey_batch *batch, const char *name, X509 *root,
    EVP_PKEY *root_key)
{
	X509_NAME *subject = make_name(name, "Batch 1");
	X509 *cert = make_certificate(batch->key, subject,
	    X509_get_subject_name(root), 2);
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, root, cert, NULL, NULL, 0);
	add_extension(cert, &ctx, NID_basic_constraints, "critical,CA:FALSE");
	add_extension(cert, &ctx, NID_subject_key_identifier, "hash");
	add_extension(cert, &ctx, NID_authority_key_identifier, "keyid");
	add_aaguid(cert, batch->aaguid);
	crypto_check(X509_sign(cert, root_key, EVP_sha256()) > 0, "batch");
	X509_NAME_free(subject);
	return cert;
}

void
batch_make(struct softkey_batch *batch, const char *name,
    const char *root_path)
{
	_cleanup_(pkey_freep) EVP_PKEY *root_key = derived_key(name, "root");
	X509 *root = make_root(root_key, name);
	unsigned char *der = batch->certificate;
	X509 *leaf;

	batch->key = derived_key(name, "batch");
	leaf = make_leaf(batch, name, root, root_key);
	crypto_check(i2d_X509(leaf, NULL) <= (int)sizeof(batch->certificate),
	    "batch certificate");
	batch->certificate_len = i2d_X509(leaf, &der);
	if (root_path != NULL)
		write_certificate(root, root_path);
	X509_free(leaf);
	X509_free(root);
}
