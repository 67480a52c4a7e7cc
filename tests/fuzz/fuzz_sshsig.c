/*
 * Public keys and signatures as OpenSSH writes them. The first octet of an
 * input chooses what the rest is read as:
 *  K  the line of a public key
 *  B  a signature of ssh-keygen -Y sign, its octets
 *  T  the same, as text
 *  A  a signature as an agent answers it
 * A signature is accepted where it verifies by one of the keys of the vectors,
 * over their message; it must be one of those that the keys have made then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fido/ssh_key.h"
#include "fido/sshsig.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/ssh_vectors.h"

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 2000;

static const char message[] = SSH_VECTOR_MESSAGE;

static struct fido_credential
our_key(const char *line)
{
	struct fido_credential key;
	struct mfa_error err;

	must(ssh_key_parse_line(line, &key, &err) == MFA_OK);
	return key;
}

static bool
is_same(const struct ssh_signature *a, const char *text)
{
	struct mfa_error err;
	struct sshsig b;

	must(sshsig_parse_text(text, strlen(text), &b, &err) == MFA_OK);
	return a->algorithm == b.signature.algorithm &&
	    a->flags == b.signature.flags && a->count == b.signature.count &&
	    a->len == b.signature.len &&
	    memcmp(a->bytes, b.signature.bytes, a->len) == 0;
}

/* One that was signed without a tap, or for something else, is not here. */
static bool
is_ours(const struct ssh_signature *signature)
{
	static const char *const ours[] = {
		ssh_ed25519_signature, ssh_ed25519_sha256,
		ssh_ed25519_verified, ssh_ed25519_uncounted,
		ssh_ed25519_with_certificate,
		ssh_ecdsa_signature, ssh_ecdsa_sha256, ssh_ecdsa_verified,
		ssh_ecdsa_uncounted, ssh_ecdsa_with_certificate,
	};
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (is_same(signature, ours[i]))
			return true;
	}
	return false;
}

static void
check_verified(const struct ssh_signature *signature, bool require_uv,
    uint32_t count)
{
	must(is_ours(signature));
	must((signature->flags & 1) != 0);
	must(!require_uv || ssh_signature_has_uv(signature));
	must(count == signature->count);
}

static bool
verify_sshsig(const struct sshsig *sig)
{
	static const char *const lines[] = { ssh_ed25519_key, ssh_ecdsa_key };
	struct fido_credential key;
	struct mfa_error err;
	bool verified = false;
	uint32_t count;
	unsigned i;

	for (i = 0; i < 4; i++) {
		key = our_key(lines[i / 2]);
		if (sshsig_verify(&key, sig, message, strlen(message),
		    i % 2 != 0, &count, &err) != MFA_OK)
			continue;
		check_verified(&sig->signature, i % 2 != 0, count);
		must(ssh_key_is_same(&key, &sig->key));
		verified = true;
	}
	return verified;
}

static bool
verify_signature(const struct ssh_signature *signature)
{
	static const char *const lines[] = { ssh_ed25519_key, ssh_ecdsa_key };
	uint8_t data[SSHSIG_SIGNED_SIZE];
	struct fido_credential key;
	struct mfa_error err;
	bool verified = false;
	uint32_t count;
	unsigned i;
	size_t len;

	must(sshsig_make_signed(message, strlen(message), SSHSIG_SHA512, data,
	    &len, &err) == MFA_OK);
	for (i = 0; i < 2; i++) {
		key = our_key(lines[i]);
		if (ssh_signature_verify(&key, signature, data, len, false,
		    &count, &err) != MFA_OK)
			continue;
		check_verified(signature, false, count);
		verified = true;
	}
	return verified;
}

/* What was read is written in one way, and is read back the same. */
static void
check_key(const struct fido_credential *key)
{
	uint8_t blob[SSH_KEY_BLOB_SIZE];
	char line[SSH_KEY_LINE_SIZE], print[SSH_KEY_FINGERPRINT_SIZE];
	struct fido_credential again;
	struct mfa_error err;
	size_t len;

	must(ssh_key_is_application(key->rp_id));
	must(key->id_len == 0 && key->certificate_len == 0);
	must(ssh_key_format(key, blob, &len, &err) == MFA_OK);
	must(ssh_key_parse(blob, len, &again, &err) == MFA_OK);
	must(memcmp(key, &again, sizeof(again)) == 0);
	must(ssh_key_format_line(key, line, &err) == MFA_OK);
	must(ssh_key_parse_line(line, &again, &err) == MFA_OK);
	must(memcmp(key, &again, sizeof(again)) == 0);
	must(ssh_key_fingerprint(key, print, &err) == MFA_OK);
}

static bool
try_line(const uint8_t *octets, size_t len)
{
	struct fido_credential key;
	struct mfa_error err;
	bool read;
	char *line;

	if ((line = strndup((const char *)octets, len)) == NULL)
		return false;
	read = strlen(line) == len &&
	    ssh_key_parse_line(line, &key, &err) == MFA_OK;
	free(line);
	if (read)
		check_key(&key);
	return read;
}

static bool
try_signature(uint8_t kind, const uint8_t *octets, size_t len)
{
	struct ssh_signature signature;
	struct mfa_error err;
	struct sshsig sig;

	if (kind == 'A')
		return ssh_signature_parse(octets, len, &signature, &err) ==
		    MFA_OK && verify_signature(&signature);
	if (kind == 'B' && sshsig_parse(octets, len, &sig, &err) != MFA_OK)
		return false;
	if (kind == 'T' && sshsig_parse_text((const char *)octets, len, &sig,
	    &err) != MFA_OK)
		return false;
	check_key(&sig.key);
	return verify_sshsig(&sig);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_accepted = false;
	if (len == 0 || strchr("KBTA", data[0]) == NULL || data[0] == '\0')
		return 0;
	fuzz_accepted = data[0] == 'K' ? try_line(data + 1, len - 1)
	    : try_signature(data[0], data + 1, len - 1);
	return 0;
}
