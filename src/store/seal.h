/*
 * Sealing of secrets at rest: AES-256-GCM (NIST SP 800-38D) under host.key with
 * a random 96-bit nonce, bound to a context text. It protects backups and
 * copies of the store, no more.
 */
#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/world.h"
#include "fido/base64.h"

#define HOST_KEY_SIZE	32
/* base64 of nonce (12), ciphertext, tag (16), with its NUL */
#define SEALED_SIZE	BASE64_SIZE(12 + SECRET_SIZE + 16)
#define SEAL_MAC_SIZE	32	/* octets */
#define SEAL_DIGEST_SIZE 32	/* octets */
#define HASH_NAME_SIZE	65	/* 64 hexadecimal digits and a NUL */

/*
 * RET_TEXT is the sealed secret as base64.
 *  MFA_SERVICE_FAILURE  no randomness, libcrypto failed
 */
enum mfa_code	seal_close(const struct secret *key, const struct world *world,
		    const char *context, const struct secret *plain,
		    char ret_text[static SEALED_SIZE], struct mfa_error *err)
		    _must_check_;

/*
 *  MFA_SERVICE_FAILURE  not base64, not sealed under this key, or for another
 *                       context
 */
enum mfa_code	seal_open(const struct secret *key, const char *context,
		    const char *text, struct secret *ret_plain,
		    struct mfa_error *err) _must_check_;

/* SHA-256 of LEN octets. False: libcrypto failed. */
bool	seal_digest(const void *data, size_t len,
	    uint8_t ret[static SEAL_DIGEST_SIZE]) _must_check_;

/*
 * Names of claims and inventory records. seal_hash: SHA-256 of KIND, NUL, DATA;
 * seal_keyed_hash: HMAC-SHA-256 of the same under host.key, for data that is
 * secret. 64 lower-case hexadecimal digits.
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	seal_hash(const char *kind, const void *data, size_t len,
		    char ret_name[static HASH_NAME_SIZE], struct mfa_error *err)
		    _must_check_;
enum mfa_code	seal_keyed_hash(const struct secret *key, const char *kind,
		    const void *data, size_t len,
		    char ret_name[static HASH_NAME_SIZE], struct mfa_error *err)
		    _must_check_;

/*
 * The octets of seal_keyed_hash().
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	seal_mac(const struct secret *key, const char *kind,
		    const void *data, size_t len,
		    uint8_t ret_mac[static SEAL_MAC_SIZE],
		    struct mfa_error *err) _must_check_;

/*
 * Is GIVEN such a name, and the one that is WANTED? Takes the same time
 * wherever they differ, and whatever is wanted.
 */
bool	seal_is_equal(const char *given,
	    const char wanted[static HASH_NAME_SIZE]);

#endif
