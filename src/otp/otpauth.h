/*
 * otpauth URIs, the "Key Uri Format" that authenticator apps read from QR
 * codes:
 * otpauth://totp/ISSUER:ACCOUNT?secret=BASE32&issuer=ISSUER[&algorithm=..]
 * [&digits=..][&period=..]
 */
#ifndef OTP_OTPAUTH_H
#define OTP_OTPAUTH_H

#include "base/error.h"
#include "base/secret.h"
#include "otp/totp.h"

/*
 * ISSUER and ACCOUNT are percent-encoded (RFC 3986 section 2.3 unreserved
 * octets stay). Parameters that are the default (SHA1, 6, 30) are left out,
 * since some apps refuse them.
 *  MFA_INVALID_INPUT  the URI does not fit in a struct secret_text
 */
enum mfa_code	otpauth_format(const char *issuer, const char *account,
		    const struct otp_params *params, const struct secret *seed,
		    struct secret_text *ret_uri, struct mfa_error *err)
		    _must_check_;

#endif
