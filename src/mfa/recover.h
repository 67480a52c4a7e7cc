/*
 * The way back in for who has lost a device: recovery codes, which users make
 * for themselves, and what an administrator gives out: a grant, which lets in
 * for a while, and an invitation to enrol a first device.
 *
 * A recovery code goes with a user's devices: there are none for a user without
 * a device, and who gives up the last gives up the codes. Grant and invitation
 * do not; there is one of each for a user at a time. An invitation ends with
 * the first device.
 *
 * All functions can also end in MFA_CONCURRENT_MODIFICATION (someone else holds
 * the ledger's lock for too long) and MFA_SERVICE_FAILURE.
 */
#ifndef MFA_RECOVER_H
#define MFA_RECOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "mfa/context.h"
#include "mfa/longcode.h"
#include "mfa/proof.h"
#include "store/device.h"
#include "store/ledger.h"

#define RECOVER_CODES		10	/* of a set */
#define RECOVER_GRANT_MIN	60	/* seconds */
#define RECOVER_GRANT_MAX	604800	/* seconds: a week */
#define RECOVER_GRANT_SECONDS	3600	/* where it is not said */
#define RECOVER_USES_MAX	100
#define RECOVER_INVITE_MIN	60	/* seconds */
#define RECOVER_INVITE_MAX	7776000	/* seconds: 90 days */
#define RECOVER_INVITE_SECONDS	604800	/* where it is not said: a week */

/*
 * Makes a new set of recovery codes; those of an earlier one are no good from
 * then on. The codes are told this once. A crash leaves either the old set as
 * it was, or the new one.
 *  MFA_NO_SUCH_ENTITY   the user has no device
 *  MFA_LIMIT_EXCEEDED   the device file is full
 */
enum mfa_code	recover_create(const struct mfa_context *ctx,
		    const struct host_user *user,
		    struct longcode ret_codes[static RECOVER_CODES],
		    struct mfa_error *err) _must_check_;

/* What was given out. */
struct recover_given {
	struct longcode	code;		/* told this once */
	int64_t		expires;	/* epoch */
	uint32_t	uses;
};

/*
 * Grants USER, who need not have a device, USES sign-ins within SECONDS, in
 * place of any earlier grant.
 *  MFA_INVALID_INPUT    SECONDS or USES outside the limits
 */
enum mfa_code	recover_grant(const struct mfa_context *ctx,
		    const struct host_user *user, int64_t seconds,
		    int64_t uses, struct recover_given *ret,
		    struct mfa_error *err) _must_check_;

/*
 * Ends a grant.
 *  MFA_NO_SUCH_ENTITY   there is none
 */
enum mfa_code	recover_revoke(const struct mfa_context *ctx,
		    const struct host_user *user, struct mfa_error *err)
		    _must_check_;

/*
 * Invites USER, who has no device, to enrol one within SECONDS, in place of any
 * earlier invitation.
 *  MFA_INVALID_INPUT           SECONDS outside the limits
 *  MFA_ENTITY_ALREADY_EXISTS   the user has a device
 */
enum mfa_code	recover_invite(const struct mfa_context *ctx,
		    const struct host_user *user, int64_t seconds,
		    struct recover_given *ret, struct mfa_error *err)
		    _must_check_;

/*
 * Takes USER's invitation, ANSWER being LEN octets as typed: it is spent, and
 * that is durable, before this returns.
 *  MFA_INVALID_AUTHENTICATION_CODE  not the code of an open invitation
 */
enum mfa_code	recover_check_invite(const struct mfa_context *ctx,
		    const struct host_user *user, const void *answer,
		    size_t len, struct mfa_error *err) _must_check_;

/* Who answers, and from where. Borrowed. */
struct recover_try {
	const struct host_user		*user;
	const struct device_list	*devices;	/* empty: none */
	enum ledger_door		door;
	const char			*origin;	/* an address, or "" */
};

/*
 * Verifies CODE, of which longcode_parse() has said that it is of the shape, as
 * a recovery code or a grant. Neither is ever throttled, nor counted as a
 * guess: 80 bits can't be guessed. What is spent is durable before this
 * returns, and of any number at once one gets it.
 *  MFA_NOT_ENROLLED                 no device, and nothing was given out
 *  MFA_INVALID_AUTHENTICATION_CODE  none of the user's; used, expired or
 *                                   replaced; the detail says which
 */
enum mfa_code	recover_verify(const struct mfa_context *ctx,
		    const struct recover_try *attempt,
		    const struct secret *code, struct proof *ret_proof,
		    struct mfa_error *err) _must_check_;

/* What a user has to get back in with. */
struct recover_status {
	bool		has_codes;	/* a set was made, spent or not */
	unsigned	codes_left;
	bool		grant_open;
	int64_t		grant_expires;	/* epoch; 0: none is open */
	uint32_t	grant_uses;	/* that are left */
	bool		invite_open;
	int64_t		invite_expires;	/* epoch; 0: none is open */
};

enum mfa_code	recover_get_status(const struct mfa_context *ctx,
		    const struct host_user *user, struct recover_status *ret,
		    struct mfa_error *err) _must_check_;

/* How many codes of SET are good still. */
unsigned	recover_codes_left(const struct recovery_set *set,
		    const struct ledger_record *record);

/*
 * Has RECORD, which is about to be committed, know that none of SET's codes is
 * good any more.
 */
void		recover_retire(const struct recovery_set *set,
		    struct ledger_record *record);

#endif
