#include <string.h>

#include "fido/base64.h"
#include "fido/ssh_key.h"
#include "fido/ssh_private.h"
#include "fido/ssh_wire.h"

#define HEADER	"-----BEGIN OPENSSH PRIVATE KEY-----"
#define TRAILER "-----END OPENSSH PRIVATE KEY-----"
#define MAGIC	"openssh-key-v1" /* with its NUL */

static enum mfa_code
refuse(struct mfa_error *err, const char *what)
{
	return mfa_error_set(err, MFA_INVALID_INPUT, 0, "SSH private key: %s",
	    what);
}

/* The base64 between the two lines, without its line ends. */
static bool
unfold(const char *text, char ret[static SSH_PRIVATE_TEXT_MAX])
{
	size_t n = 0;

	if (strlen(text) >= SSH_PRIVATE_TEXT_MAX ||
	    strncmp(text, HEADER, strlen(HEADER)) != 0)
		return false;
	for (text += strlen(HEADER); *text != '\0' && *text != '-'; text++) {
		if (*text != '\n' && *text != '\r')
			ret[n++] = *text;
	}
	ret[n] = '\0';
	return strncmp(text, TRAILER, strlen(TRAILER)) == 0;
}

/* Cipher, key derivation and its options, and how many keys there are. */
static enum mfa_code
take_head(struct ssh_octets *from, struct mfa_error *err)
{
	struct ssh_octets magic, cipher, kdf, options;
	uint32_t count;

	if (!ssh_take(from, sizeof(MAGIC), &magic) ||
	    memcmp(magic.bytes, MAGIC, sizeof(MAGIC)) != 0 ||
	    !ssh_take_string(from, &cipher) || !ssh_take_string(from, &kdf) ||
	    !ssh_take_string(from, &options) || !ssh_take_u32(from, &count))
		return refuse(err, "not of OpenSSH's form");
	if (!ssh_octets_is(&cipher, "none"))
		return refuse(err,
		    "it has a passphrase: take it off with ssh-keygen -p");
	if (count != 1)
		return refuse(err, "not one key");
	return MFA_OK;
}

/* It ends with 1, 2, 3, ... */
static bool
is_padding(const struct ssh_octets *rest)
{
	size_t i;

	for (i = 0; i < rest->len; i++) {
		if (rest->bytes[i] != (uint8_t)(i + 1))
			return false;
	}
	return true;
}

/* Two equal numbers, the public half again, flags, handle, and a comment. */
static bool
take_handle(struct ssh_octets *from, const struct ssh_octets *public,
    struct fido_credential *ret)
{
	struct ssh_octets again, handle, reserved, comment;
	uint32_t check1, check2;
	uint8_t flags;

	if (!ssh_take_u32(from, &check1) || !ssh_take_u32(from, &check2) ||
	    check1 != check2 || !ssh_take(from, public->len, &again) ||
	    memcmp(again.bytes, public->bytes, public->len) != 0 ||
	    !ssh_take_byte(from, &flags) || !ssh_take_string(from, &handle) ||
	    !ssh_take_string(from, &reserved) ||
	    !ssh_take_string(from, &comment) || !is_padding(from) ||
	    handle.len == 0 || handle.len > sizeof(ret->id))
		return false;
	ret->id_len = handle.len;
	memcpy(ret->id, handle.bytes, handle.len);
	return true;
}

enum mfa_code
ssh_private_parse(const char *text, struct fido_credential *ret,
    struct mfa_error *err)
{
	uint8_t octets[SSH_PRIVATE_TEXT_MAX];
	char folded[SSH_PRIVATE_TEXT_MAX];
	struct ssh_octets from, public, private;
	struct fido_credential parsed = { 0 };
	enum mfa_code code;

	from.bytes = octets;
	if (!unfold(text, folded) ||
	    !base64_decode(folded, octets, sizeof(octets), &from.len))
		return refuse(err, "not of OpenSSH's form");
	if ((code = take_head(&from, err)) != MFA_OK)
		return code;
	if (!ssh_take_string(&from, &public) ||
	    !ssh_take_string(&from, &private) || from.len != 0)
		return refuse(err, "cut short, or something follows it");
	code = ssh_key_parse(public.bytes, public.len, &parsed, err);
	if (code != MFA_OK)
		return code;
	if (!take_handle(&private, &public, &parsed))
		return refuse(err, "not a security key's handle");
	parsed.format = FIDO_NONE;
	*ret = parsed;
	return MFA_OK;
}
