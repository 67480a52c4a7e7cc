/*
 * What softkey computes, on OpenSSL's current interface. A call that fails ends
 * the program: there is nothing that a test could learn after it.
 */
#ifndef SUPPORT_SOFTKEY_CRYPTO_H
#define SUPPORT_SOFTKEY_CRYPTO_H

#include "support/softkey.h"

#define CRYPTO_POINT_SIZE	65	/* P-256, uncompressed: 04 x y */
#define CRYPTO_SIGNATURE_MAX	80	/* DER of ES256, or 64 of EdDSA */

/* COSE algorithms (RFC 9053). */
#define COSE_ES256		(-7)
#define COSE_EDDSA		(-8)
#define COSE_ECDH		(-25)	/* ECDH-ES + HKDF-256 */

/* One of a P-256 or Ed25519 private key: its 32 octets. */
#define CREDENTIAL_ID_SIZE	(12 + 1 + 32 + 16)

struct credential {
	int		algorithm;
	EVP_PKEY	*pkey;
	uint8_t		id[CREDENTIAL_ID_SIZE];
};

/* For _cleanup_. */
void	pkey_freep(EVP_PKEY **pkey);
void	credential_wipe(struct credential *credential);

/* Ends the program with a message where OK is false. */
void	crypto_check(bool ok, const char *what);

void	crypto_random(void *buf, size_t len);
void	crypto_sha256(const void *data, size_t len,
	    uint8_t ret[static SOFTKEY_HASH_SIZE]);
void	crypto_hmac(const void *mac_key, size_t key_len, const void *data,
	    size_t len, uint8_t ret[static SOFTKEY_HASH_SIZE]);

/* A private key of 32 octets: as they are, or modulo the order of P-256. */
EVP_PKEY *crypto_private_key(int algorithm, const uint8_t secret[static 32]);

/* A peer's P-256 public key, NULL where it is no point of the curve. */
EVP_PKEY *crypto_public_key(const uint8_t x[static 32],
	    const uint8_t y[static 32]);

/* The public key: 04 x y of P-256, or 32 octets of Ed25519. */
size_t	crypto_public(EVP_PKEY *pkey, uint8_t ret[static CRYPTO_POINT_SIZE]);

size_t	crypto_sign(EVP_PKEY *pkey, int algorithm, const void *data, size_t len,
	    uint8_t ret[static CRYPTO_SIGNATURE_MAX]);

/* The x of ECDH; false where the peer's key does not do. */
bool	crypto_ecdh(EVP_PKEY *own, EVP_PKEY *peer, uint8_t ret[static 32])
	    _must_check_;

/* AES-256-CBC without padding; LEN is a multiple of 16. */
void	crypto_cbc(bool encrypt, const uint8_t aes[static 32],
	    const uint8_t iv[static 16], const uint8_t *in, size_t len,
	    uint8_t *ret);

/*
 * Credentials. The id is nonce, ciphertext and tag of AES-256-GCM under the
 * master key, bound to the relying party; credential_open() is false for an id
 * of another key or another relying party.
 */
void	credential_make(const struct softkey *key,
	    const uint8_t rp[static SOFTKEY_HASH_SIZE], int algorithm,
	    struct credential *ret);
bool	credential_open(const struct softkey *key,
	    const uint8_t rp[static SOFTKEY_HASH_SIZE], const uint8_t *id,
	    size_t len, struct credential *ret) _must_check_;

/*
 * Makes the attestation key of the batch NAME with its certificate, signed by
 * the root of that name; the same name is the same root each time. The root
 * is written as PEM to ROOT_PATH unless that is NULL.
 */
void	batch_make(struct softkey_batch *batch, const char *name,
	    const char *root_path);

#endif
