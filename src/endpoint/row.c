#include <string.h>

#include "endpoint/row.h"
#include "otp/base32.h"

const char *
row_string(const json_t *row, const char *name)
{
	const json_t *value = json_object_get(row, name);
	const char *text = json_string_value(value);

	if (text == NULL || strlen(text) != json_string_length(value))
		return NULL;
	return text;
}

bool
row_number(const json_t *row, const char *name, int64_t least, int64_t most,
    int64_t fallback, int64_t *ret)
{
	const json_t *value = json_object_get(row, name);
	int64_t n = fallback;

	if (value != NULL) {
		n = json_integer_value(value);
		if (!json_is_integer(value) || n < least || n > most)
			return false;
	}
	*ret = n;
	return true;
}

bool
row_has_only(const json_t *row, const char *const *known, size_t count)
{
	size_t i, members = 0;

	for (i = 0; i < count; i++)
		members += json_object_get(row, known[i]) != NULL;
	return json_is_object(row) && members == json_object_size(row);
}

enum mfa_code
row_otp_params(const json_t *row, struct otp_params *ret, struct mfa_error *err)
{
	const char *algorithm = row_string(row, "Algorithm");
	struct otp_params params = { .digits = 0 };
	int64_t digits, period;

	if (algorithm == NULL && json_object_get(row, "Algorithm") == NULL)
		algorithm = "SHA1";
	if (algorithm == NULL ||
	    !otp_algorithm_parse(algorithm, &params.algorithm))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the algorithm is SHA1, SHA256 or SHA512");
	if (!row_number(row, "Digits", 1, OTP_PERIOD_MAX, OTP_DIGITS_DEFAULT,
		&digits) ||
	    !row_number(row, "Period", 1, OTP_PERIOD_MAX, OTP_PERIOD_DEFAULT,
		&period))
		digits = period = 0;
	params.digits = (unsigned)digits;
	params.period = (unsigned)period;
	if (!otp_params_is_valid(&params))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "digits are 6 or 8, the period 1 to %d seconds",
		    OTP_PERIOD_MAX);
	*ret = params;
	return MFA_OK;
}

enum mfa_code
row_seed(const json_t *row, struct secret *ret, struct mfa_error *err)
{
	const char *text = row_string(row, "Base32StringSeed");
	_cleanup_(secret_wipe) struct secret seed = { 0 };
	enum mfa_code code;

	if (text == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "there is no seed");
	code = base32_decode(text, strlen(text), &seed, err);
	if (code != MFA_OK)
		return code;
	if (seed.len < OTP_SEED_MIN)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the seed is shorter than %d bits", OTP_SEED_MIN * 8);
	*ret = seed;
	return MFA_OK;
}
