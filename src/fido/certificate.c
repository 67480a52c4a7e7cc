#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/file.h"
#include "fido/certificate.h"

#define ROOTS_MAX      ((size_t)256 * 1024) /* octets */
#define SECURITY_LEVEL 2 /* OpenSSL's: 112 bits */
#define AAGUID_OID     "1.3.6.1.4.1.45724.1.1.4"
#define UNIT	       "Authenticator Attestation"

static void
bio_freep(BIO **bio)
{
	BIO_free(*bio);
}

static void
der_freep(uint8_t **der)
{
	OPENSSL_free(*der);
}

static void
object_freep(ASN1_OBJECT **object)
{
	ASN1_OBJECT_free(*object);
}

static void
store_freep(X509_STORE **store)
{
	X509_STORE_free(*store);
}

static void
ctx_freep(X509_STORE_CTX **ctx)
{
	X509_STORE_CTX_free(*ctx);
}

static void
x509_freep(X509 **x509)
{
	X509_free(*x509);
}

void
certificate_clear(struct certificate *certificate)
{
	X509_free(certificate->x509);
	certificate->x509 = NULL;
}

static enum mfa_code
denied(struct mfa_error *err, const char *what)
{
	ERR_clear_error();
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "attestation certificate: %s", what);
}

static enum mfa_code
no_memory(struct mfa_error *err)
{
	ERR_clear_error();
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "libcrypto: no memory for certificates");
}

/* Is DER what X509 is written as? libcrypto reads more than it writes. */
static bool
is_canonical(X509 *x509, const uint8_t *der, size_t len)
{
	_cleanup_(der_freep) uint8_t *again = NULL;
	int n = i2d_X509(x509, &again);

	return n > 0 && (size_t)n == len && memcmp(again, der, len) == 0;
}

static bool
has_es256_key(const X509 *x509)
{
	const EVP_PKEY *key = X509_get0_pubkey(x509);
	char group[32];
	size_t n;

	return key != NULL && EVP_PKEY_is_a(key, "EC") &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1 &&
	    strcmp(group, SN_X9_62_prime256v1) == 0;
}

/* The extension's value: an OCTET STRING with the AAGUID, not critical. */
static enum mfa_code
read_aaguid(struct certificate *certificate, struct mfa_error *err)
{
	static const uint8_t head[] = { V_ASN1_OCTET_STRING, FIDO_AAGUID_SIZE };
	_cleanup_(object_freep) ASN1_OBJECT *oid = OBJ_txt2obj(AAGUID_OID, 1);
	const ASN1_OCTET_STRING *value;
	X509_EXTENSION *extension;
	const uint8_t *octets;
	int at;

	if (oid == NULL)
		return no_memory(err);
	at = X509_get_ext_by_OBJ(certificate->x509, oid, -1);
	if (at < 0)
		return MFA_OK;
	extension = X509_get_ext(certificate->x509, at);
	value = X509_EXTENSION_get_data(extension);
	octets = ASN1_STRING_get0_data(value);
	if (X509_get_ext_by_OBJ(certificate->x509, oid, at) >= 0 ||
	    X509_EXTENSION_get_critical(extension) ||
	    ASN1_STRING_length(value) != sizeof(head) + FIDO_AAGUID_SIZE ||
	    memcmp(octets, head, sizeof(head)) != 0)
		return denied(err, "malformed AAGUID extension");
	memcpy(certificate->aaguid, octets + sizeof(head), FIDO_AAGUID_SIZE);
	certificate->has_aaguid = true;
	return MFA_OK;
}

enum mfa_code
certificate_parse(const uint8_t *der, size_t len, struct certificate *ret,
    struct mfa_error *err)
{
	_cleanup_(certificate_clear) struct certificate parsed = { 0 };
	const uint8_t *end = der;
	enum mfa_code code;

	if (len == 0 || len > FIDO_CERTIFICATE_MAX)
		return denied(err, "of an impossible length");
	parsed.x509 = d2i_X509(NULL, &end, (long)len);
	if (parsed.x509 == NULL || end != der + len ||
	    !is_canonical(parsed.x509, der, len))
		return denied(err, "malformed");
	if (!has_es256_key(parsed.x509))
		return denied(err, "its key is not one of ES256");
	code = read_aaguid(&parsed, err);
	if (code != MFA_OK)
		return code;
	*ret = parsed;
	parsed.x509 = NULL;
	return MFA_OK;
}

/* An encrypted root is refused; libcrypto would ask on the terminal. */
static int
no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static enum mfa_code
bad_roots(struct mfa_error *err, const char *roots, const char *what)
{
	ERR_clear_error();
	return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0, "%s: %s", roots,
	    what);
}

/* The text of the file ROOTS, owned by the caller. */
static enum mfa_code
read_roots(const char *roots, char **ret_text, size_t *ret_len,
    struct mfa_error *err)
{
	static const struct file_trust trust = { 0, 0, S_IWGRP | S_IWOTH };
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;

	code = file_open(AT_FDCWD, roots, O_RDONLY, &trust, &fd, err);
	if (code == MFA_OK)
		code = file_read_text(fd, roots, ROOTS_MAX, ret_text, ret_len,
		    err);
	/* Whatever is wrong with it, the administrator can put it right. */
	if (code != MFA_OK)
		err->code = MFA_INVALID_CONFIGURATION;
	return code == MFA_OK ? MFA_OK : MFA_INVALID_CONFIGURATION;
}

/* Puts every certificate in PEM into STORE. */
static enum mfa_code
add_roots(BIO *pem, const char *roots, X509_STORE *store, struct mfa_error *err)
{
	unsigned count = 0;
	unsigned long why;

	ERR_clear_error();
	for (;;) {
		_cleanup_(x509_freep) X509 *root = NULL;

		root = PEM_read_bio_X509(pem, NULL, no_password, NULL);
		if (root == NULL)
			break;
		if (X509_STORE_add_cert(store, root) != 1)
			return no_memory(err);
		count++;
	}
	why = ERR_peek_last_error();
	ERR_clear_error();
	if (ERR_GET_LIB(why) != ERR_LIB_PEM ||
	    ERR_GET_REASON(why) != PEM_R_NO_START_LINE)
		return bad_roots(err, roots, "a certificate that is damaged");
	if (count == 0)
		return bad_roots(err, roots, "no certificate in it");
	return MFA_OK;
}

static enum mfa_code
load_roots(const char *roots, X509_STORE *store, struct mfa_error *err)
{
	_cleanup_(freep) char *text = NULL;
	_cleanup_(bio_freep) BIO *pem = NULL;
	enum mfa_code code;
	size_t len;

	code = read_roots(roots, &text, &len, err);
	if (code != MFA_OK)
		return code;
	if (len == 0)
		return bad_roots(err, roots, "no certificate in it");
	pem = BIO_new_mem_buf(text, (int)len);
	if (pem == NULL)
		return no_memory(err);
	return add_roots(pem, roots, store, err);
}

/* Says on what terms a chain is a good one. */
static bool
set_terms(X509_STORE *store)
{
	X509_VERIFY_PARAM *terms = X509_STORE_get0_param(store);

	/* An authority between root and key may be trusted by itself. */
	if (X509_VERIFY_PARAM_set_flags(terms, X509_V_FLAG_PARTIAL_CHAIN) != 1)
		return false;
	X509_VERIFY_PARAM_set_auth_level(terms, SECURITY_LEVEL);
	return X509_VERIFY_PARAM_set_purpose(terms, X509_PURPOSE_ANY) == 1;
}

static enum mfa_code
verify_chain(X509 *x509, const char *roots, struct mfa_error *err)
{
	_cleanup_(store_freep) X509_STORE *store = X509_STORE_new();
	_cleanup_(ctx_freep) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum mfa_code code;
	int why;

	if (store == NULL || ctx == NULL || !set_terms(store))
		return no_memory(err);
	code = load_roots(roots, store, err);
	if (code != MFA_OK)
		return code;
	if (X509_STORE_CTX_init(ctx, store, x509, NULL) != 1)
		return no_memory(err);
	if (X509_verify_cert(ctx) == 1)
		return MFA_OK;
	why = X509_STORE_CTX_get_error(ctx);
	if (why == X509_V_ERR_OUT_OF_MEM)
		return no_memory(err);
	return denied(err, X509_verify_cert_error_string(why));
}

static bool
has_unit(const X509 *x509)
{
	const X509_NAME *subject = X509_get_subject_name(x509);
	const ASN1_STRING *unit;
	int at;

	at = X509_NAME_get_index_by_NID(subject, NID_organizationalUnitName,
	    -1);
	if (at < 0)
		return false;
	unit = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	return ASN1_STRING_length(unit) == (int)strlen(UNIT) &&
	    memcmp(ASN1_STRING_get0_data(unit), UNIT, strlen(UNIT)) == 0;
}

/* An authority may sign more than attestations under the same root. */
static enum mfa_code
check_packed(X509 *x509, struct mfa_error *err)
{
	if (X509_get_version(x509) != X509_VERSION_3)
		return denied(err, "not of version 3");
	if (X509_check_ca(x509) != 0)
		return denied(err, "a certificate authority's");
	if (!has_unit(x509))
		return denied(err, "not of the unit \"" UNIT "\"");
	return MFA_OK;
}

enum mfa_code
certificate_verify(const struct certificate *certificate,
    enum fido_format format, const char *roots, struct mfa_error *err)
{
	enum mfa_code code;

	code = verify_chain(certificate->x509, roots, err);
	if (code != MFA_OK)
		return code;
	switch (format) {
	case FIDO_PACKED:
		return check_packed(certificate->x509, err);
	case FIDO_U2F:
		return MFA_OK;
	case FIDO_SSH:
	case FIDO_NONE:
		break;
	}
	return denied(err, "for a statement of an unknown format");
}
