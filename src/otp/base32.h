/*
 * Base32 (RFC 4648 section 6), as authenticator apps and otpauth URIs use it.
 */
#ifndef OTP_BASE32_H
#define OTP_BASE32_H

#include "base/error.h"
#include "base/secret.h"

/* Without padding, upper case. A struct secret always fits. */
void	base32_encode(const struct secret *s, struct secret_text *ret_text);

/*
 * LEN octets of base32, either case, with or without correct padding; spaces
 * and hyphens between groups are dropped, as people type them.
 *  MFA_INVALID_INPUT  another character, an impossible length, non-zero
 *                     left-over bits, empty, or longer than a struct secret
 */
enum mfa_code	base32_decode(const char *text, size_t len,
		    struct secret *ret_secret, struct mfa_error *err)
		    _must_check_;

#endif
