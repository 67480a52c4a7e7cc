/*
 * What "ssh-keygen -Y sign" makes (OpenSSH's PROTOCOL.sshsig), of a security
 * key and in one namespace of its own: a signature that is made for something
 * else is none here, and one that is made here is none elsewhere.
 */
#ifndef FIDO_SSHSIG_H
#define FIDO_SSHSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "fido/credential.h"
#include "fido/ssh_signature.h"

#define SSHSIG_NAMESPACE	"awsmfa"
#define SSHSIG_TEXT_MAX		4096	/* octets of armour */
#define SSHSIG_SIGNED_SIZE	128	/* more than what is signed has */

enum sshsig_hash { SSHSIG_SHA256, SSHSIG_SHA512 };

struct sshsig {
	struct fido_credential	key;	/* that it says to be by */
	enum sshsig_hash	hash;	/* of the message */
	struct ssh_signature	signature;
};

/*
 * Reads the LEN octets of BLOB, strictly: version 1, our namespace, nothing
 * reserved, nothing after it. Nothing is verified by this.
 *  MFA_ACCESS_DENIED  anything else; the detail says what
 */
enum mfa_code	sshsig_parse(const uint8_t *blob, size_t len,
		    struct sshsig *ret, struct mfa_error *err) _must_check_;

/*
 * The same for LEN octets of TEXT: base64 with or without its armour, with or
 * without line ends and spaces.
 */
enum mfa_code	sshsig_parse_text(const char *text, size_t len,
		    struct sshsig *ret, struct mfa_error *err) _must_check_;

/*
 * What a key is to sign for a MESSAGE of LEN octets; an agent is given this.
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	sshsig_make_signed(const void *message, size_t len,
		    enum sshsig_hash hash,
		    uint8_t ret[static SSHSIG_SIGNED_SIZE], size_t *ret_len,
		    struct mfa_error *err) _must_check_;

/*
 * Verifies that SIG is by KEY, and says so, over MESSAGE; the rest as
 * ssh_signature_verify().
 */
enum mfa_code	sshsig_verify(const struct fido_credential *key,
		    const struct sshsig *sig, const void *message, size_t len,
		    bool require_uv, uint32_t *ret_count,
		    struct mfa_error *err) _must_check_;

#endif
