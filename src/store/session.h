/*
 * MFA sessions: that a user gave a proof in an audit login session of this
 * boot, and when. Files under /run/awsmfa/sessions, one a login session, named
 * by its number, MACed under host.key.
 *
 * What must hold for one to count:
 *  - the folder and the file belong to the account and are closed to others;
 *  - the MAC is right, over all of the rest and the number of this boot, so
 *    that a copy from another host or boot, or for another login session, is
 *    none;
 *  - it is of the user who asks, by name and by uid;
 *  - it has not expired, and was not proved later than now.
 */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include <stdint.h>

#include "base/error.h"
#include "base/world.h"
#include "store/device.h"
#include "store/store.h"

#define SESSION_UNSET	UINT32_MAX	/* no audit login session */

struct session {
	uint32_t	audit;		/* session id, as in /proc/PID */
	struct host_user user;
	uint8_t		device[DEVICE_ID_SIZE];	/* zeros: of no device */
	int64_t		proved;		/* world's boottime, seconds */
	int64_t		expires;	/* world's boottime, seconds */
};

/*
 * Writes SESSION, replacing the one of the same login session.
 *  MFA_INVALID_INPUT            SESSION_UNSET
 *  MFA_CONCURRENT_MODIFICATION  others write for too long
 *  MFA_SERVICE_FAILURE          the folder is missing, too
 */
enum mfa_code	session_save(const struct store *store,
		    const struct session *session, struct mfa_error *err)
		    _must_check_;

/*
 * Reads the session of AUDIT for USER.
 *  MFA_NO_SUCH_ENTITY   there is none: unset, not there, expired, of another
 *                       boot, of another user or uid
 *  MFA_SERVICE_FAILURE  damage; the folder is missing
 */
enum mfa_code	session_load(const struct store *store, uint32_t audit,
		    const struct host_user *user, struct session *ret,
		    struct mfa_error *err) _must_check_;

/*
 * Ends it; one that is not there is success, and so is a missing folder.
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	session_end(const struct store *store, uint32_t audit,
		    struct mfa_error *err) _must_check_;

#endif
