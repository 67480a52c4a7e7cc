#include <fido/param.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <string.h>

#include "fido/ssh_key.h"
#include "fido/ssh_signature.h"
#include "fido/ssh_wire.h"

#define EDDSA_SIZE	64
#define NUMBER_SIZE	33 /* octets of r or s, a zero for its sign too */
#define DER_SEQUENCE	0x30
#define DER_INTEGER	0x02
#define AUTHDATA_SIZE	(FIDO_HASH_SIZE + 1 + 4)

static enum mfa_code
denied(struct mfa_error *err, const char *what)
{
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0, "SSH signature: %s",
	    what);
}

/*
 * A number above 0 in its shortest form (RFC 4251 section 5: mpint), which is
 * that of DER, too.
 */
static bool
take_number(struct ssh_octets *from, struct ssh_octets *ret)
{
	struct ssh_octets n;

	if (!ssh_take_string(from, &n) || n.len == 0 || n.len > NUMBER_SIZE ||
	    (n.bytes[0] & 0x80) != 0)
		return false;
	if (n.bytes[0] == 0 && (n.len == 1 || (n.bytes[1] & 0x80) == 0))
		return false;
	*ret = n;
	return true;
}

static void
put_number(struct ssh_buffer *out, const struct ssh_octets *n)
{
	ssh_put_byte(out, DER_INTEGER);
	ssh_put_byte(out, (uint8_t)n->len);
	ssh_put(out, n->bytes, n->len);
}

/* r and s, to what ECDSA signatures are for everyone else (RFC 3279, 2.2.3). */
static bool
read_es256(struct ssh_octets *from, struct ssh_signature *ret)
{
	struct ssh_buffer out = { .bytes = ret->bytes,
		.size = sizeof(ret->bytes) };
	struct ssh_octets r, s;

	if (!take_number(from, &r) || !take_number(from, &s) || from->len != 0)
		return false;
	ssh_put_byte(&out, DER_SEQUENCE);
	ssh_put_byte(&out, (uint8_t)(2 + r.len + 2 + s.len));
	put_number(&out, &r);
	put_number(&out, &s);
	ret->len = out.len;
	return !out.overflown;
}

static bool
read_eddsa(const struct ssh_octets *from, struct ssh_signature *ret)
{
	if (from->len != EDDSA_SIZE)
		return false;
	memcpy(ret->bytes, from->bytes, from->len);
	ret->len = from->len;
	return true;
}

static bool
read_signature(struct ssh_octets *from, struct ssh_signature *ret)
{
	switch (ret->algorithm) {
	case FIDO_ES256:
		return read_es256(from, ret);
	case FIDO_EDDSA:
		return read_eddsa(from, ret);
	}
	return false;
}

static bool
read_type(const struct ssh_octets *name, enum fido_algorithm *ret)
{
	if (ssh_octets_is(name, ssh_key_type(FIDO_ES256)))
		*ret = FIDO_ES256;
	else if (ssh_octets_is(name, ssh_key_type(FIDO_EDDSA)))
		*ret = FIDO_EDDSA;
	else
		return false;
	return true;
}

enum mfa_code
ssh_signature_parse(const uint8_t *blob, size_t len, struct ssh_signature *ret,
    struct mfa_error *err)
{
	struct ssh_octets from = { blob, len }, name, octets;
	struct ssh_signature parsed = { 0 };

	if (!ssh_take_string(&from, &name))
		return denied(err, "cut short");
	if (!read_type(&name, &parsed.algorithm))
		return denied(err, "not one by a security key");
	if (!ssh_take_string(&from, &octets) ||
	    !read_signature(&octets, &parsed))
		return denied(err, "not a signature of its type");
	if (!ssh_take_byte(&from, &parsed.flags) ||
	    !ssh_take_u32(&from, &parsed.count))
		return denied(err, "cut short");
	if (from.len != 0)
		return denied(err, "something follows it");
	*ret = parsed;
	return MFA_OK;
}

bool
ssh_signature_has_uv(const struct ssh_signature *signature)
{
	return (signature->flags & CTAP_AUTHDATA_USER_VERIFIED) != 0;
}

static enum mfa_code
hash_of(const void *data, size_t len, uint8_t ret[static FIDO_HASH_SIZE],
    struct mfa_error *err)
{
	if (EVP_Digest(data, len, ret, NULL, EVP_sha256(), NULL) == 1)
		return MFA_OK;
	ERR_clear_error();
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "libcrypto could not hash what an SSH key signs");
}

enum mfa_code
ssh_signature_verify(const struct fido_credential *key,
    const struct ssh_signature *signature, const void *data, size_t len,
    bool require_uv, uint32_t *ret_count, struct mfa_error *err)
{
	uint8_t authdata[AUTHDATA_SIZE], hash[FIDO_HASH_SIZE];
	struct ssh_buffer out = { .bytes = authdata, .size = sizeof(authdata) };
	struct fido_asserted asserted = {
		.authdata = authdata,
		.authdata_len = sizeof(authdata),
		.signature = signature->bytes,
		.signature_len = signature->len,
	};
	uint8_t application[FIDO_HASH_SIZE];
	enum mfa_code code;

	if (key->format != FIDO_SSH || key->algorithm != signature->algorithm)
		return denied(err, "by a key of another type");
	code = hash_of(key->rp_id, strlen(key->rp_id), application, err);
	if (code == MFA_OK)
		code = hash_of(data, len, hash, err);
	if (code != MFA_OK)
		return code;
	ssh_put(&out, application, sizeof(application));
	ssh_put_byte(&out, signature->flags);
	ssh_put_u32(&out, signature->count);
	return fido_verify_asserted(key, hash, require_uv, &asserted, ret_count,
	    err);
}
