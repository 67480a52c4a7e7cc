/* What virtual devices are called. */
#ifndef MFA_VIRTUAL_H
#define MFA_VIRTUAL_H

#include "base/error.h"
#include "mfa/context.h"
#include "store/device.h"

/*
 * Gives DEVICE its NAME and serial number, arn:aws:iam::ACCOUNT:mfa/PATH/NAME,
 * where PATH is "/" or "/.../".
 *  MFA_INVALID_INPUT  one is outside its pattern, or both are too long together
 */
enum mfa_code	virtual_name(const struct mfa_context *ctx, const char *path,
		    const char *name, struct device *device,
		    struct mfa_error *err) _must_check_;

#endif
