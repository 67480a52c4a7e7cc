/*
 * authenticatorClientPIN (CTAP 2.1, 6.5) with both PIN/UV auth protocols, as
 * far as CTAP 2.0 goes: the PIN gets a token, which has all permissions.
 */
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

#include "support/softkey_crypto.h"
#include "support/softkey_ctap2.h"
#include "support/softkey_pin.h"

#define BLOCK_SIZE	16
#define PADDED_PIN_SIZE	64
#define PIN_MIN		4
#define CIPHERTEXT_MAX	(BLOCK_SIZE + PADDED_PIN_SIZE)

/* What host and key have agreed upon, and by which protocol. */
struct session {
	int	protocol;
	uint8_t	hmac[32];
	uint8_t	aes[32];
};

void
pin_renew(struct softkey_pin *pin)
{
	pkey_freep(&pin->agreement);
	crypto_random(pin->token, sizeof(pin->token));
	pin->mismatches = 0;
}

void
pin_set(struct softkey_pin *pin, const char *text)
{
	uint8_t hash[SOFTKEY_HASH_SIZE];

	crypto_sha256(text, strlen(text), hash);
	memcpy(pin->hash, hash, sizeof(pin->hash));
	pin->is_set = true;
	pin->retries = SOFTKEY_PIN_RETRIES;
	pin->mismatches = 0;
}

void
pin_clear(struct softkey_pin *pin)
{
	pin->is_set = false;
	pin->retries = SOFTKEY_PIN_RETRIES;
	pin->mismatches = 0;
}

static EVP_PKEY *
agreement_key(struct softkey_pin *pin)
{
	uint8_t secret[32];

	if (pin->agreement == NULL) {
		crypto_random(secret, sizeof(secret));
		pin->agreement = crypto_private_key(COSE_ES256, secret);
	}
	return pin->agreement;
}

static void
hkdf(const uint8_t *secret, const char *info, uint8_t *ret)
{
	static char digest[] = "SHA256";
	uint8_t salt[SOFTKEY_HASH_SIZE] = { 0 };
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret, 32),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_SALT, salt,
		    sizeof(salt)),
		OSSL_PARAM_octet_string(OSSL_KDF_PARAM_INFO, (void *)info,
		    strlen(info)),
		OSSL_PARAM_END
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

	crypto_check(ctx != NULL && EVP_KDF_derive(ctx, ret, 32, params) == 1,
	    "HKDF");
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

/* Agrees with the host's COSE key. */
static enum ctap2_status
agree(struct softkey *key, int protocol, const cbor_item_t *cose,
    struct session *ret)
{
	_cleanup_(pkey_freep) EVP_PKEY *peer = NULL;
	struct slice x, y;
	uint8_t z[32];

	if (cose == NULL)
		return CTAP2_MISSING_PARAMETER;
	if (!cbor_to_bytes(cbor_at(cose, -2), &x) || x.len != 32 ||
	    !cbor_to_bytes(cbor_at(cose, -3), &y) || y.len != 32)
		return CTAP2_UNEXPECTED_TYPE;
	peer = crypto_public_key(x.bytes, y.bytes);
	if (peer == NULL || !crypto_ecdh(agreement_key(&key->pin), peer, z))
		return CTAP2_INVALID_PARAMETER;
	ret->protocol = protocol;
	if (protocol == 1) {
		crypto_sha256(z, sizeof(z), ret->aes);
		memcpy(ret->hmac, ret->aes, sizeof(ret->hmac));
	} else {
		hkdf(z, "CTAP2 HMAC key", ret->hmac);
		hkdf(z, "CTAP2 AES key", ret->aes);
	}
	return CTAP2_OK;
}

/* Is PARAM the protocol's MAC of DATA under a key of 32 octets? */
static bool
is_authentic(int protocol, const uint8_t *mac_key, const void *data,
    size_t len, const struct slice *param)
{
	uint8_t mac[SOFTKEY_HASH_SIZE];
	size_t size = protocol == 1 ? 16 : sizeof(mac);

	crypto_hmac(mac_key, 32, data, len, mac);
	return param->len == size &&
	    CRYPTO_memcmp(param->bytes, mac, size) == 0;
}

/* Decrypts what makes LEN octets. */
static bool
decrypt(const struct session *session, const struct slice *in, size_t len,
    uint8_t *ret)
{
	static const uint8_t zero[BLOCK_SIZE];
	size_t skip = session->protocol == 1 ? 0 : BLOCK_SIZE;

	if (in->len != skip + len)
		return false;
	crypto_cbc(false, session->aes, skip > 0 ? in->bytes : zero,
	    in->bytes + skip, len, ret);
	return true;
}

static void
put_encrypted(struct softkey_message *to, const struct session *session,
    const uint8_t *data, size_t len)
{
	uint8_t out[CIPHERTEXT_MAX] = { 0 };
	size_t skip = session->protocol == 1 ? 0 : BLOCK_SIZE;

	if (skip > 0)
		crypto_random(out, skip);
	crypto_cbc(true, session->aes, out, data, len, out + skip);
	put_bytes(to, out, skip + len);
}

/* Takes a new PIN: NUL-padded, encrypted. */
static enum ctap2_status
take_pin(struct softkey *key, const struct session *session,
    const struct slice *encrypted)
{
	uint8_t padded[PADDED_PIN_SIZE + 1] = { 0 };

	if (!decrypt(session, encrypted, PADDED_PIN_SIZE, padded))
		return CTAP2_INVALID_PARAMETER;
	if (strlen((char *)padded) < PIN_MIN ||
	    strlen((char *)padded) >= PADDED_PIN_SIZE)
		return CTAP2_PIN_POLICY_VIOLATION;
	pin_set(&key->pin, (char *)padded);
	OPENSSL_cleanse(padded, sizeof(padded));
	return CTAP2_OK;
}

static enum ctap2_status
mismatch(struct softkey_pin *pin)
{
	unsigned mismatches = pin->mismatches + 1;

	pin_renew(pin);
	pin->mismatches = mismatches;
	if (pin->retries == 0)
		return CTAP2_PIN_BLOCKED;
	return mismatches >= SOFTKEY_PIN_TRIES ? CTAP2_PIN_AUTH_BLOCKED
					       : CTAP2_PIN_INVALID;
}

/* Checks an encrypted hash of the PIN and counts. */
static enum ctap2_status
check_pin(struct softkey *key, const struct session *session,
    const struct slice *encrypted)
{
	struct softkey_pin *pin = &key->pin;
	uint8_t hash[SOFTKEY_PIN_HASH_SIZE];

	if (!pin->is_set)
		return CTAP2_PIN_NOT_SET;
	if (pin->retries == 0)
		return CTAP2_PIN_BLOCKED;
	if (pin->mismatches >= SOFTKEY_PIN_TRIES)
		return CTAP2_PIN_AUTH_BLOCKED;
	if (!decrypt(session, encrypted, sizeof(hash), hash))
		return CTAP2_INVALID_PARAMETER;
	pin->retries--;
	if (CRYPTO_memcmp(hash, pin->hash, sizeof(hash)) != 0)
		return mismatch(pin);
	pin->retries = SOFTKEY_PIN_RETRIES;
	pin->mismatches = 0;
	return CTAP2_OK;
}

/* The members of a request that say what is wanted. */
struct pin_request {
	int			protocol;
	const cbor_item_t	*agreement;
	struct slice		param;
	struct slice		new_pin;
	struct slice		hash;
};

static enum ctap2_status
get_retries(struct softkey *key, const struct pin_request *request,
    struct softkey_message *answer)
{
	(void)request;
	put_map(answer, 1);
	put_int(answer, 3);
	put_int(answer, key->pin.retries);
	return CTAP2_OK;
}

static enum ctap2_status
get_agreement(struct softkey *key, const struct pin_request *request,
    struct softkey_message *answer)
{
	(void)request;
	put_map(answer, 1);
	put_int(answer, 1);
	put_cose(answer, agreement_key(&key->pin), COSE_ECDH);
	return CTAP2_OK;
}

static enum ctap2_status
set_pin(struct softkey *key, const struct pin_request *request,
    struct softkey_message *answer)
{
	struct session session;
	enum ctap2_status status;

	(void)answer;
	if (key->pin.is_set)
		return CTAP2_PIN_AUTH_INVALID;
	status = agree(key, request->protocol, request->agreement, &session);
	if (status != CTAP2_OK)
		return status;
	if (!is_authentic(session.protocol, session.hmac,
		request->new_pin.bytes, request->new_pin.len, &request->param))
		return CTAP2_PIN_AUTH_INVALID;
	return take_pin(key, &session, &request->new_pin);
}

static enum ctap2_status
change_pin(struct softkey *key, const struct pin_request *request,
    struct softkey_message *answer)
{
	struct softkey_message covered = { 0 };
	struct session session;
	enum ctap2_status status;

	(void)answer;
	status = agree(key, request->protocol, request->agreement, &session);
	if (status != CTAP2_OK)
		return status;
	put_raw(&covered, request->new_pin.bytes, request->new_pin.len);
	put_raw(&covered, request->hash.bytes, request->hash.len);
	if (!is_authentic(session.protocol, session.hmac, covered.bytes,
		covered.len, &request->param))
		return CTAP2_PIN_AUTH_INVALID;
	if ((status = check_pin(key, &session, &request->hash)) != CTAP2_OK)
		return status;
	return take_pin(key, &session, &request->new_pin);
}

static enum ctap2_status
get_token(struct softkey *key, const struct pin_request *request,
    struct softkey_message *answer)
{
	struct session session;
	enum ctap2_status status;

	status = agree(key, request->protocol, request->agreement, &session);
	if (status != CTAP2_OK)
		return status;
	if ((status = check_pin(key, &session, &request->hash)) != CTAP2_OK)
		return status;
	put_map(answer, 1);
	put_int(answer, 2);
	put_encrypted(answer, &session, key->pin.token, sizeof(key->pin.token));
	return CTAP2_OK;
}

enum { PARAM = 1, NEW_PIN = 2, HASH = 4 };	/* members that must be there */

static const struct subcommand {
	int			number;
	const char		*name;
	int			members;
	enum ctap2_status	(*run)(struct softkey *,
				    const struct pin_request *,
				    struct softkey_message *);
} subcommands[] = {
	{ 1,	"getRetries",		0,			get_retries },
	{ 2,	"getKeyAgreement",	0,			get_agreement },
	{ 3,	"setPIN",		PARAM | NEW_PIN,	set_pin },
	{ 4,	"changePIN",		PARAM | NEW_PIN | HASH,	change_pin },
	{ 5,	"getPinToken",		HASH,			get_token },
};

static const struct subcommand *
subcommand_find(int number)
{
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(*subcommands); i++)
		if (subcommands[i].number == number)
			return &subcommands[i];
	return NULL;
}

static bool
has_protocol(const struct softkey *key, int protocol)
{
	int only = key->switches.pin_protocol;

	return only == 0 ? protocol == 1 || protocol == 2 : protocol == only;
}

enum ctap2_status
ctap2_pin(struct softkey *key, const cbor_item_t *parameters,
    struct softkey_message *answer)
{
	struct pin_request request = { .agreement = cbor_at(parameters, 3) };
	const struct subcommand *subcommand;
	int number, members = 0;

	if (!cbor_to_int(cbor_at(parameters, 2), &number))
		return CTAP2_MISSING_PARAMETER;
	if ((subcommand = subcommand_find(number)) == NULL)
		return CTAP2_INVALID_PARAMETER;
	softkey_log(key, "%s", subcommand->name);
	if (number != 1 &&
	    !cbor_to_int(cbor_at(parameters, 1), &request.protocol))
		return CTAP2_MISSING_PARAMETER;
	if (number != 1 && !has_protocol(key, request.protocol))
		return CTAP2_INVALID_PARAMETER;
	if (cbor_to_bytes(cbor_at(parameters, 4), &request.param))
		members |= PARAM;
	if (cbor_to_bytes(cbor_at(parameters, 5), &request.new_pin))
		members |= NEW_PIN;
	if (cbor_to_bytes(cbor_at(parameters, 6), &request.hash))
		members |= HASH;
	if ((members & subcommand->members) != subcommand->members)
		return CTAP2_MISSING_PARAMETER;
	return subcommand->run(key, &request, answer);
}

/* A pinUvAuthParam of no octets asks for a touch alone (6.1.2, step 1). */
static enum ctap2_status
touch_alone(const struct softkey *key)
{
	if (!key->is_touched)
		return CTAP2_NEEDS_TOUCH;
	return key->pin.is_set ? CTAP2_PIN_INVALID : CTAP2_PIN_NOT_SET;
}

static enum ctap2_status
verify_built_in(const struct softkey *key, bool *ret_verified)
{
	switch (key->switches.uv) {
	case UV_ABSENT:
		return CTAP2_UNSUPPORTED_OPTION;
	case UV_FAILS:
		return key->is_touched ? CTAP2_UV_INVALID : CTAP2_NEEDS_TOUCH;
	case UV_WORKS:
		*ret_verified = true;
		return CTAP2_OK;
	}
	return CTAP2_UNSUPPORTED_OPTION;
}

enum ctap2_status
ctap2_verify_user(struct softkey *key, const cbor_item_t *options,
    const cbor_item_t *param, const cbor_item_t *protocol,
    const struct slice *hash, bool *ret_verified)
{
	struct slice mac;
	bool uv;
	int number;

	*ret_verified = false;
	if (param == NULL) {
		if (!cbor_to_bool(cbor_at_text(options, "uv"), &uv) || !uv)
			return CTAP2_OK;
		return verify_built_in(key, ret_verified);
	}
	if (!cbor_to_bytes(param, &mac))
		return CTAP2_UNEXPECTED_TYPE;
	if (mac.len == 0)
		return touch_alone(key);
	if (!cbor_to_int(protocol, &number))
		return CTAP2_MISSING_PARAMETER;
	if (!has_protocol(key, number))
		return CTAP2_INVALID_PARAMETER;
	if (!key->pin.is_set)
		return CTAP2_PIN_NOT_SET;
	if (!is_authentic(number, key->pin.token, hash->bytes, hash->len, &mac))
		return CTAP2_PIN_AUTH_INVALID;
	*ret_verified = true;
	return CTAP2_OK;
}
