/* A user's devices and ledger, held while something changes in them. */
#ifndef MFA_HOLDING_H
#define MFA_HOLDING_H

#include "base/error.h"
#include "mfa/context.h"
#include "store/device.h"
#include "store/ledger.h"

struct holding {
	const struct mfa_context	*ctx;	/* borrowed */
	const struct host_user		*user;	/* borrowed */
	struct device_list		devices;
	struct ledger			*ledger;	/* locked */
};

/*
 * Locks the ledger of holding->user and reads the devices under the lock. A
 * ledger is made for a user without devices only: beside devices a missing one
 * is damage.
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	holding_open(struct holding *holding, struct mfa_error *err)
		    _must_check_;
/* Unlocks, wipes and frees. */
void	holding_clear(struct holding *holding);

/*
 *  MFA_LIMIT_EXCEEDED  there are eight
 */
enum mfa_code	holding_check_room(const struct device_list *devices,
		    struct mfa_error *err) _must_check_;

/*
 * Enables *DEVICE (taken over), its ledger entry beginning as START: entry,
 * claims, device file, in this order. What fails half-way leaves an entry or
 * claims that the next attempt takes up again.
 *  MFA_CONCURRENT_MODIFICATION  there are not as many as ctx->held says
 *  MFA_LIMIT_EXCEEDED, MFA_ENTITY_ALREADY_EXISTS, MFA_SERVICE_FAILURE
 */
enum mfa_code	holding_add(struct holding *holding, struct device **device,
		    const struct ledger_device *start, struct mfa_error *err)
		    _must_check_;

#endif
