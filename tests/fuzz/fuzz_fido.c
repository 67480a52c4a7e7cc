/*
 * What a security key says, verified. The first octet of an input is a set of
 * the flags below; fields of two octets length and that many octets follow:
 *   an assertion:    authenticator data, signature
 *   an attestation:  format, authenticator data, signature, certificate,
 *                    credential id
 * The credentials are those of fido_ours.h. Nobody has their private keys, so
 * what is accepted can only be what was made with them, which is in the corpus.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fido/credential.h"
#include "tests/fuzz/fido_ours.h"
#include "tests/fuzz/fido_seeds.h"
#include "tests/fuzz/fuzz.h"

struct input {
	const uint8_t	*at;
	size_t		left;
};

/* Of its own memory, so that a sanitizer sees what is read beyond it. */
struct field {
	uint8_t	*bytes;		/* NUL after them where it is a string */
	size_t	len;
};

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 2000;

static void
field_clear(struct field *field)
{
	free(field->bytes);
}

static struct field
take(struct input *input, bool is_string)
{
	struct field field = { 0 };

	if (input->left >= 2) {
		field.len = (size_t)input->at[0] << 8 | input->at[1];
		input->at += 2;
		input->left -= 2;
	}
	if (field.len > input->left)
		field.len = input->left;
	field.bytes = malloc(field.len + (is_string || field.len == 0));
	must(field.bytes != NULL);
	if (is_string)
		field.bytes[field.len] = '\0';
	memcpy(field.bytes, input->at, field.len);
	input->at += field.len;
	input->left -= field.len;
	return field;
}

/* The root's certificate, in a file as long as this process lives. */
static char roots_path[] = "/tmp/fuzz_fido.XXXXXX";

static void
remove_roots(void)
{
	unlink(roots_path);
}

static const char *
roots(void)
{
	static bool written;
	int fd;

	if (!written) {
		fd = mkostemp(roots_path, O_CLOEXEC);
		must(fd >= 0);
		must(atexit(remove_roots) == 0);
		must(write(fd, ours_root, sizeof(ours_root)) ==
		    (ssize_t)sizeof(ours_root));
		close(fd);
		written = true;
	}
	return roots_path;
}

static enum fido_algorithm
algorithm_of(uint8_t flags)
{
	return flags & SEED_EDDSA ? FIDO_EDDSA : FIDO_ES256;
}

/* Ours of ALGORITHM, as it is kept. */
static void
fill_ours(enum fido_algorithm algorithm, struct fido_credential *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->rp_id, SEED_RP, sizeof(SEED_RP));
	ret->algorithm = algorithm;
	ret->id_len = sizeof(ours_es256_id);
	switch (algorithm) {
	case FIDO_ES256:
		memcpy(ret->id, ours_es256_id, ret->id_len);
		ret->key_len = sizeof(ours_es256_key);
		memcpy(ret->key, ours_es256_key, ret->key_len);
		break;
	case FIDO_EDDSA:
		memcpy(ret->id, ours_eddsa_id, ret->id_len);
		ret->key_len = sizeof(ours_eddsa_key);
		memcpy(ret->key, ours_eddsa_key, ret->key_len);
		break;
	}
}

static void
check_asserted(uint8_t flags, const struct field *authdata, uint32_t count)
{
	must(authdata->len == sizeof(ours_tap));
	if (memcmp(authdata->bytes, ours_pin, sizeof(ours_pin)) == 0) {
		must(count == SEED_PIN_COUNT);
		return;
	}
	must(memcmp(authdata->bytes, ours_tap, sizeof(ours_tap)) == 0);
	must(count == SEED_TAP_COUNT && !(flags & SEED_UV));
}

static void
try_asserted(uint8_t flags, struct input *input)
{
	_cleanup_(field_clear) struct field authdata = take(input, false);
	_cleanup_(field_clear) struct field signature = take(input, false);
	struct fido_asserted asserted = {
		.authdata = authdata.bytes, .authdata_len = authdata.len,
		.signature = signature.bytes, .signature_len = signature.len,
	};
	struct fido_credential ours;
	struct mfa_error err = { 0 };
	enum mfa_code code;
	uint32_t count = 0;

	fill_ours(algorithm_of(flags), &ours);
	code = fido_verify_asserted(&ours, seed_hash, flags & SEED_UV,
	    &asserted, &count, &err);
	must(code == MFA_OK || code == MFA_ACCESS_DENIED);
	if (code == MFA_OK)
		check_asserted(flags, &authdata, count);
	fuzz_accepted = code == MFA_OK;
}

/* Only with roots: FLAGS without them ask for no AAGUID. */
static bool
asks_aaguid(uint8_t flags)
{
	return (flags & SEED_ROOTS) && (flags & SEED_AAGUIDS);
}

static void
check_made(uint8_t flags, const struct fido_credential *kept)
{
	static const uint8_t none[FIDO_AAGUID_SIZE];
	struct fido_credential ours;

	fill_ours(algorithm_of(flags), &ours);
	must(strcmp(kept->rp_id, ours.rp_id) == 0);
	must(kept->algorithm == ours.algorithm);
	must(kept->id_len == ours.id_len &&
	    memcmp(kept->id, ours.id, ours.id_len) == 0);
	must(kept->key_len == ours.key_len &&
	    memcmp(kept->key, ours.key, ours.key_len) == 0);
	must(!(flags & SEED_UV) || kept->user_verified);
	switch (kept->format) {
	case FIDO_PACKED:
		must(memcmp(kept->aaguid, ours_aaguid, sizeof(none)) == 0);
		must(kept->sign_count == (kept->user_verified ?
		    SEED_PIN_COUNT : SEED_TAP_COUNT));
		break;
	case FIDO_U2F:
		/* It signs neither: they must not be taken from it. */
		must(memcmp(kept->aaguid, none, sizeof(none)) == 0);
		must(!kept->user_verified && !asks_aaguid(flags));
		break;
	case FIDO_SSH:
	case FIDO_NONE:
		must(false);
		break;
	}
	/* Without a root, a certificate is whatever the key says. */
	must(!(flags & SEED_ROOTS) ||
	    (kept->certificate_len == sizeof(ours_certificate) &&
	    memcmp(kept->certificate, ours_certificate,
	    sizeof(ours_certificate)) == 0));
}

static struct fido_policy
policy_of(uint8_t flags)
{
	struct fido_policy policy = {
		.user_verification = flags & SEED_UV,
	};

	if (flags & SEED_ROOTS)
		policy.roots = roots();
	if (asks_aaguid(flags)) {
		policy.aaguids = &ours_aaguid;
		policy.aaguid_count = 1;
	}
	return policy;
}

static void
try_made(uint8_t flags, struct input *input)
{
	_cleanup_(field_clear) struct field format = take(input, true);
	_cleanup_(field_clear) struct field authdata = take(input, false);
	_cleanup_(field_clear) struct field signature = take(input, false);
	_cleanup_(field_clear) struct field certificate = take(input, false);
	_cleanup_(field_clear) struct field id = take(input, false);
	struct fido_policy policy = policy_of(flags);
	struct fido_made made = {
		.format = (const char *)format.bytes,
		.authdata = authdata.bytes, .authdata_len = authdata.len,
		.signature = signature.bytes, .signature_len = signature.len,
		.certificate = certificate.len > 0 ? certificate.bytes : NULL,
		.certificate_len = certificate.len,
		.id = id.bytes, .id_len = id.len,
	};
	struct fido_credential kept;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = fido_verify_made(seed_hash, SEED_RP, algorithm_of(flags),
	    &policy, &made, &kept, &err);
	/* Roots are read from root's files alone. */
	fuzz_skipped = code == MFA_INVALID_CONFIGURATION && geteuid() != 0;
	must(code == MFA_OK || code == MFA_ACCESS_DENIED || fuzz_skipped);
	if (code == MFA_OK)
		check_made(flags, &kept);
	fuzz_accepted = code == MFA_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input input;

	fuzz_accepted = fuzz_skipped = false;
	if (len == 0)
		return 0;
	input = (struct input){ data + 1, len - 1 };
	if (data[0] & SEED_MADE)
		try_made(data[0], &input);
	else
		try_asserted(data[0], &input);
	return 0;
}
