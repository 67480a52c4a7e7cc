#include <fido/param.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <string.h>

#include "fido/authdata.h"

#define COORDINATE_SIZE 32

/* What is left to read. */
struct reader {
	const uint8_t *next;
	size_t left;
};

/*
 * What stands before each part of a COSE key: kty, alg, crv, then the heads of
 * x and y (RFC 8152 sections 13.1.1 and 13.2, in the order of CTAP2).
 */
static const uint8_t es256_x[] = { 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01,
	0x21, 0x58, 0x20 };
static const uint8_t es256_y[] = { 0x22, 0x58, 0x20 };
static const uint8_t eddsa_x[] = { 0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06,
	0x21, 0x58, 0x20 };

static enum mfa_code
denied(struct mfa_error *err, const char *what)
{
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "authenticator data: %s", what);
}

/* The next N octets, or NULL where there are fewer. */
static const uint8_t *
take(struct reader *reader, size_t n)
{
	const uint8_t *taken = reader->next;

	if (n > reader->left)
		return NULL;
	reader->next += n;
	reader->left -= n;
	return taken;
}

/* Takes the N octets of EXPECTED. */
static bool
take_exactly(struct reader *reader, const uint8_t *expected, size_t n)
{
	const uint8_t *taken = take(reader, n);

	return taken != NULL && memcmp(taken, expected, n) == 0;
}

static bool
take_copy(struct reader *reader, uint8_t *ret, size_t n)
{
	const uint8_t *taken = take(reader, n);

	if (taken == NULL)
		return false;
	memcpy(ret, taken, n);
	return true;
}

static bool
take_key(struct reader *reader, enum fido_algorithm algorithm,
    struct authdata *ret)
{
	uint8_t *x = ret->key, *y = ret->key + COORDINATE_SIZE;

	switch (algorithm) {
	case FIDO_ES256:
		ret->key_len = 2 * COORDINATE_SIZE;
		return take_exactly(reader, es256_x, sizeof(es256_x)) &&
		    take_copy(reader, x, COORDINATE_SIZE) &&
		    take_exactly(reader, es256_y, sizeof(es256_y)) &&
		    take_copy(reader, y, COORDINATE_SIZE);
	case FIDO_EDDSA:
		ret->key_len = COORDINATE_SIZE;
		return take_exactly(reader, eddsa_x, sizeof(eddsa_x)) &&
		    take_copy(reader, x, COORDINATE_SIZE);
	}
	return false;
}

/* The hash of RP_ID. */
static enum mfa_code
take_rp(struct reader *reader, const char *rp_id, struct mfa_error *err)
{
	const uint8_t *taken = take(reader, FIDO_HASH_SIZE);
	uint8_t hash[FIDO_HASH_SIZE];

	if (taken == NULL)
		return denied(err, "too short");
	if (EVP_Digest(rp_id, strlen(rp_id), hash, NULL, EVP_sha256(), NULL) !=
	    1) {
		ERR_clear_error();
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "libcrypto could not hash a relying party's id");
	}
	if (CRYPTO_memcmp(taken, hash, sizeof(hash)) != 0)
		return denied(err, "of another relying party");
	return MFA_OK;
}

static enum mfa_code
check_flags(uint8_t flags, bool made, struct mfa_error *err)
{
	const uint8_t known = CTAP_AUTHDATA_USER_PRESENT |
	    CTAP_AUTHDATA_USER_VERIFIED | CTAP_AUTHDATA_ATT_CRED;

	if ((flags & CTAP_AUTHDATA_USER_PRESENT) == 0)
		return denied(err, "the user was not present");
	if (((flags & CTAP_AUTHDATA_ATT_CRED) != 0) != made)
		return denied(err,
		    made ? "no credential in it"
			 : "a credential that nobody asked for");
	if ((flags & CTAP_AUTHDATA_EXT_DATA) != 0)
		return denied(err, "extensions that nobody asked for");
	/* Backup too (Level 3): such a credential is not in one key alone. */
	if ((flags & ~known) != 0)
		return denied(err, "unknown flags");
	return MFA_OK;
}

/* Relying party, flags and counter: what all authenticator data begins with. */
static enum mfa_code
take_head(struct reader *reader, const char *rp_id, bool made,
    struct authdata *ret, struct mfa_error *err)
{
	uint8_t rest[1 + 4];
	enum mfa_code code;

	code = take_rp(reader, rp_id, err);
	if (code != MFA_OK)
		return code;
	if (!take_copy(reader, rest, sizeof(rest)))
		return denied(err, "too short");
	code = check_flags(rest[0], made, err);
	if (code != MFA_OK)
		return code;
	ret->user_verified = (rest[0] & CTAP_AUTHDATA_USER_VERIFIED) != 0;
	ret->sign_count = (uint32_t)rest[1] << 24 | (uint32_t)rest[2] << 16 |
	    (uint32_t)rest[3] << 8 | rest[4];
	return MFA_OK;
}

/* Attested credential data (section 6.5.1). */
static enum mfa_code
take_credential(struct reader *reader, enum fido_algorithm algorithm,
    struct authdata *ret, struct mfa_error *err)
{
	uint8_t len[2];

	if (!take_copy(reader, ret->aaguid, sizeof(ret->aaguid)) ||
	    !take_copy(reader, len, sizeof(len)))
		return denied(err, "too short");
	ret->id_len = (size_t)len[0] << 8 | len[1];
	if (ret->id_len == 0 || ret->id_len > FIDO_CREDENTIAL_ID_MAX)
		return denied(err, "a credential id of an impossible length");
	ret->id = take(reader, ret->id_len);
	if (ret->id == NULL)
		return denied(err, "too short");
	if (!take_key(reader, algorithm, ret))
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "authenticator data: the public key is not one of %s, or "
		    "not in canonical form",
		    fido_algorithm_name(algorithm));
	return MFA_OK;
}

enum mfa_code
authdata_parse_made(const uint8_t *bytes, size_t len, const char *rp_id,
    enum fido_algorithm algorithm, struct authdata *ret, struct mfa_error *err)
{
	struct reader reader = { bytes, len };
	struct authdata parsed = { 0 };
	enum mfa_code code;

	code = take_head(&reader, rp_id, true, &parsed, err);
	if (code != MFA_OK)
		return code;
	code = take_credential(&reader, algorithm, &parsed, err);
	if (code != MFA_OK)
		return code;
	if (reader.left != 0)
		return denied(err, "trailing octets");
	*ret = parsed;
	return MFA_OK;
}

enum mfa_code
authdata_parse_asserted(const uint8_t *bytes, size_t len, const char *rp_id,
    struct authdata *ret, struct mfa_error *err)
{
	struct reader reader = { bytes, len };
	struct authdata parsed = { 0 };
	enum mfa_code code;

	code = take_head(&reader, rp_id, false, &parsed, err);
	if (code != MFA_OK)
		return code;
	if (reader.left != 0)
		return denied(err, "trailing octets");
	*ret = parsed;
	return MFA_OK;
}
