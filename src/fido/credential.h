/*
 * A FIDO credential (FIDO2, U2F or SSH) as the relying party keeps it, and the
 * verification of what a security key says: attestations (WebAuthn Level 2,
 * section 6.5) and assertions (section 6.3.3). libfido2 does it, and is loaded
 * when the first one is to be verified, not before.
 */
#ifndef FIDO_CREDENTIAL_H
#define FIDO_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define FIDO_RP_ID_MAX		253	/* octets of a relying party's id */
#define FIDO_CREDENTIAL_ID_MAX	1023	/* octets (CTAP 2.1, 5.1) */
#define FIDO_PUBLIC_KEY_MAX	64	/* octets: x, y of ES256; 32 of EdDSA */
#define FIDO_CERTIFICATE_MAX	4096	/* octets of DER */
#define FIDO_AAGUID_SIZE	16
#define FIDO_HASH_SIZE		32	/* SHA-256 of the client data */
#define FIDO_AUTHDATA_MAX	2048	/* octets, not wrapped in CBOR */
#define FIDO_SIGNATURE_MAX	1024	/* octets */

enum fido_algorithm { FIDO_ES256, FIDO_EDDSA };	/* COSE -7, -8 */
/*
 * Attestation statements. Of an SSH key there is its public half alone, and of
 * a credential that another module of this host has made nobody has kept one.
 */
enum fido_format { FIDO_PACKED, FIDO_U2F, FIDO_SSH, FIDO_NONE };

struct fido_credential {
	char			rp_id[FIDO_RP_ID_MAX + 1];
	enum fido_algorithm	algorithm;
	enum fido_format	format;
	bool			user_verified;	/* at enrolment */
	uint8_t			aaguid[FIDO_AAGUID_SIZE]; /* zeros: U2F */
	uint32_t		sign_count;	/* at enrolment */
	size_t			id_len;		/* 0: of an SSH key */
	uint8_t			id[FIDO_CREDENTIAL_ID_MAX];
	size_t			key_len;
	uint8_t			key[FIDO_PUBLIC_KEY_MAX];
	size_t			certificate_len;	/* 0: by itself */
	uint8_t			certificate[FIDO_CERTIFICATE_MAX];
};

/* What a key answered to makeCredential, raw. Borrowed memory. */
struct fido_made {
	const char	*format;	/* "packed", "fido-u2f" */
	const uint8_t	*authdata;	/* not wrapped in CBOR */
	size_t		authdata_len;
	const uint8_t	*signature;
	size_t		signature_len;
	const uint8_t	*certificate;	/* x5c[0], DER; NULL: by itself */
	size_t		certificate_len;
	const uint8_t	*id;		/* credential id, U2F and FIDO2 alike */
	size_t		id_len;
};

/* What an attestation must be, by the administrator's settings. */
struct fido_policy {
	const char	*roots;		/* PEM file; NULL: any, self too */
	const uint8_t	(*aaguids)[FIDO_AAGUID_SIZE];	/* with roots only */
	size_t		aaguid_count;	/* 0: any */
	bool		user_verification;	/* required */
};

/* What a key answered to getAssertion, raw. Borrowed memory. */
struct fido_asserted {
	const uint8_t	*authdata;	/* not wrapped in CBOR */
	size_t		authdata_len;
	const uint8_t	*signature;
	size_t		signature_len;
};

/* "ES256", "EdDSA"; "packed", "fido-u2f", "ssh", "none" */
const char	*fido_algorithm_name(enum fido_algorithm algorithm);
bool	fido_algorithm_parse(const char *name, enum fido_algorithm *ret)
	    _must_check_;
const char	*fido_format_name(enum fido_format format);
bool	fido_format_parse(const char *name, enum fido_format *ret)
	    _must_check_;

/*
 * Verifies MADE against the client data's HASH that the endpoint chose, RP_ID,
 * the algorithm asked for, and POLICY: user presence set, the credential id in
 * authdata the same, signature by the certificate or by the credential itself,
 * chain to a root where roots are required, AAGUID in the list (and in the
 * certificate's extension 1.3.6.1.4.1.45724.1.1.4 the same where it has one).
 * What nobody asked for is refused: extensions, flags, octets that trail. A
 * certificate's key is one of ES256; authorities between it and a root are in
 * the roots' file, as keys don't hand them over. U2F signs no flags, counter or
 * AAGUID: it is never user verification, the AAGUID is zeros, to be listed as
 * such where there is a list, and the certificate's extension is not compared.
 *  MFA_ACCESS_DENIED         not verified, or not what POLICY requires; the
 *                            detail says which
 *  MFA_INVALID_CONFIGURATION roots can't be read; AAGUIDs without roots
 *  MFA_SERVICE_FAILURE       libfido2 can't be loaded; no memory
 */
enum mfa_code	fido_verify_made(const uint8_t hash[static FIDO_HASH_SIZE],
		    const char *rp_id, enum fido_algorithm algorithm,
		    const struct fido_policy *policy,
		    const struct fido_made *made,
		    struct fido_credential *ret, struct mfa_error *err)
		    _must_check_;

/*
 * Verifies ASSERTED by CREDENTIAL over HASH, for the credential's relying
 * party, with user presence, and verification where REQUIRE_UV. The counter is
 * told, not judged.
 *  MFA_ACCESS_DENIED    not verified; the detail says what is missing
 *  MFA_SERVICE_FAILURE  libfido2 can't be loaded; no memory
 */
enum mfa_code	fido_verify_asserted(const struct fido_credential *credential,
		    const uint8_t hash[static FIDO_HASH_SIZE], bool require_uv,
		    const struct fido_asserted *asserted, uint32_t *ret_count,
		    struct mfa_error *err) _must_check_;

#endif
