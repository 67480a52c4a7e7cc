#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fidomake.h"

#define AAGUID_OID	"1.3.6.1.4.1.45724.1.1.4"
#define UNIT		"Authenticator Attestation"
#define DAY		86400L

#define must(what) do {							\
	if (!(what)) {							\
		fprintf(stderr, "fidomake: %s\n", #what);		\
		abort();						\
	}								\
} while (0)

void
fidomake_put(struct fidomake_blob *blob, const void *octets, size_t len)
{
	must(len <= sizeof(blob->bytes) - blob->len);
	memcpy(blob->bytes + blob->len, octets, len);
	blob->len += len;
}

static EVP_PKEY *
new_pair(enum fido_algorithm algorithm, const char *curve)
{
	EVP_PKEY *pair = NULL;

	switch (algorithm) {
	case FIDO_ES256:
		pair = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
		break;
	case FIDO_EDDSA:
		pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	}
	must(pair != NULL);
	return pair;
}

void
fidomake_key_new(struct fidomake_key *ret, enum fido_algorithm algorithm,
    const char *rp_id)
{
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->algorithm = algorithm;
	ret->pair = new_pair(algorithm, "P-256");
	ret->rp_id = rp_id;
	for (i = 0; i < sizeof(ret->aaguid); i++)
		ret->aaguid[i] = (uint8_t)(0x10 + i);
	ret->id.len = FIDOMAKE_ID;
	must(RAND_bytes(ret->id.bytes, FIDOMAKE_ID) == 1);
}

void
fidomake_key_clear(struct fidomake_key *key)
{
	EVP_PKEY_free(key->pair);
	key->pair = NULL;
}

/* The public key without a COSE wrapper: x and y, or the 32 octets. */
static void
put_public(EVP_PKEY *pair, enum fido_algorithm algorithm,
    struct fidomake_blob *ret)
{
	uint8_t octets[65];
	size_t len = sizeof(octets);

	switch (algorithm) {
	case FIDO_ES256:
		must(EVP_PKEY_get_octet_string_param(pair,
		    OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, octets,
		    sizeof(octets), &len) == 1);
		must(len == sizeof(octets) && octets[0] == 4);
		fidomake_put(ret, octets + 1, len - 1);
		break;
	case FIDO_EDDSA:
		must(EVP_PKEY_get_raw_public_key(pair, octets, &len) == 1);
		fidomake_put(ret, octets, len);
		break;
	}
}

static void
put_cose(const struct fidomake_key *key, struct fidomake_blob *ret)
{
	struct fidomake_blob raw = { 0 };

	put_public(key->pair, key->algorithm, &raw);
	switch (key->algorithm) {
	case FIDO_ES256:
		fidomake_put(ret, "\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20",
		    10);
		fidomake_put(ret, raw.bytes, 32);
		fidomake_put(ret, "\x22\x58\x20", 3);
		fidomake_put(ret, raw.bytes + 32, 32);
		break;
	case FIDO_EDDSA:
		fidomake_put(ret, "\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20",
		    10);
		fidomake_put(ret, raw.bytes, 32);
		break;
	}
}

static void
put_head(const char *rp_id, uint8_t flags, uint32_t count,
    struct fidomake_blob *ret)
{
	uint8_t hash[32], rest[5] = { flags, count >> 24 & 0xff,
		count >> 16 & 0xff, count >> 8 & 0xff, count & 0xff };

	must(EVP_Digest(rp_id, strlen(rp_id), hash, NULL, EVP_sha256(),
	    NULL) == 1);
	fidomake_put(ret, hash, sizeof(hash));
	fidomake_put(ret, rest, sizeof(rest));
}

static void
put_credential(const struct fidomake_key *key, const uint8_t *aaguid,
    struct fidomake_blob *ret)
{
	uint8_t len[2] = { key->id.len >> 8 & 0xff, key->id.len & 0xff };

	fidomake_put(ret, aaguid, FIDO_AAGUID_SIZE);
	fidomake_put(ret, len, sizeof(len));
	fidomake_put(ret, key->id.bytes, key->id.len);
	put_cose(key, ret);
}

static void
sign_octets(EVP_PKEY *pair, const struct fidomake_blob *data,
    struct fidomake_blob *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = EVP_PKEY_is_a(pair, "EC") ? EVP_sha256() : NULL;

	ret->len = sizeof(ret->bytes);
	must(ctx != NULL);
	must(EVP_DigestSignInit(ctx, NULL, md, NULL, pair) == 1);
	must(EVP_DigestSign(ctx, ret->bytes, &ret->len, data->bytes,
	    data->len) == 1);
	EVP_MD_CTX_free(ctx);
}

void
fidomake_sign(EVP_PKEY *pair, const struct fidomake_blob *authdata,
    const uint8_t *hash, struct fidomake_blob *ret)
{
	struct fidomake_blob data = *authdata;

	fidomake_put(&data, hash, FIDO_HASH_SIZE);
	sign_octets(pair, &data, ret);
}

static void
put_certificate(const struct fidomake_signer *signer,
    struct fidomake_blob *ret)
{
	uint8_t *der = NULL;
	int len = i2d_X509(signer->x509, &der);

	must(len > 0);
	fidomake_put(ret, der, (size_t)len);
	OPENSSL_free(der);
}

void
fidomake_packed(const struct fidomake_key *key,
    const struct fidomake_signer *signer, uint8_t flags, uint32_t count,
    const uint8_t *hash, struct fidomade *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->format = "packed";
	ret->id = key->id;
	put_head(key->rp_id, flags | FIDOMAKE_AT, count, &ret->authdata);
	put_credential(key, key->aaguid, &ret->authdata);
	fidomake_sign(signer != NULL ? signer->pair : key->pair,
	    &ret->authdata, hash, &ret->signature);
	if (signer != NULL)
		put_certificate(signer, &ret->certificate);
}

void
fidomake_u2f(const struct fidomake_key *key,
    const struct fidomake_signer *signer, const uint8_t *hash,
    struct fidomade *ret)
{
	static const uint8_t none[FIDO_AAGUID_SIZE];
	struct fidomake_blob data = { 0 };

	memset(ret, 0, sizeof(*ret));
	ret->format = "fido-u2f";
	ret->id = key->id;
	put_head(key->rp_id, FIDOMAKE_UP | FIDOMAKE_AT, 0, &ret->authdata);
	put_credential(key, none, &ret->authdata);
	fidomake_put(&data, "", 1);
	fidomake_put(&data, ret->authdata.bytes, FIDO_HASH_SIZE);
	fidomake_put(&data, hash, FIDO_HASH_SIZE);
	fidomake_put(&data, key->id.bytes, key->id.len);
	fidomake_put(&data, "\x04", 1);
	put_public(key->pair, key->algorithm, &data);
	sign_octets(signer->pair, &data, &ret->signature);
	put_certificate(signer, &ret->certificate);
}

struct fido_made
fidomake_made(const struct fidomade *made)
{
	struct fido_made ret = {
		.format = made->format,
		.authdata = made->authdata.bytes,
		.authdata_len = made->authdata.len,
		.signature = made->signature.bytes,
		.signature_len = made->signature.len,
		.certificate_len = made->certificate.len,
		.id = made->id.bytes,
		.id_len = made->id.len,
	};

	if (made->certificate.len > 0)
		ret.certificate = made->certificate.bytes;
	return ret;
}

void
fidomake_asserted(const struct fidomake_key *key, uint8_t flags,
    uint32_t count, const uint8_t *hash, struct fidoasserted *ret)
{
	memset(ret, 0, sizeof(*ret));
	put_head(key->rp_id, flags, count, &ret->authdata);
	fidomake_sign(key->pair, &ret->authdata, hash, &ret->signature);
}

struct fido_asserted
fidomake_view(const struct fidoasserted *asserted)
{
	return (struct fido_asserted){
		.authdata = asserted->authdata.bytes,
		.authdata_len = asserted->authdata.len,
		.signature = asserted->signature.bytes,
		.signature_len = asserted->signature.len,
	};
}

void
fidomake_credential(const struct fidomake_key *key,
    struct fido_credential *ret)
{
	struct fidomake_blob raw = { 0 };

	put_public(key->pair, key->algorithm, &raw);
	memset(ret, 0, sizeof(*ret));
	must(strlen(key->rp_id) <= FIDO_RP_ID_MAX);
	memcpy(ret->rp_id, key->rp_id, strlen(key->rp_id));
	ret->algorithm = key->algorithm;
	ret->format = FIDO_PACKED;
	memcpy(ret->aaguid, key->aaguid, sizeof(ret->aaguid));
	must(key->id.len <= sizeof(ret->id));
	ret->id_len = key->id.len;
	memcpy(ret->id, key->id.bytes, key->id.len);
	ret->key_len = raw.len;
	memcpy(ret->key, raw.bytes, raw.len);
}

static void
add_name(X509_NAME *name, const char *field, const char *value)
{
	must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC,
	    (const unsigned char *)value, -1, -1, 0) == 1);
}

static void
add_authority(X509 *x509, bool authority)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL,
	    NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");

	must(extension != NULL);
	must(X509_add_ext(x509, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static void
add_aaguid(X509 *x509, const uint8_t *aaguid, bool critical)
{
	uint8_t octets[2 + FIDO_AAGUID_SIZE] = { V_ASN1_OCTET_STRING,
		FIDO_AAGUID_SIZE };
	ASN1_OBJECT *oid = OBJ_txt2obj(AAGUID_OID, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	memcpy(octets + 2, aaguid, FIDO_AAGUID_SIZE);
	must(oid != NULL && value != NULL);
	must(ASN1_OCTET_STRING_set(value, octets, sizeof(octets)) == 1);
	extension = X509_EXTENSION_create_by_OBJ(NULL, oid, critical, value);
	must(extension != NULL);
	must(X509_add_ext(x509, extension, -1) == 1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
}

void
fidomake_signer_new(struct fidomake_signer *ret, const char *name,
    const struct fidomake_terms *terms)
{
	X509 *x509 = X509_new();
	EVP_PKEY *pair = new_pair(FIDO_ES256,
	    terms->curve != NULL ? terms->curve : "P-256");
	const struct fidomake_signer self = { x509, pair };
	const struct fidomake_signer *issuer =
	    terms->issuer != NULL ? terms->issuer : &self;
	int version = terms->version != 0 ? terms->version : 3;
	uint64_t serial;

	must(x509 != NULL);
	must(RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1);
	must(X509_set_version(x509, version - 1) == 1);
	must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509),
	    serial >> 1) == 1);
	must(X509_gmtime_adj(X509_getm_notBefore(x509),
	    (terms->from != 0 ? terms->from : -1) * DAY) != NULL);
	must(X509_gmtime_adj(X509_getm_notAfter(x509),
	    (terms->to != 0 ? terms->to : 365) * DAY) != NULL);
	add_name(X509_get_subject_name(x509), "C", "SE");
	add_name(X509_get_subject_name(x509), "O", "Test");
	add_name(X509_get_subject_name(x509), "OU",
	    terms->unit != NULL ? terms->unit : UNIT);
	add_name(X509_get_subject_name(x509), "CN", name);
	must(X509_set_issuer_name(x509,
	    X509_get_subject_name(issuer->x509)) == 1);
	must(X509_set_pubkey(x509, pair) == 1);
	if (version == 3)
		add_authority(x509, terms->authority);
	if (terms->aaguid != NULL)
		add_aaguid(x509, terms->aaguid, terms->critical);
	must(X509_sign(x509, issuer->pair, EVP_sha256()) > 0);
	ret->x509 = x509;
	ret->pair = pair;
}

void
fidomake_signer_clear(struct fidomake_signer *signer)
{
	X509_free(signer->x509);
	EVP_PKEY_free(signer->pair);
	memset(signer, 0, sizeof(*signer));
}

void
fidomake_pem(const struct fidomake_signer *signer, struct fidomake_blob *text)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *octets;
	long len;

	must(bio != NULL);
	must(PEM_write_bio_X509(bio, signer->x509) == 1);
	len = BIO_get_mem_data(bio, &octets);
	must(len > 0);
	fidomake_put(text, octets, (size_t)len);
	BIO_free(bio);
}

void
fidomake_alter(struct fidomake_blob *blob,
    void (*judge)(void *ctx, const char *how, size_t at), void *ctx)
{
	size_t i, len = blob->len;

	for (i = 0; i < len; i++) {
		blob->bytes[i] ^= 0x01;
		judge(ctx, "xor 1", i);
		blob->bytes[i] ^= 0x01 ^ 0x80;
		judge(ctx, "xor 0x80", i);
		blob->bytes[i] ^= 0x80;
	}
	blob->len = len - 1;
	judge(ctx, "shorter", blob->len);
	blob->len = len;
	must(len < sizeof(blob->bytes));
	blob->bytes[blob->len++] = 0;
	judge(ctx, "longer", blob->len);
	blob->len = 0;
	judge(ctx, "empty", blob->len);
	blob->len = len;
}
