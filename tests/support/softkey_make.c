/*
 * authenticatorMakeCredential and authenticatorGetAssertion (CTAP 2.1, 6.1 and
 * 6.2) for credentials that are not discoverable.
 */
#include <string.h>

#include "support/softkey_crypto.h"
#include "support/softkey_ctap2.h"

#define FLAG_UP		0x01
#define FLAG_UV		0x04
#define FLAG_AT		0x40	/* a credential follows */

/* What both commands have in common. */
struct request {
	struct slice	hash;			/* of the client data */
	uint8_t		rp[SOFTKEY_HASH_SIZE];
	bool		presence;		/* the option "up" */
	bool		verified;
};

/* The option NAME of OPTIONS, VALUE where it is not there. */
static bool
option(const cbor_item_t *options, const char *name, bool value)
{
	bool found;

	return cbor_to_bool(cbor_at_text(options, name), &found) ? found
								 : value;
}

static enum ctap2_status
parse(const cbor_item_t *hash, const cbor_item_t *rp_id,
    const cbor_item_t *options, struct request *ret)
{
	struct slice id;

	if (hash == NULL || rp_id == NULL)
		return CTAP2_MISSING_PARAMETER;
	if (!cbor_to_bytes(hash, &ret->hash) || !cbor_to_text(rp_id, &id))
		return CTAP2_UNEXPECTED_TYPE;
	if (ret->hash.len != SOFTKEY_HASH_SIZE)
		return CTAP2_INVALID_LENGTH;
	if (option(options, "rk", false))
		return CTAP2_UNSUPPORTED_OPTION;
	crypto_sha256(id.bytes, id.len, ret->rp);
	ret->presence = option(options, "up", true);
	return CTAP2_OK;
}

/* The first credential of LIST that is of this key and relying party. */
static bool
find(const struct softkey *key, const cbor_item_t *list, const uint8_t *rp,
    struct credential *ret)
{
	struct slice id;

	if (list == NULL || !cbor_isa_array(list))
		return false;
	for (size_t i = 0; i < cbor_array_size(list); i++) {
		const cbor_item_t *each = cbor_array_handle(list)[i];

		if (cbor_is_text(cbor_at_text(each, "type"), "public-key") &&
		    cbor_to_bytes(cbor_at_text(each, "id"), &id) &&
		    credential_open(key, rp, id.bytes, id.len, ret))
			return true;
	}
	return false;
}

/* The first algorithm of pubKeyCredParams that this key has. */
static enum ctap2_status
choose_algorithm(const struct softkey *key, const cbor_item_t *list, int *ret)
{
	int algorithm;

	if (list == NULL)
		return CTAP2_MISSING_PARAMETER;
	if (!cbor_isa_array(list))
		return CTAP2_UNEXPECTED_TYPE;
	for (size_t i = 0; i < cbor_array_size(list); i++) {
		const cbor_item_t *each = cbor_array_handle(list)[i];

		if (cbor_to_int(cbor_at_text(each, "alg"), &algorithm) &&
		    (algorithm == COSE_EDDSA ||
			(algorithm == COSE_ES256 &&
			    key->switches.algorithms == ALGORITHMS_BOTH))) {
			*ret = algorithm;
			return CTAP2_OK;
		}
	}
	return CTAP2_UNSUPPORTED_ALGORITHM;
}

/* Authenticator data (WebAuthn Level 2, 6.1), without a credential. */
static void
put_authdata(struct softkey *key, const struct request *request, uint8_t flags,
    struct softkey_message *to)
{
	if (request->presence)
		flags |= FLAG_UP;
	if (request->verified)
		flags |= FLAG_UV;
	put_raw(to, request->rp, sizeof(request->rp));
	put_u8(to, flags);
	put_u32(to, softkey_count(key));
}

/* Signs authenticator data and the client data's hash. */
static size_t
sign(EVP_PKEY *pkey, int algorithm, const struct softkey_message *authdata,
    const struct request *request, uint8_t *ret)
{
	struct softkey_message signed_data = { 0 };

	put_raw(&signed_data, authdata->bytes, authdata->len);
	put_raw(&signed_data, request->hash.bytes, request->hash.len);
	return crypto_sign(pkey, algorithm, signed_data.bytes, signed_data.len,
	    ret);
}

/* A packed attestation (WebAuthn Level 2, 8.2), with x5c or of itself. */
static void
put_attestation(struct softkey *key, const struct request *request,
    const struct credential *credential,
    const struct softkey_message *authdata, struct softkey_message *to)
{
	uint8_t signature[CRYPTO_SIGNATURE_MAX];
	bool self = key->switches.self;
	int algorithm = self ? credential->algorithm : COSE_ES256;
	size_t len = sign(self ? credential->pkey : key->batch.key, algorithm,
	    authdata, request, signature);

	put_map(to, self ? 2 : 3);
	put_text(to, "alg");
	put_int(to, algorithm);
	put_text(to, "sig");
	put_bytes(to, signature, len);
	if (self)
		return;
	put_text(to, "x5c");
	put_array(to, 1);
	put_bytes(to, key->batch.certificate,
	    (size_t)key->batch.certificate_len);
}

static void
put_made(struct softkey *key, const struct request *request, int algorithm,
    struct softkey_message *answer)
{
	_cleanup_(credential_wipe) struct credential credential = { 0 };
	struct softkey_message authdata = { 0 };

	credential_make(key, request->rp, algorithm, &credential);
	put_authdata(key, request, FLAG_AT, &authdata);
	put_raw(&authdata, key->batch.aaguid, SOFTKEY_AAGUID_SIZE);
	put_u16(&authdata, sizeof(credential.id));
	put_raw(&authdata, credential.id, sizeof(credential.id));
	put_cose(&authdata, credential.pkey, algorithm);

	put_map(answer, 3);
	put_int(answer, 1);
	put_text(answer, "packed");
	put_int(answer, 2);
	put_bytes(answer, authdata.bytes, authdata.len);
	put_int(answer, 3);
	put_attestation(key, request, &credential, &authdata, answer);
}

enum ctap2_status
ctap2_make(struct softkey *key, const cbor_item_t *parameters,
    struct softkey_message *answer)
{
	_cleanup_(credential_wipe) struct credential excluded = { 0 };
	const cbor_item_t *options = cbor_at(parameters, 7);
	const cbor_item_t *param = cbor_at(parameters, 8);
	struct request request = { 0 };
	enum ctap2_status status;
	int algorithm;

	status = parse(cbor_at(parameters, 1),
	    cbor_at_text(cbor_at(parameters, 2), "id"), options, &request);
	if (status != CTAP2_OK)
		return status;
	if (!request.presence)
		return CTAP2_INVALID_OPTION;
	status = choose_algorithm(key, cbor_at(parameters, 4), &algorithm);
	if (status != CTAP2_OK)
		return status;
	status = ctap2_verify_user(key, options, param, cbor_at(parameters, 9),
	    &request.hash, &request.verified);
	if (status != CTAP2_OK)
		return status;
	if (key->pin.is_set && !request.verified)
		return CTAP2_PIN_REQUIRED;
	if (!key->is_touched)
		return CTAP2_NEEDS_TOUCH;
	if (find(key, cbor_at(parameters, 5), request.rp, &excluded))
		return CTAP2_CREDENTIAL_EXCLUDED;
	put_made(key, &request, algorithm, answer);
	return CTAP2_OK;
}

static void
put_asserted(struct softkey *key, const struct request *request,
    const struct credential *credential, struct softkey_message *answer)
{
	struct softkey_message authdata = { 0 };
	uint8_t signature[CRYPTO_SIGNATURE_MAX];
	size_t len;

	put_authdata(key, request, 0, &authdata);
	len = sign(credential->pkey, credential->algorithm, &authdata, request,
	    signature);
	put_map(answer, 3);
	put_int(answer, 1);
	put_map(answer, 2);
	put_text(answer, "id");
	put_bytes(answer, credential->id, sizeof(credential->id));
	put_text(answer, "type");
	put_text(answer, "public-key");
	put_int(answer, 2);
	put_bytes(answer, authdata.bytes, authdata.len);
	put_int(answer, 3);
	put_bytes(answer, signature, len);
}

enum ctap2_status
ctap2_assert(struct softkey *key, const cbor_item_t *parameters,
    struct softkey_message *answer)
{
	_cleanup_(credential_wipe) struct credential credential = { 0 };
	const cbor_item_t *options = cbor_at(parameters, 5);
	struct request request = { 0 };
	enum ctap2_status status;

	status = parse(cbor_at(parameters, 2), cbor_at(parameters, 1), options,
	    &request);
	if (status != CTAP2_OK)
		return status;
	status = ctap2_verify_user(key, options, cbor_at(parameters, 6),
	    cbor_at(parameters, 7), &request.hash, &request.verified);
	if (status != CTAP2_OK)
		return status;
	if (!find(key, cbor_at(parameters, 3), request.rp, &credential))
		return CTAP2_NO_CREDENTIALS;
	if (request.presence && !key->is_touched)
		return CTAP2_NEEDS_TOUCH;
	put_asserted(key, &request, &credential, answer);
	return CTAP2_OK;
}
