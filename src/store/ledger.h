/*
 * The ledger of one user: what has been spent, what an administrator has given
 * out, and what was denied.
 *
 * What must hold for it to be safe:
 *  - it belongs to the account, is a regular file with one link, 0600, and
 *    holds LEDGER_FILE_SIZE octets that were written (no holes) and fsynced
 *    with their folder before the first device of the user was enabled;
 *  - it has two slots, LEDGER_SLOT_STRIDE apart, each with a version, the
 *    user's name and uid, a generation and a SHA-256 over all of it;
 *  - a commit writes the slot with the older generation (or the one that does
 *    not verify) with one pwrite and one fdatasync; the other slot stays whole,
 *    so that a torn write loses that commit alone, which no one has been told;
 *  - it is read and written under an exclusive lock (OFD), and the path still
 *    names the locked file after locking;
 *  - a commit that fails leaves the ledger in memory unusable: nothing granted.
 */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/world.h"
#include "store/device.h"
#include "store/store.h"

#define LEDGER_SLOT_SIZE	1024		/* octets, at most */
#define LEDGER_SLOT_STRIDE	4096
#define LEDGER_FILE_SIZE	(2 * LEDGER_SLOT_STRIDE)
#define LEDGER_LOCK_MS		5000		/* bounded wait for the lock */
#define LEDGER_HASH_SIZE	32	/* octets: of a grant or invite */
#define LEDGER_FROM_SIZE	64		/* octets with the NUL */

/* One device's entry. An entry whose ID is all zeros is free. */
struct ledger_device {
	uint8_t		id[DEVICE_ID_SIZE];
	int64_t		last_step;	/* last accepted, or STEP_NONE */
	int32_t		drift;		/* learned, in steps */
	uint32_t	behind;		/* codes in a row older than that */
	uint32_t	sign_count;	/* of a security key */
	int64_t		last_used;	/* epoch, 0: never */
	/* Of a clock that was wrong; see mfa/spent.h. All 0: nothing yet. */
	int64_t		top;		/* highest accepted */
	int64_t		hole_first;	/* none was from this one */
	int64_t		hole_last;	/* to this one, below the top */
};

/* Throttle state of one door; see mfa/throttle.h. */
struct ledger_throttle {
	uint32_t	failures;	/* wrong codes that still count */
	int64_t		since;		/* epoch from which they decay */
	int64_t		until;		/* epoch to which codes are refused */
};

enum ledger_door { LEDGER_LOGIN, LEDGER_USER, LEDGER_DOORS };

/*
 * What an administrator has given out: a grant, or an invitation. It counts
 * from SINCE to EXPIRES, and SINCE is moved on by what is committed meanwhile,
 * so that a clock that is put back brings nothing back. All zeros: none.
 */
struct ledger_pass {
	uint8_t		hash[LEDGER_HASH_SIZE];	/* keyed */
	int64_t		since;		/* epoch: given, or last looked at */
	int64_t		expires;	/* epoch */
	uint32_t	uses;		/* that are left; 0: none is open */
};

struct ledger_record {
	struct ledger_device	devices[DEVICES_MAX];
	struct ledger_throttle	doors[LEDGER_DOORS];
	/* The newest set of recovery codes that is known, 0: none yet. */
	uint64_t		recovery_set;
	uint32_t		recovery_used;	/* a bit for each code of it */
	struct ledger_pass	grant;
	struct ledger_pass	invite;
	/* Denied at the login door since the user was last told, and whence. */
	uint32_t		failed;
	char			failed_from[LEDGER_FROM_SIZE];
};

struct ledger;		/* open and locked */

/*
 * Opens, locks and reads the ledger of USER. Where CREATE, one that is not
 * there is made first, empty and durable; a caller that creates has made sure
 * that the user has no device. *ret is owned by the caller; the lock lasts
 * until ledger_freep().
 *  MFA_NO_SUCH_ENTITY           it is not there, and not CREATE
 *  MFA_CONCURRENT_MODIFICATION  locked by someone else for TIMEOUT_MS
 *  MFA_SERVICE_FAILURE          damage (neither slot verifies), another owner,
 *                               user or uid, wrong size, replaced while waiting
 */
enum mfa_code	ledger_open(const struct store *store,
		    const struct host_user *user, bool create,
		    unsigned timeout_ms, struct ledger **ret,
		    struct mfa_error *err) _must_check_;

/*
 * The same for a user who has devices, beside which a ledger that is not there
 * is damage; it waits LEDGER_LOCK_MS.
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	ledger_open_enrolled(const struct store *store,
		    const struct host_user *user, struct ledger **ret,
		    struct mfa_error *err) _must_check_;
/* Unlocks, closes and frees *LEDGER, and leaves NULL. */
void	ledger_freep(struct ledger **ledger);

/* The record, owned by the ledger; changes count once they are committed. */
struct ledger_record	*ledger_record(struct ledger *ledger);

/*
 * Makes the record durable. After success it survives a power cut; after
 * failure the caller must deny and free the ledger.
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	ledger_commit(struct ledger *ledger, struct mfa_error *err)
		    _must_check_;

/* The entry with this id, or NULL. A free entry, or NULL. Owned by RECORD. */
struct ledger_device	*ledger_find(struct ledger_record *record,
		    const uint8_t id[static DEVICE_ID_SIZE]);
struct ledger_device	*ledger_find_free(struct ledger_record *record);

/*
 * The entry of USER's DEVICE, which has had one since it was enabled; owned by
 * RECORD.
 *  MFA_SERVICE_FAILURE  there is none, and it says what to do
 */
enum mfa_code	ledger_find_enrolled(struct ledger_record *record,
		    const struct host_user *user, const struct device *device,
		    struct ledger_device **ret, struct mfa_error *err)
		    _must_check_;

#endif
