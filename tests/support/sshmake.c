#include <openssl/ecdsa.h>
#include <openssl/sha.h>

#include <stdlib.h>
#include <string.h>

#include "fido/base64.h"
#include "fido/ssh_key.h"
#include "fido/ssh_wire.h"
#include "support/sshmake.h"

static void
must(bool well)
{
	if (!well)
		abort();
}

void
sshmake_credential(const struct fidomake_key *key, struct fido_credential *ret)
{
	fidomake_credential(key, ret);
	ret->format = FIDO_SSH;
	memset(ret->aaguid, 0, sizeof(ret->aaguid));
	memset(ret->id, 0, sizeof(ret->id));
	ret->id_len = 0;
}

void
sshmake_line(const struct fidomake_key *key, char *ret, size_t size)
{
	struct fido_credential credential;
	char line[SSH_KEY_LINE_SIZE];
	struct mfa_error err;

	sshmake_credential(key, &credential);
	must(ssh_key_format_line(&credential, line, &err) == MFA_OK);
	must(strlen(line) + sizeof(" me@bed") <= size);
	strcpy(ret, line);
	strcat(ret, " me@bed");
}

static void
put_number(struct ssh_buffer *out, const BIGNUM *n)
{
	uint8_t octets[64] = { 0 };
	int len = BN_bn2bin(n, octets + 1);

	if ((octets[1] & 0x80) != 0)
		ssh_put_string(out, octets, (size_t)len + 1);
	else
		ssh_put_string(out, octets + 1, (size_t)len);
}

/* The signature as a string within the signature's blob. */
static void
put_octets(struct ssh_buffer *out, enum fido_algorithm algorithm,
    const struct fidomake_blob *signature)
{
	uint8_t pair[256];
	struct ssh_buffer inner = { .bytes = pair, .size = sizeof(pair) };
	const unsigned char *at = signature->bytes;
	ECDSA_SIG *sig;

	if (algorithm == FIDO_EDDSA) {
		ssh_put_string(out, signature->bytes, signature->len);
		return;
	}
	sig = d2i_ECDSA_SIG(NULL, &at, (long)signature->len);
	must(sig != NULL);
	put_number(&inner, ECDSA_SIG_get0_r(sig));
	put_number(&inner, ECDSA_SIG_get0_s(sig));
	ECDSA_SIG_free(sig);
	ssh_put_string(out, pair, inner.len);
}

static void
put_signature(struct ssh_buffer *out, const struct fidomake_key *key,
    uint8_t flags, uint32_t count, const char *message)
{
	uint8_t octets[SSHSIG_SIGNED_SIZE], hash[FIDO_HASH_SIZE], blob[512];
	struct ssh_buffer inner = { .bytes = blob, .size = sizeof(blob) };
	struct fidoasserted asserted;
	struct mfa_error err;
	size_t len;

	must(sshsig_make_signed(message, strlen(message), SSHSIG_SHA512,
		octets, &len, &err) == MFA_OK);
	SHA256(octets, len, hash);
	fidomake_asserted(key, flags, count, hash, &asserted);
	ssh_put_text(&inner, ssh_key_type(key->algorithm));
	put_octets(&inner, key->algorithm, &asserted.signature);
	ssh_put_byte(&inner, flags);
	ssh_put_u32(&inner, count);
	ssh_put_string(out, blob, inner.len);
	must(!inner.overflown);
}

void
sshmake_sign(const struct fidomake_key *key, uint8_t flags, uint32_t count,
    const char *message, char ret[static SSHMAKE_SIZE])
{
	uint8_t blob[SSHMAKE_SIZE / 2], public[SSH_KEY_BLOB_SIZE];
	struct ssh_buffer out = { .bytes = blob, .size = sizeof(blob) };
	struct fido_credential credential;
	struct mfa_error err;
	size_t len;

	sshmake_credential(key, &credential);
	must(ssh_key_format(&credential, public, &len, &err) == MFA_OK);
	ssh_put(&out, "SSHSIG", 6);
	ssh_put_u32(&out, 1);
	ssh_put_string(&out, public, len);
	ssh_put_text(&out, SSHSIG_NAMESPACE);
	ssh_put_text(&out, "");
	ssh_put_text(&out, "sha512");
	put_signature(&out, key, flags, count, message);
	must(!out.overflown);
	base64_encode(blob, out.len, ret);
}
