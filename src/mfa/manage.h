/*
 * Management: what is told of users and devices, tags, and the throttle.
 */
#ifndef MFA_MANAGE_H
#define MFA_MANAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "mfa/context.h"
#include "store/device.h"
#include "store/inventory.h"
#include "store/ledger.h"

/*
 * The devices of USER (none: an empty list, and success), and when each was
 * used last (epoch, 0: never). RET_LIST must be empty; the caller clears it.
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	manage_list(const struct mfa_context *ctx,
		    const struct host_user *user, struct device_list *ret_list,
		    int64_t ret_last_used[static DEVICES_MAX],
		    struct mfa_error *err) _must_check_;

/*
 * A virtual device, whom it was made for, and who has it enabled (NULL:
 * nobody). Borrowed. Where the holder's device file is damaged, the device is
 * not said to be enabled (0).
 */
typedef enum mfa_code manage_virtual_fn(void *arg,
		    const struct device *device,
		    const struct host_user *owner,
		    const struct host_user *holder, struct mfa_error *err);

/*
 * Calls EACH with every virtual device that has not expired, in no order, until
 * it returns something other than MFA_OK, which is returned.
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	manage_each_virtual(const struct mfa_context *ctx,
		    manage_virtual_fn *each, void *arg, struct mfa_error *err)
		    _must_check_;

/*
 * The device with this serial number, whoever has it: *ret_device is the
 * caller's; RET_HOLDER's name is "" where it is not enabled.
 *  MFA_NO_SUCH_ENTITY, MFA_SERVICE_FAILURE
 */
enum mfa_code	manage_find(const struct mfa_context *ctx, const char *serial,
		    struct device **ret_device, struct host_user *ret_holder,
		    struct mfa_error *err) _must_check_;

/*
 * Is the device with this serial number USER's: enabled for USER, or a virtual
 * one of theirs that waits to be?
 *  MFA_OK
 *  MFA_NO_SUCH_ENTITY   it is someone else's, nobody's, or not there
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	manage_check_owner(const struct mfa_context *ctx,
		    const char *serial, const struct host_user *user,
		    struct mfa_error *err) _must_check_;

/*
 * Changes the device's tags by CHANGE, which gets ARG and the device, and whose
 * failure leaves the device as it was. A token that is not enabled can't be
 * tagged.
 *  MFA_NO_SUCH_ENTITY, MFA_INVALID_INPUT, MFA_LIMIT_EXCEEDED,
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	manage_change_tags(const struct mfa_context *ctx,
		    const char *serial,
		    enum mfa_code (*change)(void *arg, struct device *device,
		    struct mfa_error *err), void *arg, struct mfa_error *err)
		    _must_check_;

/*
 * Forgets the wrong codes counted against USER, at every door.
 *  MFA_NO_SUCH_ENTITY           the user has never had a device
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	manage_unlock(const struct mfa_context *ctx,
		    const struct host_user *user, struct mfa_error *err)
		    _must_check_;

#endif
