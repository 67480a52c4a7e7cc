/*
 * Signatures of OpenSSH's security keys (its PROTOCOL.u2f), as an agent or a
 * file has them. What a key signs is the same as any assertion's authenticator
 * data, and is verified the same way.
 */
#ifndef FIDO_SSH_SIGNATURE_H
#define FIDO_SSH_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "fido/credential.h"

#define SSH_SIGNATURE_SIZE	80	/* octets: r and s in DER; EdDSA */

struct ssh_signature {
	enum fido_algorithm	algorithm;
	uint8_t			flags;		/* of the authenticator data */
	uint32_t		count;		/* the key's signatures */
	size_t			len;
	uint8_t			bytes[SSH_SIGNATURE_SIZE];
};

/*
 * Reads the LEN octets of BLOB: type, signature, flags and counter, nothing
 * after them. Nothing is verified by this.
 *  MFA_ACCESS_DENIED  anything else; the detail says what
 */
enum mfa_code	ssh_signature_parse(const uint8_t *blob, size_t len,
		    struct ssh_signature *ret, struct mfa_error *err)
		    _must_check_;

/* Does it say that the user was verified, by a PIN or a finger? */
bool	ssh_signature_has_uv(const struct ssh_signature *signature);

/*
 * Verifies SIGNATURE by KEY (of format FIDO_SSH) over the LEN octets of DATA,
 * with user presence, and verification where REQUIRE_UV. The counter is told,
 * not judged.
 *  MFA_ACCESS_DENIED    not verified; the detail says what is missing
 *  MFA_SERVICE_FAILURE  libfido2 can't be loaded; no memory
 */
enum mfa_code	ssh_signature_verify(const struct fido_credential *key,
		    const struct ssh_signature *signature, const void *data,
		    size_t len, bool require_uv, uint32_t *ret_count,
		    struct mfa_error *err) _must_check_;

#endif
