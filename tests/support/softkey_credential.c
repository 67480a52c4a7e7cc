#include <openssl/crypto.h>
#include <string.h>

#include "support/softkey_crypto.h"

#define NONCE_SIZE	12
#define PLAIN_SIZE	(1 + 32)	/* algorithm, private key */
#define TAG_SIZE	16

void
credential_wipe(struct credential *credential)
{
	pkey_freep(&credential->pkey);
}

static void
wrapping_key(const struct softkey *key, uint8_t *ret)
{
	static const char purpose[] = "credential";

	crypto_hmac(key->master, sizeof(key->master), purpose, sizeof(purpose),
	    ret);
}

/* A context that has taken the relying party in. */
static EVP_CIPHER_CTX *
gcm_new(const struct softkey *key, bool encrypt, const uint8_t *rp,
    const uint8_t *nonce)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t aes[SOFTKEY_HASH_SIZE];
	int done;

	wrapping_key(key, aes);
	crypto_check(ctx != NULL &&
		EVP_CipherInit_ex2(ctx, EVP_aes_256_gcm(), aes, nonce, encrypt,
		    NULL) == 1 &&
		EVP_CipherUpdate(ctx, NULL, &done, rp, SOFTKEY_HASH_SIZE) == 1,
	    "AES-GCM");
	OPENSSL_cleanse(aes, sizeof(aes));
	return ctx;
}

static void
seal(const struct softkey *key, const uint8_t *rp, const uint8_t *plain,
    uint8_t *id)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t *ciphertext = id + NONCE_SIZE;
	uint8_t *tag = ciphertext + PLAIN_SIZE;
	int done;

	crypto_random(id, NONCE_SIZE);
	ctx = gcm_new(key, true, rp, id);
	crypto_check(EVP_CipherUpdate(ctx, ciphertext, &done, plain,
			 PLAIN_SIZE) == 1 &&
		EVP_CipherFinal_ex(ctx, tag, &done) == 1 &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE,
		    tag) == 1,
	    "AES-GCM");
	EVP_CIPHER_CTX_free(ctx);
}

static bool
unseal(const struct softkey *key, const uint8_t *rp, const uint8_t *id,
    uint8_t *plain)
{
	EVP_CIPHER_CTX *ctx = gcm_new(key, false, rp, id);
	const uint8_t *ciphertext = id + NONCE_SIZE;
	uint8_t tag[TAG_SIZE], rest[TAG_SIZE];
	int done;
	bool ok;

	memcpy(tag, ciphertext + PLAIN_SIZE, sizeof(tag));
	ok = EVP_CipherUpdate(ctx, plain, &done, ciphertext, PLAIN_SIZE) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) ==
		1 &&
	    EVP_CipherFinal_ex(ctx, rest, &done) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

void
credential_make(const struct softkey *key,
    const uint8_t rp[static SOFTKEY_HASH_SIZE], int algorithm,
    struct credential *ret)
{
	uint8_t plain[PLAIN_SIZE];

	plain[0] = (uint8_t)-algorithm;
	crypto_random(plain + 1, sizeof(plain) - 1);
	ret->algorithm = algorithm;
	ret->pkey = crypto_private_key(algorithm, plain + 1);
	seal(key, rp, plain, ret->id);
	OPENSSL_cleanse(plain, sizeof(plain));
}

bool
credential_open(const struct softkey *key,
    const uint8_t rp[static SOFTKEY_HASH_SIZE], const uint8_t *id, size_t len,
    struct credential *ret)
{
	uint8_t plain[PLAIN_SIZE];

	if (len != CREDENTIAL_ID_SIZE || !unseal(key, rp, id, plain))
		return false;
	ret->algorithm = -plain[0];
	ret->pkey = crypto_private_key(ret->algorithm, plain + 1);
	memcpy(ret->id, id, len);
	OPENSSL_cleanse(plain, sizeof(plain));
	return true;
}
