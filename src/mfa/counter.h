/* The counter by which a security key shows that it is the only one. */
#ifndef MFA_COUNTER_H
#define MFA_COUNTER_H

#include <stdint.h>

#include "base/error.h"
#include "mfa/context.h"
#include "store/device.h"

/*
 * Takes COUNT for that of USER's DEVICE, and the time of its last use: above
 * the last one, or 0 as ever. Durable on return.
 *  MFA_ACCESS_DENIED  it has gone back, or stayed: there may be a copy of the
 *                     key; the detail begins with CLONE ALARM
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	counter_take(const struct mfa_context *ctx,
		    const struct host_user *user, const struct device *device,
		    uint32_t count, struct mfa_error *err) _must_check_;

#endif
