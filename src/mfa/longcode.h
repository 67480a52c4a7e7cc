/*
 * Codes that can't be guessed: 80 random bits as 16 characters of base32, in
 * groups of four ("ABCD-EFGH-IJKL-MNOP"). Recovery codes, grants and
 * invitations are such codes; the store has keyed hashes of them.
 */
#ifndef MFA_LONGCODE_H
#define MFA_LONGCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/secret.h"
#include "mfa/context.h"

#define LONGCODE_SIZE		10	/* octets */
#define LONGCODE_TEXT_SIZE	20	/* octets, with hyphens and the NUL */
#define LONGCODE_HASH_SIZE	32	/* octets */

/* Wiped by _cleanup_(longcode_wipe). */
struct longcode {
	char	text[LONGCODE_TEXT_SIZE];
};

enum longcode_kind { LONGCODE_RECOVERY, LONGCODE_GRANT, LONGCODE_INVITE };

void	longcode_wipe(struct longcode *code);

/*
 * Is ANSWER, LEN octets as typed, of such a code's shape? Spaces, hyphens and
 * case do not count; there is a letter in it, which none of a device's codes
 * has. RET gets its LONGCODE_SIZE octets.
 */
bool	longcode_parse(const void *answer, size_t len, struct secret *ret)
	    _must_check_;

/*
 * A new code.
 *  MFA_SERVICE_FAILURE  no randomness
 */
enum mfa_code	longcode_make(const struct world *world, struct secret *ret,
		    struct longcode *ret_text, struct mfa_error *err)
		    _must_check_;

/*
 * What the store has of CODE, which is USER's and good for one thing: a hash of
 * LONGCODE_HASH_SIZE octets, keyed with host.key.
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	longcode_hash(const struct mfa_context *ctx,
		    const struct host_user *user, enum longcode_kind kind,
		    const struct secret *code, struct secret *ret,
		    struct mfa_error *err) _must_check_;

/* Is HASH the one in the store? Takes the same time whatever is in them. */
bool	longcode_is_hash(const struct secret *hash,
	    const uint8_t stored[static LONGCODE_HASH_SIZE]);

/*
 * Which of the COUNT in the store is HASH? COUNT: none of them. Takes the same
 * time, whichever it is.
 */
size_t	longcode_find(const struct secret *hash,
	    const uint8_t (*stored)[LONGCODE_HASH_SIZE], size_t count);

#endif
