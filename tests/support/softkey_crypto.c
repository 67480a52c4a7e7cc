#include <err.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <string.h>

#include "support/softkey_crypto.h"

void
pkey_freep(EVP_PKEY **pkey)
{
	EVP_PKEY_free(*pkey);
	*pkey = NULL;
}

void
crypto_check(bool ok, const char *what)
{
	if (!ok)
		errx(1, "%s: %s", what,
		    ERR_error_string(ERR_get_error(), NULL));
}

void
crypto_random(void *buf, size_t len)
{
	crypto_check(RAND_bytes(buf, (int)len) == 1, "random");
}

void
crypto_sha256(const void *data, size_t len,
    uint8_t ret[static SOFTKEY_HASH_SIZE])
{
	crypto_check(EVP_Digest(data, len, ret, NULL, EVP_sha256(), NULL) == 1,
	    "SHA-256");
}

void
crypto_hmac(const void *mac_key, size_t key_len, const void *data, size_t len,
    uint8_t ret[static SOFTKEY_HASH_SIZE])
{
	crypto_check(HMAC(EVP_sha256(), mac_key, (int)key_len, data, len, ret,
			 NULL) != NULL,
	    "HMAC");
}

static EVP_PKEY *
key_from(OSSL_PARAM_BLD *build, int selection)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *pkey = NULL;

	crypto_check(ctx != NULL && params != NULL &&
		EVP_PKEY_fromdata_init(ctx) == 1,
	    "EC key");
	if (EVP_PKEY_fromdata(ctx, &pkey, selection, params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
ec_key(const BIGNUM *scalar, const uint8_t *point)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *pkey;

	crypto_check(build != NULL &&
		OSSL_PARAM_BLD_push_utf8_string(build,
		    OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
		OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
		    point, CRYPTO_POINT_SIZE) == 1 &&
		(scalar == NULL ||
		    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY,
			scalar) == 1),
	    "EC parameters");
	pkey = key_from(build,
	    scalar != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

static EVP_PKEY *
p256_private_key(const uint8_t *secret)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *scalar = BN_bin2bn(secret, 32, NULL);
	EC_POINT *point;
	uint8_t octets[CRYPTO_POINT_SIZE];
	EVP_PKEY *pkey;

	crypto_check(group != NULL && ctx != NULL && scalar != NULL, "P-256");
	point = EC_POINT_new(group);
	crypto_check(point != NULL &&
		BN_mod(scalar, scalar, EC_GROUP_get0_order(group), ctx) == 1 &&
		!BN_is_zero(scalar) &&
		EC_POINT_mul(group, point, scalar, NULL, NULL, ctx) == 1 &&
		EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED,
		    octets, sizeof(octets), ctx) == sizeof(octets),
	    "P-256");
	pkey = ec_key(scalar, octets);
	crypto_check(pkey != NULL, "P-256");
	EC_POINT_free(point);
	BN_clear_free(scalar);
	BN_CTX_free(ctx);
	EC_GROUP_free(group);
	return pkey;
}

EVP_PKEY *
crypto_private_key(int algorithm, const uint8_t secret[static 32])
{
	EVP_PKEY *pkey;

	if (algorithm == COSE_ES256)
		return p256_private_key(secret);
	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, 32);
	crypto_check(pkey != NULL, "Ed25519");
	return pkey;
}

EVP_PKEY *
crypto_public_key(const uint8_t x[static 32], const uint8_t y[static 32])
{
	uint8_t point[CRYPTO_POINT_SIZE] = { 4 };

	memcpy(point + 1, x, 32);
	memcpy(point + 33, y, 32);
	return ec_key(NULL, point);
}

size_t
crypto_public(EVP_PKEY *pkey, uint8_t ret[static CRYPTO_POINT_SIZE])
{
	size_t len = CRYPTO_POINT_SIZE;

	if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519)
		crypto_check(EVP_PKEY_get_raw_public_key(pkey, ret, &len) == 1,
		    "Ed25519");
	else
		crypto_check(EVP_PKEY_get_octet_string_param(pkey,
				 OSSL_PKEY_PARAM_PUB_KEY, ret,
				 CRYPTO_POINT_SIZE, &len) == 1,
		    "P-256");
	return len;
}

size_t
crypto_sign(EVP_PKEY *pkey, int algorithm, const void *data, size_t len,
    uint8_t ret[static CRYPTO_SIGNATURE_MAX])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t signature_len = CRYPTO_SIGNATURE_MAX;

	crypto_check(ctx != NULL &&
		EVP_DigestSignInit(ctx, NULL,
		    algorithm == COSE_ES256 ? EVP_sha256() : NULL, NULL,
		    pkey) == 1 &&
		EVP_DigestSign(ctx, ret, &signature_len, data, len) == 1,
	    "signature");
	EVP_MD_CTX_free(ctx);
	return signature_len;
}

bool
crypto_ecdh(EVP_PKEY *own, EVP_PKEY *peer, uint8_t ret[static 32])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t len = 32;
	bool ok;

	crypto_check(ctx != NULL && EVP_PKEY_derive_init(ctx) == 1, "ECDH");
	ok = EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
	    EVP_PKEY_derive(ctx, ret, &len) == 1 && len == 32;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

void
crypto_cbc(bool encrypt, const uint8_t aes[static 32],
    const uint8_t iv[static 16], const uint8_t *in, size_t len, uint8_t *ret)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done;

	crypto_check(ctx != NULL &&
		EVP_CipherInit_ex2(ctx, EVP_aes_256_cbc(), aes, iv, encrypt,
		    NULL) == 1 &&
		EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		EVP_CipherUpdate(ctx, ret, &done, in, (int)len) == 1 &&
		done == (int)len,
	    "AES-CBC");
	EVP_CIPHER_CTX_free(ctx);
}
