#include <openssl/err.h>

#include <string.h>

#include "fido/authdata.h"
#include "fido/credential.h"
#include "fido/library.h"

/* A credential's public key as libfido2 has it; one of the two. */
struct public_key {
	es256_pk_t *es256;
	eddsa_pk_t *eddsa;
};

static void
public_key_clear(struct public_key *key)
{
	fido_library_es256_freep(&key->es256);
	fido_library_eddsa_freep(&key->eddsa);
}

static enum mfa_code
denied(struct mfa_error *err, const char *what)
{
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0, "assertion: %s", what);
}

static enum mfa_code
no_memory(struct mfa_error *err)
{
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "libfido2: no memory for an assertion");
}

static bool
has_key(const struct fido_credential *credential)
{
	switch (credential->algorithm) {
	case FIDO_ES256:
		return credential->key_len == 64;
	case FIDO_EDDSA:
		return credential->key_len == 32;
	}
	return false;
}

static enum mfa_code
check_shape(const struct fido_credential *credential,
    const struct fido_asserted *asserted, struct mfa_error *err)
{
	/* A terminator within the array, and something before it. */
	if (credential->rp_id[0] == '\0' ||
	    memchr(credential->rp_id, '\0', sizeof(credential->rp_id)) ==
		NULL ||
	    !has_key(credential))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a credential without relying party or key");
	if (asserted->authdata == NULL ||
	    asserted->authdata_len > FIDO_AUTHDATA_MAX)
		return denied(err,
		    "authenticator data of an impossible length");
	if (asserted->signature == NULL || asserted->signature_len == 0 ||
	    asserted->signature_len > FIDO_SIGNATURE_MAX)
		return denied(err, "a signature of an impossible length");
	return MFA_OK;
}

static enum mfa_code
load_key(const struct fido_library *library,
    const struct fido_credential *credential, struct public_key *key,
    struct mfa_error *err)
{
	int r = FIDO_ERR_INVALID_ARGUMENT;

	switch (credential->algorithm) {
	case FIDO_ES256:
		key->es256 = library->es256_pk_new();
		if (key->es256 == NULL)
			return no_memory(err);
		r = library->es256_pk_from_ptr(key->es256, credential->key,
		    credential->key_len);
		break;
	case FIDO_EDDSA:
		key->eddsa = library->eddsa_pk_new();
		if (key->eddsa == NULL)
			return no_memory(err);
		r = library->eddsa_pk_from_ptr(key->eddsa, credential->key,
		    credential->key_len);
		break;
	}
	if (r != FIDO_OK)
		return denied(err, "the credential's public key is unusable");
	return MFA_OK;
}

/* Hands all of it to libfido2; FIDO_OK or its error. */
static int
fill(const struct fido_library *library, fido_assert_t *assertion,
    const struct fido_credential *credential, const uint8_t *hash,
    bool require_uv, const struct fido_asserted *asserted)
{
	int r;

	r = library->fido_assert_set_rp(assertion, credential->rp_id);
	if (r == FIDO_OK)
		r = library->fido_assert_set_clientdata_hash(assertion, hash,
		    FIDO_HASH_SIZE);
	if (r == FIDO_OK)
		r = library->fido_assert_set_up(assertion, FIDO_OPT_TRUE);
	if (r == FIDO_OK)
		r = library->fido_assert_set_uv(assertion,
		    require_uv ? FIDO_OPT_TRUE : FIDO_OPT_OMIT);
	if (r == FIDO_OK)
		r = library->fido_assert_set_count(assertion, 1);
	if (r == FIDO_OK)
		r = library->fido_assert_set_authdata_raw(assertion, 0,
		    asserted->authdata, asserted->authdata_len);
	if (r == FIDO_OK)
		r = library->fido_assert_set_sig(assertion, 0,
		    asserted->signature, asserted->signature_len);
	return r;
}

/* FIDO_OK only where the signature is the credential's. */
static int
verify(const struct fido_library *library, const fido_assert_t *assertion,
    enum fido_algorithm algorithm, const struct public_key *key)
{
	switch (algorithm) {
	case FIDO_ES256:
		return library->fido_assert_verify(assertion, 0, COSE_ES256,
		    key->es256);
	case FIDO_EDDSA:
		return library->fido_assert_verify(assertion, 0, COSE_EDDSA,
		    key->eddsa);
	}
	return FIDO_ERR_INVALID_ARGUMENT;
}

static enum mfa_code
verify_signature(const struct fido_credential *credential, const uint8_t *hash,
    bool require_uv, const struct fido_asserted *asserted,
    const struct authdata *authdata, struct mfa_error *err)
{
	_cleanup_(public_key_clear) struct public_key key = { 0 };
	_cleanup_(fido_library_assert_freep) fido_assert_t *assertion = NULL;
	const struct fido_library *library;
	enum mfa_code code;
	int r;

	code = fido_library_load(&library, err);
	if (code != MFA_OK)
		return code;
	assertion = library->fido_assert_new();
	if (assertion == NULL)
		return no_memory(err);
	code = load_key(library, credential, &key, err);
	if (code != MFA_OK)
		return code;
	r = fill(library, assertion, credential, hash, require_uv, asserted);
	if (r == FIDO_OK &&
	    library->fido_assert_sigcount(assertion, 0) != authdata->sign_count)
		return denied(err, "libfido2 reads another counter");
	if (r == FIDO_OK)
		r = verify(library, assertion, credential->algorithm, &key);
	if (r != FIDO_OK)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "assertion: not verified: %s", library->fido_strerr(r));
	return MFA_OK;
}

enum mfa_code
fido_verify_asserted(const struct fido_credential *credential,
    const uint8_t hash[static FIDO_HASH_SIZE], bool require_uv,
    const struct fido_asserted *asserted, uint32_t *ret_count,
    struct mfa_error *err)
{
	struct authdata authdata;
	enum mfa_code code;

	code = check_shape(credential, asserted, err);
	if (code != MFA_OK)
		return code;
	code = authdata_parse_asserted(asserted->authdata,
	    asserted->authdata_len, credential->rp_id, &authdata, err);
	if (code != MFA_OK)
		return code;
	if (require_uv && !authdata.user_verified)
		return denied(err, "the user was not verified");
	code = verify_signature(credential, hash, require_uv, asserted,
	    &authdata, err);
	/* What libcrypto noted on the way is of no use to those who follow. */
	ERR_clear_error();
	if (code != MFA_OK)
		return code;
	*ret_count = authdata.sign_count;
	return MFA_OK;
}
