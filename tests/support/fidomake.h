/*
 * Credentials, attestations and assertions as a security key makes them, right
 * in every detail, for a test to alter. Whatever fails here ends the process.
 */
#ifndef SUPPORT_FIDOMAKE_H
#define SUPPORT_FIDOMAKE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fido/credential.h"

#define FIDOMAKE_SIZE	5000	/* more than any limit of credential.h */
#define FIDOMAKE_ID	64	/* octets of a credential id */

#define FIDOMAKE_UP	0x01	/* flags of authenticator data */
#define FIDOMAKE_UV	0x04
#define FIDOMAKE_AT	0x40
#define FIDOMAKE_ED	0x80

struct fidomake_blob {
	size_t	len;
	uint8_t	bytes[FIDOMAKE_SIZE];
};

/* A credential in a security key. */
struct fidomake_key {
	enum fido_algorithm	algorithm;
	EVP_PKEY		*pair;
	const char		*rp_id;		/* borrowed */
	uint8_t			aaguid[FIDO_AAGUID_SIZE];
	struct fidomake_blob	id;
};

/* A certificate and the key that it is of: of a root, or of attestation. */
struct fidomake_signer {
	X509		*x509;
	EVP_PKEY	*pair;
};

/* What the certificate is to be; zeros are fine. */
struct fidomake_terms {
	const struct fidomake_signer	*issuer;	/* NULL: itself */
	bool				authority;
	const char			*unit;	/* NULL: the right one */
	const uint8_t			*aaguid;	/* NULL: no extension */
	bool				critical;	/* that extension */
	int				version;	/* 0: 3 */
	long				from, to;	/* days; 0: -1, 365 */
	const char			*curve;		/* NULL: P-256 */
};

/* An answer to makeCredential. */
struct fidomade {
	const char		*format;
	struct fidomake_blob	authdata;
	struct fidomake_blob	signature;
	struct fidomake_blob	certificate;	/* len 0: none */
	struct fidomake_blob	id;
};

/* An answer to getAssertion. */
struct fidoasserted {
	struct fidomake_blob	authdata;
	struct fidomake_blob	signature;
};

/* A new key pair with a new credential id and the AAGUID 10 11 ... 1f. */
void	fidomake_key_new(struct fidomake_key *ret,
	    enum fido_algorithm algorithm, const char *rp_id);
void	fidomake_key_clear(struct fidomake_key *key);

void	fidomake_signer_new(struct fidomake_signer *ret, const char *name,
	    const struct fidomake_terms *terms);
void	fidomake_signer_clear(struct fidomake_signer *signer);
/* The certificate in PEM, after what is in TEXT. */
void	fidomake_pem(const struct fidomake_signer *signer,
	    struct fidomake_blob *text);

/* A packed attestation by SIGNER's certificate, or KEY's own where NULL. */
void	fidomake_packed(const struct fidomake_key *key,
	    const struct fidomake_signer *signer, uint8_t flags,
	    uint32_t count, const uint8_t *hash, struct fidomade *ret);
/* What libfido2 makes of a U2F registration. */
void	fidomake_u2f(const struct fidomake_key *key,
	    const struct fidomake_signer *signer, const uint8_t *hash,
	    struct fidomade *ret);
/* Signs again, for a test that altered the authenticator data. */
void	fidomake_sign(EVP_PKEY *pair, const struct fidomake_blob *authdata,
	    const uint8_t *hash, struct fidomake_blob *ret);
/* The same as the unit's own type; borrows from MADE. */
struct fido_made	fidomake_made(const struct fidomade *made);

void	fidomake_asserted(const struct fidomake_key *key, uint8_t flags,
	    uint32_t count, const uint8_t *hash, struct fidoasserted *ret);
struct fido_asserted	fidomake_view(const struct fidoasserted *asserted);

/* KEY as the relying party keeps it once it is verified. */
void	fidomake_credential(const struct fidomake_key *key,
	    struct fido_credential *ret);

/* Appends. */
void	fidomake_put(struct fidomake_blob *blob, const void *octets,
	    size_t len);

/*
 * One alteration of BLOB after another, JUDGE called for each: every octet
 * xor 1, then xor 0x80, then shorter by one, longer by one, and empty. BLOB is
 * as it was at the end.
 */
void	fidomake_alter(struct fidomake_blob *blob,
	    void (*judge)(void *ctx, const char *how, size_t at), void *ctx);

#endif
