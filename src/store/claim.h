/*
 * Claims: a serial number, a seed and a credential belong to one user at a
 * time. A claim is a file made with O_EXCL under claims/, named by a hash, that
 * names its user.
 */
#ifndef STORE_CLAIM_H
#define STORE_CLAIM_H

#include "base/error.h"
#include "base/world.h"
#include "store/device.h"
#include "store/store.h"

enum claim_kind { CLAIM_SERIAL, CLAIM_SEED, CLAIM_CREDENTIAL };

#define CLAIM_KINDS	2	/* that a device has */

/*
 * What is claimed of DEVICE, in the order in which it is taken: its serial
 * number, and its seed, or the credential of a security key.
 */
void	claim_kinds(const struct device *device,
	    enum claim_kind ret[static CLAIM_KINDS]);

/* Who holds a claim, and for which device. */
struct claim {
	char	user[USER_NAME_MAX + 1];
	char	serial[SERIAL_NUMBER_MAX + 1];
};

/*
 * Reads the claim of KIND on DEVICE.
 *  MFA_NO_SUCH_ENTITY   nobody's
 *  MFA_SERVICE_FAILURE  a kind that the device does not have, too
 */
enum mfa_code	claim_read(const struct store *store, enum claim_kind kind,
		    const struct device *device, struct claim *ret,
		    struct mfa_error *err) _must_check_;

/*
 * Claims the device's KIND for USER; one that USER holds already for the same
 * serial number is taken up again. Durable on return.
 *  MFA_ENTITY_ALREADY_EXISTS  it is someone else's, or another device's
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	claim_take(const struct store *store, enum claim_kind kind,
		    const struct device *device, const char *user,
		    struct mfa_error *err) _must_check_;

/*
 * Gives up USER's claim of KIND on DEVICE; one that is not there or someone
 * else's is left alone, and success.
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	claim_drop(const struct store *store, enum claim_kind kind,
		    const struct device *device, const char *user,
		    struct mfa_error *err) _must_check_;

#endif
