#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"
#include "fido/base64.h"
#include "store/seal.h"

#define NONCE_SIZE  12
#define TAG_SIZE    16
#define KIND_MAX    32
#define DATA_MAX    1024

/* What is encoded: a nonce, ciphertext as long as the secret, a tag. */
struct sealed {
	size_t len;
	uint8_t bytes[NONCE_SIZE + SECRET_SIZE + TAG_SIZE];
};

static void
cipher_freep(EVP_CIPHER_CTX **cipher)
{
	EVP_CIPHER_CTX_free(*cipher);
}

/* Fetched once, for the process and those that it forks; NULL: can't be. */
static const EVP_CIPHER *
find_cipher(void)
{
	static EVP_CIPHER *cipher;

	if (cipher == NULL)
		cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	return cipher;
}

static const EVP_MD *
find_digest(void)
{
	static EVP_MD *digest;

	if (digest == NULL)
		digest = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	return digest;
}

bool
seal_digest(const void *data, size_t len, uint8_t ret[static SEAL_DIGEST_SIZE])
{
	const EVP_MD *digest = find_digest();

	/* Without one libcrypto would look for it. */
	return digest != NULL &&
	    EVP_Digest(data, len, ret, NULL, digest, NULL) == 1;
}

/* A cipher under KEY with NONCE that has taken CONTEXT in, or NULL. */
static EVP_CIPHER_CTX *
start_cipher(const struct secret *key, const uint8_t *nonce,
    const char *context, int encrypt)
{
	_cleanup_(cipher_freep) EVP_CIPHER_CTX *cipher = NULL;
	const EVP_CIPHER *gcm = find_cipher();
	size_t context_len = strlen(context);
	int n;

	if (gcm == NULL || key->len != HOST_KEY_SIZE || context_len > DATA_MAX)
		return NULL;
	cipher = EVP_CIPHER_CTX_new();
	if (cipher == NULL ||
	    EVP_CipherInit_ex2(cipher, gcm, key->bytes, nonce, encrypt, NULL) !=
		1 ||
	    EVP_CipherUpdate(cipher, NULL, &n, (const uint8_t *)context,
		(int)context_len) != 1)
		return NULL;
	return steal(&cipher);
}

enum mfa_code
seal_close(const struct secret *key, const struct world *world,
    const char *context, const struct secret *plain,
    char ret_text[static SEALED_SIZE], struct mfa_error *err)
{
	_cleanup_(cipher_freep) EVP_CIPHER_CTX *cipher = NULL;
	struct sealed sealed;
	uint8_t *body = sealed.bytes + NONCE_SIZE;
	int n, rest;

	if (plain->len == 0 || plain->len > SECRET_SIZE)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a secret of %zu octets can't be sealed", plain->len);
	if (!world->random(world->ctx, sealed.bytes, NONCE_SIZE))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no randomness to seal a secret with");
	cipher = start_cipher(key, sealed.bytes, context, 1);
	if (cipher == NULL ||
	    EVP_CipherUpdate(cipher, body, &n, plain->bytes, (int)plain->len) !=
		1 ||
	    EVP_CipherFinal_ex(cipher, body + n, &rest) != 1 ||
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
		body + plain->len) != 1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "libcrypto could not seal a secret");
	sealed.len = NONCE_SIZE + plain->len + TAG_SIZE;
	base64_encode(sealed.bytes, sealed.len, ret_text);
	return MFA_OK;
}

enum mfa_code
seal_open(const struct secret *key, const char *context, const char *text,
    struct secret *ret_plain, struct mfa_error *err)
{
	_cleanup_(cipher_freep) EVP_CIPHER_CTX *cipher = NULL;
	_cleanup_(secret_wipe) struct secret plain = { 0 };
	struct sealed sealed;
	uint8_t *body = sealed.bytes + NONCE_SIZE;
	int n, rest;

	if (!base64_decode(text, sealed.bytes, sizeof(sealed.bytes),
		&sealed.len) ||
	    sealed.len <= NONCE_SIZE + TAG_SIZE)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "not a sealed secret");
	plain.len = sealed.len - NONCE_SIZE - TAG_SIZE;
	cipher = start_cipher(key, sealed.bytes, context, 0);
	if (cipher == NULL ||
	    EVP_CipherUpdate(cipher, plain.bytes, &n, body, (int)plain.len) !=
		1 ||
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE,
		body + plain.len) != 1 ||
	    EVP_CipherFinal_ex(cipher, plain.bytes + n, &rest) != 1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a sealed secret does not open: it was changed, moved from "
		    "elsewhere or sealed under another host.key");
	*ret_plain = plain;
	return MFA_OK;
}

/* KIND, NUL, DATA in one piece; false where it does not fit. */
static bool
join(const char *kind, const void *data, size_t len,
    uint8_t ret[static KIND_MAX + DATA_MAX], size_t *ret_len)
{
	size_t kind_len = strlen(kind) + 1;

	if (kind_len > KIND_MAX || len > DATA_MAX)
		return false;
	memcpy(ret, kind, kind_len);
	memcpy(ret + kind_len, data, len);
	*ret_len = kind_len + len;
	return true;
}

enum mfa_code
seal_hash(const char *kind, const void *data, size_t len,
    char ret_name[static HASH_NAME_SIZE], struct mfa_error *err)
{
	uint8_t joined[KIND_MAX + DATA_MAX], hash[SEAL_DIGEST_SIZE];
	size_t joined_len;

	if (!join(kind, data, len, joined, &joined_len) ||
	    !seal_digest(joined, joined_len, hash))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "libcrypto could not hash a %s", kind);
	text_hex(ret_name, hash, sizeof(hash));
	return MFA_OK;
}

enum mfa_code
seal_mac(const struct secret *key, const char *kind, const void *data,
    size_t len, uint8_t ret_mac[static SEAL_MAC_SIZE], struct mfa_error *err)
{
	uint8_t joined[KIND_MAX + DATA_MAX];
	size_t joined_len = 0;
	bool made;

	made = key->len == HOST_KEY_SIZE &&
	    join(kind, data, len, joined, &joined_len) &&
	    HMAC(EVP_sha256(), key->bytes, (int)key->len, joined, joined_len,
		ret_mac, NULL) != NULL;
	explicit_bzero(joined, sizeof(joined));
	if (!made)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "libcrypto could not hash a %s", kind);
	return MFA_OK;
}

enum mfa_code
seal_keyed_hash(const struct secret *key, const char *kind, const void *data,
    size_t len, char ret_name[static HASH_NAME_SIZE], struct mfa_error *err)
{
	uint8_t mac[SEAL_MAC_SIZE];
	enum mfa_code code;

	if ((code = seal_mac(key, kind, data, len, mac, err)) == MFA_OK)
		text_hex(ret_name, mac, sizeof(mac));
	return code;
}

bool
seal_is_equal(const char *given, const char wanted[static HASH_NAME_SIZE])
{
	return strlen(given) == HASH_NAME_SIZE - 1 &&
	    CRYPTO_memcmp(given, wanted, HASH_NAME_SIZE) == 0;
}
