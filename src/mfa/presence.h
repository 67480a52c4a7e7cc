/*
 * MFA that counts without a question: the MFA session of an audit login
 * session, where it is one that still counts.
 */
#ifndef MFA_PRESENCE_H
#define MFA_PRESENCE_H

#include <stdint.h>

#include "base/error.h"
#include "mfa/access.h"
#include "mfa/context.h"
#include "store/device.h"

/*
 * *ret is what MFA there is in the login session AUDIT (SESSION_UNSET: none) of
 * USER, whose enabled devices are DEVICES. A session that came from a device
 * counts only while that one is enabled. One that was written just now is a
 * second old: only a proof that is given in this very conversation is of age 0.
 *  MFA_OK               also where there is none
 *  MFA_SERVICE_FAILURE  it can't be told; *ret is that there is none
 */
enum mfa_code	presence_find(const struct mfa_context *ctx,
		    const struct host_user *user, uint32_t audit,
		    const struct device_list *devices, struct access_mfa *ret,
		    struct mfa_error *err) _must_check_;

#endif
