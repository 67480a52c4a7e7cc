#include <openssl/err.h>

#include <string.h>

#include "fido/authdata.h"
#include "fido/certificate.h"
#include "fido/credential.h"
#include "fido/library.h"

/* One attestation while it is verified; what is borrowed outlives it. */
struct attestation {
	const uint8_t *hash;
	const char *rp_id;
	enum fido_algorithm algorithm;
	const struct fido_policy *policy;
	const struct fido_made *made;
	enum fido_format format;
	struct authdata authdata;
	bool has_certificate;
	struct certificate certificate;
};

static void
attestation_clear(struct attestation *attestation)
{
	certificate_clear(&attestation->certificate);
}

static void
evp_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static enum mfa_code
denied(struct mfa_error *err, const char *what)
{
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0, "attestation: %s",
	    what);
}

static enum mfa_code
check_policy(const struct fido_policy *policy, struct mfa_error *err)
{
	/* An AAGUID that no root vouches for is whatever the key says. */
	if (policy->aaguid_count > 0 && policy->roots == NULL)
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
		    "AAGUIDs are required of keys without roots of "
		    "attestation");
	if (policy->aaguid_count > 0 && policy->aaguids == NULL)
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
		    "the list of AAGUIDs is missing");
	return MFA_OK;
}

/* What can be told from the lengths and the format's name. */
static enum mfa_code
check_shape(struct attestation *attestation, struct mfa_error *err)
{
	const struct fido_made *made = attestation->made;
	size_t rp_len = strlen(attestation->rp_id);

	if (rp_len == 0 || rp_len > FIDO_RP_ID_MAX)
		return denied(err, "no relying party");
	if (made->format == NULL ||
	    !fido_format_parse(made->format, &attestation->format) ||
	    attestation->format == FIDO_SSH || attestation->format == FIDO_NONE)
		return denied(err, "in an unknown format");
	if (made->authdata == NULL || made->authdata_len > FIDO_AUTHDATA_MAX)
		return denied(err,
		    "authenticator data of an impossible length");
	if (made->signature == NULL || made->signature_len == 0 ||
	    made->signature_len > FIDO_SIGNATURE_MAX)
		return denied(err, "a signature of an impossible length");
	if (made->id == NULL)
		return denied(err, "no credential id");
	if (made->certificate == NULL && made->certificate_len > 0)
		return denied(err, "no certificate");
	attestation->has_certificate = made->certificate_len > 0;
	return MFA_OK;
}

/*
 * U2F's signature is over less than the authenticator data: what is not under
 * it is a constant (CTAP 2.1, section 8.1), or it is refused.
 */
static enum mfa_code
check_u2f(const struct attestation *attestation, struct mfa_error *err)
{
	static const uint8_t none[FIDO_AAGUID_SIZE];
	const struct authdata *authdata = &attestation->authdata;

	if (attestation->algorithm != FIDO_ES256)
		return denied(err, "fido-u2f is of ES256 only");
	if (!attestation->has_certificate)
		return denied(err, "fido-u2f without a certificate");
	if (authdata->user_verified || authdata->sign_count != 0 ||
	    memcmp(authdata->aaguid, none, sizeof(none)) != 0)
		return denied(err, "fido-u2f with more than U2F can say");
	return MFA_OK;
}

static enum mfa_code
check_authdata(struct attestation *attestation, struct mfa_error *err)
{
	const struct fido_made *made = attestation->made;
	const struct authdata *authdata = &attestation->authdata;
	enum mfa_code code;

	code = authdata_parse_made(made->authdata, made->authdata_len,
	    attestation->rp_id, attestation->algorithm, &attestation->authdata,
	    err);
	if (code != MFA_OK)
		return code;
	if (authdata->id_len != made->id_len ||
	    memcmp(authdata->id, made->id, made->id_len) != 0)
		return denied(err, "of another credential id");
	if (attestation->format == FIDO_U2F)
		code = check_u2f(attestation, err);
	if (code != MFA_OK)
		return code;
	if (attestation->policy->user_verification && !authdata->user_verified)
		return denied(err, "the user was not verified");
	return MFA_OK;
}

static bool
is_listed(const struct fido_policy *policy, const uint8_t *aaguid)
{
	size_t i;

	for (i = 0; i < policy->aaguid_count; i++)
		if (memcmp(policy->aaguids[i], aaguid, FIDO_AAGUID_SIZE) == 0)
			return true;
	return policy->aaguid_count == 0;
}

/* The certificate and what POLICY wants of it; its signature comes later. */
static enum mfa_code
check_certificate(struct attestation *attestation, struct mfa_error *err)
{
	const struct fido_made *made = attestation->made;
	const struct fido_policy *policy = attestation->policy;
	struct certificate *certificate = &attestation->certificate;
	const uint8_t *aaguid = attestation->authdata.aaguid;
	enum mfa_code code;

	if (!attestation->has_certificate && policy->roots != NULL)
		return denied(err,
		    "by the key itself; a certificate is required");
	if (!attestation->has_certificate)
		return MFA_OK;
	code = certificate_parse(made->certificate, made->certificate_len,
	    certificate, err);
	if (code != MFA_OK)
		return code;
	/* A key's certificate serves U2F too, which knows no AAGUID. */
	if (attestation->format == FIDO_PACKED && certificate->has_aaguid &&
	    memcmp(certificate->aaguid, aaguid, FIDO_AAGUID_SIZE) != 0)
		return denied(err, "the certificate is of another AAGUID");
	if (policy->roots == NULL)
		return MFA_OK;
	code = certificate_verify(certificate, attestation->format,
	    policy->roots, err);
	if (code != MFA_OK)
		return code;
	if (!is_listed(policy, aaguid))
		return denied(err, "the AAGUID is not in the list");
	return MFA_OK;
}

static int
cose_algorithm(enum fido_algorithm algorithm)
{
	switch (algorithm) {
	case FIDO_ES256:
		return COSE_ES256;
	case FIDO_EDDSA:
		return COSE_EDDSA;
	}
	return COSE_UNSPEC;
}

/* Hands all of it to libfido2; FIDO_OK or its error. */
static int
fill(const struct fido_library *library, fido_cred_t *cred,
    const struct attestation *attestation)
{
	const struct fido_made *made = attestation->made;
	int r;

	/* The type first: the authenticator data is read by it. */
	r = library->fido_cred_set_type(cred,
	    cose_algorithm(attestation->algorithm));
	if (r == FIDO_OK)
		r = library->fido_cred_set_rp(cred, attestation->rp_id, NULL);
	if (r == FIDO_OK)
		r = library->fido_cred_set_clientdata_hash(cred,
		    attestation->hash, FIDO_HASH_SIZE);
	if (r == FIDO_OK)
		r = library->fido_cred_set_uv(cred,
		    attestation->policy->user_verification ? FIDO_OPT_TRUE
							   : FIDO_OPT_OMIT);
	if (r == FIDO_OK)
		r = library->fido_cred_set_fmt(cred,
		    fido_format_name(attestation->format));
	if (r == FIDO_OK)
		r = library->fido_cred_set_authdata_raw(cred, made->authdata,
		    made->authdata_len);
	if (r == FIDO_OK)
		r = library->fido_cred_set_sig(cred, made->signature,
		    made->signature_len);
	if (r == FIDO_OK && attestation->has_certificate)
		r = library->fido_cred_set_x509(cred, made->certificate,
		    made->certificate_len);
	return r;
}

/* Did libfido2 read the credential that we read? */
static bool
is_agreed(const struct fido_library *library, const fido_cred_t *cred,
    const struct authdata *ours)
{
	return library->fido_cred_id_len(cred) == ours->id_len &&
	    memcmp(library->fido_cred_id_ptr(cred), ours->id, ours->id_len) ==
	    0 &&
	    library->fido_cred_pubkey_len(cred) == ours->key_len &&
	    memcmp(library->fido_cred_pubkey_ptr(cred), ours->key,
		ours->key_len) == 0 &&
	    library->fido_cred_aaguid_len(cred) == FIDO_AAGUID_SIZE &&
	    memcmp(library->fido_cred_aaguid_ptr(cred), ours->aaguid,
		FIDO_AAGUID_SIZE) == 0 &&
	    library->fido_cred_sigcount(cred) == ours->sign_count;
}

/*
 * Is the key a point of the curve? A certificate's signature is over its octets
 * whatever they are. Of Ed25519 every 32 octets will do.
 */
static enum mfa_code
check_key(const struct fido_library *library,
    const struct attestation *attestation, struct mfa_error *err)
{
	_cleanup_(fido_library_es256_freep) es256_pk_t *point = NULL;
	_cleanup_(evp_freep) EVP_PKEY *key = NULL;
	const struct authdata *authdata = &attestation->authdata;

	if (attestation->algorithm != FIDO_ES256)
		return MFA_OK;
	point = library->es256_pk_new();
	if (point == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "libfido2: no memory for a public key");
	if (library->es256_pk_from_ptr(point, authdata->key,
		authdata->key_len) == FIDO_OK)
		key = library->es256_pk_to_EVP_PKEY(point);
	if (key == NULL)
		return denied(err, "the public key is no point of its curve");
	return MFA_OK;
}

static enum mfa_code
verify_signature(const struct attestation *attestation, struct mfa_error *err)
{
	_cleanup_(fido_library_cred_freep) fido_cred_t *cred = NULL;
	const struct fido_library *library;
	enum mfa_code code;
	int r;

	code = fido_library_load(&library, err);
	if (code != MFA_OK)
		return code;
	cred = library->fido_cred_new();
	if (cred == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "libfido2: no memory for a credential");
	code = check_key(library, attestation, err);
	if (code != MFA_OK)
		return code;
	r = fill(library, cred, attestation);
	if (r == FIDO_OK && !is_agreed(library, cred, &attestation->authdata))
		return denied(err, "libfido2 reads another credential");
	if (r == FIDO_OK)
		r = attestation->has_certificate
		    ? library->fido_cred_verify(cred)
		    : library->fido_cred_verify_self(cred);
	if (r != FIDO_OK)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "attestation: not verified: %s", library->fido_strerr(r));
	return MFA_OK;
}

static void
keep(const struct attestation *attestation, struct fido_credential *ret)
{
	const struct fido_made *made = attestation->made;
	const struct authdata *authdata = &attestation->authdata;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->rp_id, attestation->rp_id, strlen(attestation->rp_id));
	ret->algorithm = attestation->algorithm;
	ret->format = attestation->format;
	ret->user_verified = authdata->user_verified;
	memcpy(ret->aaguid, authdata->aaguid, sizeof(ret->aaguid));
	ret->sign_count = authdata->sign_count;
	ret->id_len = authdata->id_len;
	memcpy(ret->id, authdata->id, authdata->id_len);
	ret->key_len = authdata->key_len;
	memcpy(ret->key, authdata->key, authdata->key_len);
	if (!attestation->has_certificate)
		return;
	ret->certificate_len = made->certificate_len;
	memcpy(ret->certificate, made->certificate, made->certificate_len);
}

enum mfa_code
fido_verify_made(const uint8_t hash[static FIDO_HASH_SIZE], const char *rp_id,
    enum fido_algorithm algorithm, const struct fido_policy *policy,
    const struct fido_made *made, struct fido_credential *ret,
    struct mfa_error *err)
{
	_cleanup_(attestation_clear) struct attestation attestation = {
		.hash = hash,
		.rp_id = rp_id,
		.algorithm = algorithm,
		.policy = policy,
		.made = made,
	};
	enum mfa_code code;

	code = check_policy(policy, err);
	if (code == MFA_OK)
		code = check_shape(&attestation, err);
	if (code == MFA_OK)
		code = check_authdata(&attestation, err);
	if (code == MFA_OK)
		code = check_certificate(&attestation, err);
	if (code == MFA_OK)
		code = verify_signature(&attestation, err);
	if (code == MFA_OK)
		keep(&attestation, ret);
	/* What libcrypto noted on the way is of no use to those who follow. */
	ERR_clear_error();
	return code;
}
