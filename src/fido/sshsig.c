#include <openssl/err.h>
#include <openssl/evp.h>

#include <string.h>

#include "fido/base64.h"
#include "fido/ssh_key.h"
#include "fido/ssh_wire.h"
#include "fido/sshsig.h"

#define MAGIC	 "SSHSIG"
#define VERSION	 1
#define BLOB_MAX (SSHSIG_TEXT_MAX / 4 * 3)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	const char *digest; /* libcrypto's name */
} hashes[] = {
	[SSHSIG_SHA256] = { "sha256", "SHA256" },
	[SSHSIG_SHA512] = { "sha512", "SHA512" },
};

static enum mfa_code
denied(struct mfa_error *err, const char *what)
{
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0, "SSH signature: %s",
	    what);
}

static bool
take_magic(struct ssh_octets *from)
{
	struct ssh_octets magic;
	uint32_t version;

	return ssh_take(from, strlen(MAGIC), &magic) &&
	    ssh_octets_is(&magic, MAGIC) && ssh_take_u32(from, &version) &&
	    version == VERSION;
}

static bool
take_hash(struct ssh_octets *from, enum sshsig_hash *ret)
{
	struct ssh_octets name;
	size_t i;

	if (!ssh_take_string(from, &name))
		return false;
	for (i = 0; i < COUNT(hashes); i++) {
		if (ssh_octets_is(&name, hashes[i].name)) {
			*ret = (enum sshsig_hash)i;
			return true;
		}
	}
	return false;
}

enum mfa_code
sshsig_parse(const uint8_t *blob, size_t len, struct sshsig *ret,
    struct mfa_error *err)
{
	struct ssh_octets from = { blob, len }, key, name, reserved, signature;
	struct sshsig parsed = { 0 };
	struct mfa_error why = { 0 };
	enum mfa_code code;

	if (!take_magic(&from))
		return denied(err, "not one that ssh-keygen -Y sign makes");
	if (!ssh_take_string(&from, &key) || !ssh_take_string(&from, &name))
		return denied(err, "cut short");
	if (ssh_key_parse(key.bytes, key.len, &parsed.key, &why) != MFA_OK)
		return denied(err, why.detail);
	if (!ssh_octets_is(&name, SSHSIG_NAMESPACE))
		return denied(err,
		    "made for something else (not -n " SSHSIG_NAMESPACE ")");
	if (!ssh_take_string(&from, &reserved) || reserved.len != 0)
		return denied(err, "something in it that is not known");
	if (!take_hash(&from, &parsed.hash))
		return denied(err, "an unknown hash");
	if (!ssh_take_string(&from, &signature))
		return denied(err, "cut short");
	if (from.len != 0)
		return denied(err, "something follows it");
	code = ssh_signature_parse(signature.bytes, signature.len,
	    &parsed.signature, err);
	if (code == MFA_OK)
		*ret = parsed;
	return code;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Copies TEXT without spaces and line ends; false where it does not fit. */
static bool
squeeze(const char *text, size_t len, char ret[static SSHSIG_TEXT_MAX + 1])
{
	size_t i, kept = 0;

	if (len > SSHSIG_TEXT_MAX || memchr(text, '\0', len) != NULL)
		return false;
	for (i = 0; i < len; i++) {
		if (!is_space(text[i]))
			ret[kept++] = text[i];
	}
	ret[kept] = '\0';
	return true;
}

/* Takes away the armour, both lines of it or none; its spaces have gone. */
static bool
unwrap(char *text, const char **ret)
{
	static const char begin[] = "-----BEGINSSHSIGNATURE-----",
			  end[] = "-----ENDSSHSIGNATURE-----";
	size_t len = strlen(text), head = sizeof(begin) - 1,
	       tail = sizeof(end) - 1;

	if (strncmp(text, begin, head) != 0) {
		*ret = text;
		return true;
	}
	if (len < head + tail || strcmp(text + len - tail, end) != 0)
		return false;
	text[len - tail] = '\0';
	*ret = text + head;
	return true;
}

enum mfa_code
sshsig_parse_text(const char *text, size_t len, struct sshsig *ret,
    struct mfa_error *err)
{
	char squeezed[SSHSIG_TEXT_MAX + 1];
	uint8_t blob[BLOB_MAX];
	const char *inner;
	size_t blob_len;

	if (!squeeze(text, len, squeezed))
		return denied(err, "too long, or not text");
	if (squeezed[0] == '\0')
		return denied(err, "none was given");
	if (!unwrap(squeezed, &inner))
		return denied(err, "its last line is missing");
	if (!base64_decode(inner, blob, sizeof(blob), &blob_len))
		return denied(err, "not in base64");
	return sshsig_parse(blob, blob_len, ret, err);
}

enum mfa_code
sshsig_make_signed(const void *message, size_t len, enum sshsig_hash hash,
    uint8_t ret[static SSHSIG_SIGNED_SIZE], size_t *ret_len,
    struct mfa_error *err)
{
	struct ssh_buffer out = { .bytes = ret, .size = SSHSIG_SIGNED_SIZE };
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t digest_len;

	if (EVP_Q_digest(NULL, hashes[hash].digest, NULL, message, len, digest,
		&digest_len) != 1) {
		ERR_clear_error();
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "libcrypto could not hash a message to sign");
	}
	ssh_put(&out, MAGIC, strlen(MAGIC));
	ssh_put_text(&out, SSHSIG_NAMESPACE);
	ssh_put_text(&out, "");
	ssh_put_text(&out, hashes[hash].name);
	ssh_put_string(&out, digest, digest_len);
	if (out.overflown)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a message to sign that is too long");
	*ret_len = out.len;
	return MFA_OK;
}

enum mfa_code
sshsig_verify(const struct fido_credential *key, const struct sshsig *sig,
    const void *message, size_t len, bool require_uv, uint32_t *ret_count,
    struct mfa_error *err)
{
	uint8_t octets[SSHSIG_SIGNED_SIZE];
	enum mfa_code code;
	size_t octets_len;

	if (!ssh_key_is_same(key, &sig->key))
		return denied(err, "by another key");
	code = sshsig_make_signed(message, len, sig->hash, octets, &octets_len,
	    err);
	if (code != MFA_OK)
		return code;
	return ssh_signature_verify(key, &sig->signature, octets, octets_len,
	    require_uv, ret_count, err);
}
