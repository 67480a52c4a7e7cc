/* What an authenticator app reads of a virtual device. */
#ifndef ENDPOINT_URI_H
#define ENDPOINT_URI_H

#include "base/error.h"
#include "base/secret.h"
#include "base/world.h"
#include "mfa/settings.h"
#include "store/device.h"

/*
 * The otpauth URI of DEVICE: who it is for, and on which host.
 *  MFA_INVALID_INPUT  it does not fit
 */
enum mfa_code	uri_make(const struct settings *settings,
		    const struct host_user *user, const struct device *device,
		    struct secret_text *ret_uri, struct mfa_error *err)
		    _must_check_;

#endif
