/* A sign-in: obtain one proof, and verify it. */
#ifndef MFA_SIGNIN_H
#define MFA_SIGNIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "mfa/context.h"
#include "mfa/proof.h"
#include "mfa/tap.h"
#include "store/ledger.h"

#define SIGNIN_WINDOW		1	/* steps before and after the present */
#define SIGNIN_RESYNC_WINDOW	20	/* steps, for two codes in one answer */

struct signin;		/* one user's sign-in between prompt and outcome */

/*
 * Looks the user and the devices up. *ret is the caller's. Whatever keeps the
 * user from signing in (unknown, no device, damage) is kept for
 * signin_verify(), so that it shows only after the same prompt as any other
 * denial.
 *  MFA_SERVICE_FAILURE  no memory
 */
enum mfa_code	signin_begin(const struct mfa_context *ctx, const char *user,
		    enum ledger_door door, struct signin **ret,
		    struct mfa_error *err) _must_check_;
/* Wipes and frees, and leaves NULL. */
void	signin_freep(struct signin **signin);

/*
 * From where the attempt comes: an address or a name as PAM has it, or NULL.
 * It is written down where the attempt is denied; see mfa/notice.h.
 */
void		signin_set_origin(struct signin *signin, const char *address);

/*
 * The user as the host's database has them, or NULL where there is none; the
 * devices, of which there are none where something bars the user. Borrowed.
 */
const struct host_user		*signin_user(const struct signin *signin);
const struct device_list	*signin_devices(const struct signin *signin);

/*
 * What keeps the user from signing in: a code of look-up and store, or MFA_OK.
 *  MFA_NOT_ENROLLED, MFA_NO_SUCH_ENTITY, MFA_SERVICE_FAILURE
 */
enum mfa_code	signin_get_bar(const struct signin *signin,
		    struct mfa_error *err);
/* Is the user known to the host, and for certain without a device? */
bool	signin_is_unenrolled(const struct signin *signin);

/*
 * Is there a device that shows codes, or anything that bars the user, which is
 * to look the same? Is there a security key that can be in this machine? One
 * that signs where its user is, by SSH?
 */
bool	signin_asks_for_code(const struct signin *signin);
bool	signin_has_keys(const struct signin *signin);
bool	signin_has_ssh_keys(const struct signin *signin);

/*
 * Is there a recovery code or a grant that would let the user in? False too
 * where that can't be told.
 */
bool	signin_can_recover(const struct signin *signin);

/*
 * A proof by a tap; see tap_verify() for what comes back.
 */
enum mfa_code	signin_tap(struct signin *signin,
		    const struct key_driver *driver,
		    const struct person *person,
		    struct proof *ret_proof,
		    char ret_said[static TAP_SAID_SIZE], struct mfa_error *err)
		    _must_check_;

/*
 * Verifies one answer, LEN octets as typed: a code, or two consecutive codes of
 * a device that drifted, one after the other; or a recovery code or a grant
 * (mfa/recover.h), which users with keys only have too, and a grant those with
 * no device at all. The record of the outcome is durable before this returns.
 * Every code but MFA_OK is a denial:
 *  MFA_NO_SUCH_ENTITY               the user is unknown
 *  MFA_NOT_ENROLLED                 has no device
 *  MFA_ACCESS_DENIED                has keys only, and none can be asked for
 *  MFA_INVALID_AUTHENTICATION_CODE  wrong, used, or not of a code's shape; the
 *                                   detail says which
 *  MFA_THROTTLING                   not looked at
 *  MFA_CONCURRENT_MODIFICATION      the ledger was locked for too long
 *  MFA_SERVICE_FAILURE              everything else
 */
enum mfa_code	signin_verify(struct signin *signin, const void *answer,
		    size_t len, struct proof *ret_proof,
		    struct mfa_error *err) _must_check_;

#endif
