/*
 * HOTP (RFC 4226) and TOTP (RFC 6238) on OpenSSL's EVP_MAC.
 */
#ifndef OTP_TOTP_H
#define OTP_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

enum otp_algorithm { OTP_SHA1, OTP_SHA256, OTP_SHA512 };

#define OTP_PERIOD_DEFAULT	30
#define OTP_PERIOD_MAX		3600
#define OTP_DIGITS_DEFAULT	6
/* octets: 80 bits, what old tokens have */
#define OTP_SEED_MIN		10

struct otp_params {
	enum otp_algorithm	algorithm;
	unsigned		digits;		/* 6 or 8 */
	unsigned		period;		/* seconds, 1 to 3600 */
};

/* "SHA1", "SHA256", "SHA512" */
const char	*otp_algorithm_name(enum otp_algorithm algorithm);
/* Also "HMAC-SHA-1", "SHA-256", "HmacSHA512", ..., without regard to case. */
bool	otp_algorithm_parse(const char *name, enum otp_algorithm *ret)
	    _must_check_;

/* Are digits 6 or 8, the period 1 to OTP_PERIOD_MAX? */
bool	otp_params_is_valid(const struct otp_params *params);

/*
 * HOTP value of COUNTER (RFC 4226 section 5.3; the hash by RFC 6238 section
 * 1.2), as exactly params->digits ASCII digits in RET_DIGITS.
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	hotp_code(const struct otp_params *params,
		    const struct secret *seed, uint64_t counter,
		    struct secret *ret_digits, struct mfa_error *err)
		    _must_check_;

/* The time step (RFC 6238 section 4.2, T0 = 0) of EPOCH, in seconds. */
int64_t	totp_step(const struct otp_params *params, int64_t epoch);

/*
 * The drift of a device whose code of STEP came at the step PRESENT (RFC 6238
 * section 6). A code is typed after it was shown, never before: one step of an
 * old code is taken for that, so that slow typing does not move the window past
 * the present code.
 */
int32_t	totp_drift(int64_t present, int64_t step);

/*
 * Which of the steps FIRST to LAST (inclusive; negative ones are passed over)
 * has the code DIGITS? Computes and compares every one of them in constant
 * time, whatever matches; a DIGITS of another length than params->digits
 * matches none after the same work. The highest match is told. Where none
 * matches *ret_step is -1; that is success too.
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	totp_match(const struct otp_params *params,
		    const struct secret *seed, int64_t first, int64_t last,
		    const struct secret *digits, int64_t *ret_step,
		    struct mfa_error *err) _must_check_;

/*
 * Which step S of FIRST to LAST has CODE1 where S + 1 has CODE2? The highest
 * such S, or -1. Constant time like totp_match().
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	totp_match_pair(const struct otp_params *params,
		    const struct secret *seed, int64_t first, int64_t last,
		    const struct secret *code1, const struct secret *code2,
		    int64_t *ret_step, struct mfa_error *err) _must_check_;

#endif
