/* What the tests of src/fido share. */
#ifndef TESTS_UNIT_FIDOTEST_H
#define TESTS_UNIT_FIDOTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "fido/credential.h"
#include "support/fidomake.h"

#define FIDOTEST_RP	"awsmfa"

/* Of the client data: 00 01 ... 1f. */
extern const uint8_t		fidotest_hash[FIDO_HASH_SIZE];
/* Nothing is required. */
extern const struct fido_policy	fidotest_any;

/* The attestations that a key may give: "SELF" without a certificate. */
enum fidotest_kind {
	FIDOTEST_ES256_SELF, FIDOTEST_ES256, FIDOTEST_EDDSA_SELF,
	FIDOTEST_EDDSA, FIDOTEST_U2F, FIDOTEST_KINDS
};

/* One credential of each algorithm, and the certificate that attests them. */
struct fidotest_set {
	struct fidomake_key	keys[2];
	struct fidomake_signer	signer;
};

void	fidotest_set_new(struct fidotest_set *ret);
void	fidotest_set_clear(struct fidotest_set *set);

enum fido_algorithm	fidotest_algorithm(int kind);
/* The credential that an attestation of KIND is of. */
const struct fidomake_key	*fidotest_key(const struct fidotest_set *set,
				    int kind);
/* An attestation with these flags (but U2F's own) and counter 7 (U2F: 0). */
void	fidotest_make(const struct fidotest_set *set, int kind,
	    uint8_t flags, struct fidomade *ret);
/* Signs what was altered, as a key would that does such things. Not U2F. */
void	fidotest_sign(const struct fidotest_set *set, int kind,
	    struct fidomade *made);

/*
 * What fido_verify_made() says to MADE. *RET, which may be NULL, is untouched
 * where that isn't MFA_OK, or the test fails; DETAIL, where it isn't NULL, must
 * be in the error's.
 */
enum mfa_code	fidotest_verify(const struct fidomade *made,
		    enum fido_algorithm algorithm,
		    const struct fido_policy *policy,
		    struct fido_credential *ret, const char *detail);

/* Is libfido2 in this process's memory? */
bool	fidotest_is_mapped(void);

/* Fails the test where KEPT isn't KEY's credential as MADE has it. */
void	fidotest_assert_kept(const struct fido_credential *kept,
	    const struct fidomake_key *key, const struct fidomade *made);

#endif
