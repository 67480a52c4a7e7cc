#include <openssl/err.h>
#include <openssl/evp.h>

#include <stdio.h>
#include <string.h>

#include "fido/base64.h"
#include "fido/ssh_key.h"
#include "fido/ssh_wire.h"

#define CURVE		 "nistp256"
#define POINT_SIZE	 65 /* octets: x and y, not compressed */
#define POINT_PLAIN	 0x04
#define CERTIFICATE_USER 1
#define COUNT(a)	 (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	enum fido_algorithm algorithm;
	bool is_certificate;
} types[] = {
	{ "sk-ssh-ed25519@openssh.com", FIDO_EDDSA, false },
	{ "sk-ssh-ed25519-cert-v01@openssh.com", FIDO_EDDSA, true },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", FIDO_ES256, false },
	{ "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", FIDO_ES256, true },
};

static enum mfa_code
refuse(struct mfa_error *err, const char *what)
{
	return mfa_error_set(err, MFA_INVALID_INPUT, 0, "SSH public key: %s",
	    what);
}

const char *
ssh_key_type(enum fido_algorithm algorithm)
{
	switch (algorithm) {
	case FIDO_ES256:
		return "sk-ecdsa-sha2-nistp256@openssh.com";
	case FIDO_EDDSA:
		return "sk-ssh-ed25519@openssh.com";
	}
	return "unknown";
}

bool
ssh_key_is_application(const char *application)
{
	size_t i, len = strlen(application);

	if (len > FIDO_RP_ID_MAX || strncmp(application, "ssh:", 4) != 0)
		return false;
	for (i = 0; i < len; i++) {
		if (application[i] < ' ' || application[i] > '~')
			return false;
	}
	return true;
}

/* What stands before the key itself, and the key. */
static bool
take_key(struct ssh_octets *from, struct fido_credential *ret)
{
	struct ssh_octets curve, key;

	switch (ret->algorithm) {
	case FIDO_ES256:
		if (!ssh_take_string(from, &curve) ||
		    !ssh_octets_is(&curve, CURVE) ||
		    !ssh_take_string(from, &key) || key.len != POINT_SIZE ||
		    key.bytes[0] != POINT_PLAIN)
			return false;
		ret->key_len = POINT_SIZE - 1;
		memcpy(ret->key, key.bytes + 1, ret->key_len);
		return true;
	case FIDO_EDDSA:
		if (!ssh_take_string(from, &key) || key.len != 32)
			return false;
		ret->key_len = key.len;
		memcpy(ret->key, key.bytes, key.len);
		return true;
	}
	return false;
}

static bool
take_application(struct ssh_octets *from, struct fido_credential *ret)
{
	struct ssh_octets application;

	if (!ssh_take_string(from, &application) ||
	    application.len > FIDO_RP_ID_MAX ||
	    memchr(application.bytes, '\0', application.len) != NULL)
		return false;
	memcpy(ret->rp_id, application.bytes, application.len);
	ret->rp_id[application.len] = '\0';
	return ssh_key_is_application(ret->rp_id);
}

/*
 * What a certificate has after its key: serial number, type, key id,
 * principals, times, critical options, extensions, something reserved, the
 * authority's key and its signature.
 */
static bool
take_certificate(struct ssh_octets *from)
{
	struct ssh_octets skipped;
	uint32_t type;
	size_t i;

	if (!ssh_take(from, 8, &skipped) || !ssh_take_u32(from, &type) ||
	    type != CERTIFICATE_USER || !ssh_take_string(from, &skipped) ||
	    !ssh_take_string(from, &skipped) ||
	    !ssh_take(from, 2 * 8, &skipped))
		return false;
	for (i = 0; i < 5; i++) {
		if (!ssh_take_string(from, &skipped))
			return false;
	}
	return true;
}

static enum mfa_code
parse_as(size_t type, struct ssh_octets *from, struct fido_credential *ret,
    struct mfa_error *err)
{
	struct ssh_octets nonce;

	ret->algorithm = types[type].algorithm;
	ret->format = FIDO_SSH;
	if (types[type].is_certificate && !ssh_take_string(from, &nonce))
		return refuse(err, "cut short");
	if (!take_key(from, ret))
		return refuse(err, "not a key of its type");
	if (!take_application(from, ret))
		return refuse(err,
		    "its application does not begin with \"ssh:\", or can't "
		    "be one");
	if (types[type].is_certificate && !take_certificate(from))
		return refuse(err, "not a user's certificate");
	if (from->len != 0)
		return refuse(err, "something follows it");
	return MFA_OK;
}

enum mfa_code
ssh_key_parse(const uint8_t *blob, size_t len, struct fido_credential *ret,
    struct mfa_error *err)
{
	struct ssh_octets from = { blob, len }, name;
	struct fido_credential parsed = { 0 };
	enum mfa_code code;
	size_t i;

	if (len > SSH_KEY_INPUT_MAX)
		return refuse(err, "too long");
	if (!ssh_take_string(&from, &name))
		return refuse(err, "cut short");
	for (i = 0; i < COUNT(types); i++) {
		if (ssh_octets_is(&name, types[i].name))
			break;
	}
	if (i == COUNT(types))
		return refuse(err,
		    "not one of a security key (ssh-keygen -t ed25519-sk, "
		    "ecdsa-sk)");
	if ((code = parse_as(i, &from, &parsed, err)) == MFA_OK)
		*ret = parsed;
	return code;
}

/* Does the line name a type of security keys, LEN octets? */
static bool
is_type(const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(types); i++) {
		if (strlen(types[i].name) == len &&
		    strncmp(types[i].name, line, len) == 0)
			return true;
	}
	return false;
}

static bool
has_controls(const char *line)
{
	for (; *line != '\0'; line++) {
		if ((unsigned char)*line < ' ' || *line == 0x7f)
			return true;
	}
	return false;
}

/* The octets of the line's second word; the first one is TYPE_LEN long. */
static bool
decode_line(const char *line, size_t type_len,
    uint8_t ret[static SSH_KEY_INPUT_MAX], size_t *ret_len)
{
	char text[BASE64_SIZE(SSH_KEY_INPUT_MAX)];
	const char *word;
	size_t len;

	/* There may be no second word, and no octet for one. */
	if (line[type_len] != ' ')
		return false;
	word = line + type_len + 1;
	len = strcspn(word, " ");
	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, word, len);
	text[len] = '\0';
	return base64_decode(text, ret, SSH_KEY_INPUT_MAX, ret_len);
}

enum mfa_code
ssh_key_parse_line(const char *line, struct fido_credential *ret,
    struct mfa_error *err)
{
	uint8_t blob[SSH_KEY_INPUT_MAX];
	size_t type_len = strcspn(line, " "), len;
	struct ssh_octets rest, name;

	if (strlen(line) > SSH_KEY_TEXT_MAX)
		return refuse(err, "too long");
	if (has_controls(line))
		return refuse(err, "more than one line");
	if (!is_type(line, type_len))
		return refuse(err,
		    "not a line that begins with the type of a security key "
		    "(sk-ssh-ed25519@openssh.com, "
		    "sk-ecdsa-sha2-nistp256@openssh.com)");
	if (!decode_line(line, type_len, blob, &len))
		return refuse(err, "not in base64");
	rest = (struct ssh_octets){ blob, len };
	if (!ssh_take_string(&rest, &name) || name.len != type_len ||
	    memcmp(name.bytes, line, type_len) != 0)
		return refuse(err, "of another type than the line says");
	return ssh_key_parse(blob, len, ret, err);
}

bool
ssh_key_is_same(const struct fido_credential *a,
    const struct fido_credential *b)
{
	return a->format == FIDO_SSH && b->format == FIDO_SSH &&
	    a->algorithm == b->algorithm && a->key_len == b->key_len &&
	    memcmp(a->key, b->key, a->key_len) == 0 &&
	    strcmp(a->rp_id, b->rp_id) == 0;
}

enum mfa_code
ssh_key_format(const struct fido_credential *key,
    uint8_t ret[static SSH_KEY_BLOB_SIZE], size_t *ret_len,
    struct mfa_error *err)
{
	struct ssh_buffer out = { .bytes = ret, .size = SSH_KEY_BLOB_SIZE };

	if (key->format != FIDO_SSH || !ssh_key_is_application(key->rp_id) ||
	    key->key_len > sizeof(key->key))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a credential that is not an SSH key");
	ssh_put_text(&out, ssh_key_type(key->algorithm));
	switch (key->algorithm) {
	case FIDO_ES256:
		ssh_put_text(&out, CURVE);
		ssh_put_u32(&out, (uint32_t)key->key_len + 1);
		ssh_put_byte(&out, POINT_PLAIN);
		ssh_put(&out, key->key, key->key_len);
		break;
	case FIDO_EDDSA:
		ssh_put_string(&out, key->key, key->key_len);
		break;
	}
	ssh_put_text(&out, key->rp_id);
	if (out.overflown)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "an SSH key that is too long");
	*ret_len = out.len;
	return MFA_OK;
}

enum mfa_code
ssh_key_format_line(const struct fido_credential *key,
    char ret[static SSH_KEY_LINE_SIZE], struct mfa_error *err)
{
	uint8_t blob[SSH_KEY_BLOB_SIZE];
	char text[BASE64_SIZE(SSH_KEY_BLOB_SIZE)];
	enum mfa_code code;
	size_t len;

	_Static_assert(sizeof(text) + 64 <= SSH_KEY_LINE_SIZE,
	    "a type, a space and the key");
	if ((code = ssh_key_format(key, blob, &len, err)) != MFA_OK)
		return code;
	base64_encode(blob, len, text);
	(void)snprintf(ret, SSH_KEY_LINE_SIZE, "%s %s",
	    ssh_key_type(key->algorithm), text);
	return MFA_OK;
}

enum mfa_code
ssh_key_fingerprint(const struct fido_credential *key,
    char ret[static SSH_KEY_FINGERPRINT_SIZE], struct mfa_error *err)
{
	uint8_t blob[SSH_KEY_BLOB_SIZE], hash[FIDO_HASH_SIZE];
	char text[BASE64_SIZE(FIDO_HASH_SIZE)];
	enum mfa_code code;
	size_t len;

	if ((code = ssh_key_format(key, blob, &len, err)) != MFA_OK)
		return code;
	if (EVP_Digest(blob, len, hash, NULL, EVP_sha256(), NULL) != 1) {
		ERR_clear_error();
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "libcrypto could not hash an SSH key");
	}
	base64_encode(hash, sizeof(hash), text);
	text[strcspn(text, "=")] = '\0';
	(void)snprintf(ret, SSH_KEY_FINGERPRINT_SIZE, "SHA256:%s", text);
	return MFA_OK;
}
