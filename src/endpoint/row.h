/* Members of one object in a list of an operation's parameters. */
#ifndef ENDPOINT_ROW_H
#define ENDPOINT_ROW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "otp/totp.h"

/* The text of member NAME; NULL where it is absent, no text, or has a NUL. */
const char	*row_string(const json_t *row, const char *name);
/*
 * A number from LEAST to MOST, or FALLBACK where the row has none. False, *ret
 * untouched, for anything else.
 */
bool	row_number(const json_t *row, const char *name, int64_t least,
	    int64_t most, int64_t fallback, int64_t *ret) _must_check_;
/* Is ROW an object with no members but the COUNT of KNOWN? */
bool	row_has_only(const json_t *row, const char *const *known,
	    size_t count);

/*
 * Algorithm, Digits and Period, each with its default.
 *  MFA_INVALID_INPUT
 */
enum mfa_code	row_otp_params(const json_t *row, struct otp_params *ret,
		    struct mfa_error *err) _must_check_;
/* Base32StringSeed. MFA_INVALID_INPUT: none, or of fewer than 80 bits. */
enum mfa_code	row_seed(const json_t *row, struct secret *ret,
		    struct mfa_error *err) _must_check_;

#endif
