/*
 * An attestation certificate (WebAuthn Level 2, sections 8.2.1 and 8.6), and
 * the roots that it must lead to. For src/fido alone.
 */
#ifndef FIDO_CERTIFICATE_H
#define FIDO_CERTIFICATE_H

#include <openssl/x509.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "fido/credential.h"

struct certificate {
	X509	*x509;				/* owned */
	bool	has_aaguid;			/* the extension */
	uint8_t	aaguid[FIDO_AAGUID_SIZE];
};

/* For _cleanup_. */
void	certificate_clear(struct certificate *certificate);

/*
 * Reads DER, which must be LEN octets of one certificate in canonical form
 * with a key of ES256; what it says is not verified by this. *RET is the
 * caller's, to be cleared.
 *  MFA_ACCESS_DENIED    it is anything else
 *  MFA_SERVICE_FAILURE  no memory
 */
enum mfa_code	certificate_parse(const uint8_t *der, size_t len,
		    struct certificate *ret, struct mfa_error *err)
		    _must_check_;

/*
 * Verifies that CERTIFICATE leads to one of those in the PEM file ROOTS, root's
 * and not to be written by others; intermediate ones are there too. Where it
 * is for a statement in FORMAT packed, also that it is for attestation: version
 * 3, of no certificate authority, of the unit "Authenticator Attestation".
 *  MFA_ACCESS_DENIED          it does not, or is not; the detail says why
 *  MFA_INVALID_CONFIGURATION  ROOTS can't be read, or has no certificate
 *  MFA_SERVICE_FAILURE        no memory
 */
enum mfa_code	certificate_verify(const struct certificate *certificate,
		    enum fido_format format, const char *roots,
		    struct mfa_error *err) _must_check_;

#endif
