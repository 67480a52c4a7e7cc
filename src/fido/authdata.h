/*
 * Authenticator data (WebAuthn Level 2, section 6.1), read strictly: what isn't
 * understood, asked for or canonical is refused. For src/fido alone.
 */
#ifndef FIDO_AUTHDATA_H
#define FIDO_AUTHDATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "fido/credential.h"

struct authdata {
	bool		user_verified;
	uint32_t	sign_count;
	/* Those of a credential that was made; else none. */
	uint8_t		aaguid[FIDO_AAGUID_SIZE];
	size_t		id_len;
	const uint8_t	*id;		/* in what was parsed */
	size_t		key_len;
	uint8_t		key[FIDO_PUBLIC_KEY_MAX];
};

/*
 * Reads the LEN octets of BYTES, made for RP_ID with the user present: a
 * credential of ALGORITHM, its COSE key as CTAP2's canonical CBOR, no
 * extension, nothing after it.
 *  MFA_ACCESS_DENIED    anything else; the detail says what
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	authdata_parse_made(const uint8_t *bytes, size_t len,
		    const char *rp_id, enum fido_algorithm algorithm,
		    struct authdata *ret, struct mfa_error *err) _must_check_;

/* The same for an assertion: no credential, no extension, nothing after it. */
enum mfa_code	authdata_parse_asserted(const uint8_t *bytes, size_t len,
		    const char *rp_id, struct authdata *ret,
		    struct mfa_error *err) _must_check_;

#endif
