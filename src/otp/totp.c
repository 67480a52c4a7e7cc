#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <string.h>
#include <strings.h>

#include "otp/totp.h"

#define DIGITS_MAX 8
#define NO_STEP	   ((int64_t)-1)

static const char *const names[] = {
	[OTP_SHA1] = "SHA1",
	[OTP_SHA256] = "SHA256",
	[OTP_SHA512] = "SHA512",
};

#define NAMES_COUNT (sizeof(names) / sizeof(names[0]))

/* An HMAC keyed with a seed, ready for one counter after another. */
struct hotp {
	EVP_MAC_CTX *mac;
	unsigned digits;
};

const char *
otp_algorithm_name(enum otp_algorithm algorithm)
{
	/* No digest has the name "unknown", so that using it fails. */
	return (size_t)algorithm < NAMES_COUNT ? names[algorithm] : "unknown";
}

/* What follows PREFIX (in either case) and a hyphen, or S itself. */
static const char *
skip_prefix(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (strncasecmp(s, prefix, n) != 0)
		return s;
	return s[n] == '-' ? s + n + 1 : s + n;
}

bool
otp_algorithm_parse(const char *name, enum otp_algorithm *ret)
{
	const char *hash = skip_prefix(name, "HMAC");
	const char *size = skip_prefix(hash, "SHA");
	size_t i;

	if (size == hash)
		return false;
	for (i = 0; i < NAMES_COUNT; i++) {
		if (strcmp(size, names[i] + strlen("SHA")) != 0)
			continue;
		*ret = (enum otp_algorithm)i;
		return true;
	}
	return false;
}

bool
otp_params_is_valid(const struct otp_params *params)
{
	return (size_t)params->algorithm < NAMES_COUNT &&
	    (params->digits == 6 || params->digits == 8) &&
	    params->period >= 1 && params->period <= OTP_PERIOD_MAX;
}

static void
hotp_clear(struct hotp *hotp)
{
	/* Freeing wipes the key. */
	EVP_MAC_CTX_free(hotp->mac);
	hotp->mac = NULL;
}

static void
mac_freep(EVP_MAC **mac)
{
	EVP_MAC_free(*mac);
}

static void
context_freep(EVP_MAC_CTX **context)
{
	EVP_MAC_CTX_free(*context);
}

static enum mfa_code
crypto_failed(struct mfa_error *err, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "libcrypto: %s: %s",
	    what, reason != NULL ? reason : "no reason given");
}

/*
 * An HMAC by NAME under a key that is none, to be copied and keyed anew: a copy
 * looks up no algorithm.
 */
static EVP_MAC_CTX *
new_template(const char *name)
{
	_cleanup_(mac_freep) EVP_MAC *hmac = NULL;
	_cleanup_(context_freep) EVP_MAC_CTX *mac = NULL;
	/* Only read, whatever its type says. */
	const OSSL_PARAM settings[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
		    (char *)name, 0),
		OSSL_PARAM_construct_end(),
	};
	const uint8_t no_key = 0;

	hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	if (hmac == NULL || (mac = EVP_MAC_CTX_new(hmac)) == NULL ||
	    EVP_MAC_init(mac, &no_key, sizeof(no_key), settings) != 1)
		return NULL;
	return steal(&mac);
}

/* Kept by the process, and by those that it forks. */
static const EVP_MAC_CTX *
find_template(enum otp_algorithm algorithm)
{
	static EVP_MAC_CTX *templates[NAMES_COUNT];

	if (templates[algorithm] == NULL)
		templates[algorithm] = new_template(names[algorithm]);
	return templates[algorithm];
}

/* Keys HOTP, which is to be cleared whatever comes back. */
static enum mfa_code
hotp_init(struct hotp *hotp, const struct otp_params *params,
    const struct secret *seed, struct mfa_error *err)
{
	const EVP_MAC_CTX *template;

	/* A key of no octets is one that anybody knows. */
	if (!otp_params_is_valid(params) || seed->len == 0 ||
	    seed->len > sizeof(seed->bytes))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "one-time password with unusable seed or parameters");
	hotp->digits = params->digits;
	if ((template = find_template(params->algorithm)) == NULL)
		return crypto_failed(err, "HMAC");
	if ((hotp->mac = EVP_MAC_CTX_dup(template)) == NULL)
		return crypto_failed(err, "EVP_MAC_CTX_dup");
	if (EVP_MAC_init(hotp->mac, seed->bytes, seed->len, NULL) != 1)
		return crypto_failed(err, "EVP_MAC_init");
	return MFA_OK;
}

/*
 * Dynamic truncation (RFC 4226 section 5.3) of LEN octets. The offset is secret
 * too, so all of them are read.
 */
static uint32_t
truncate_mac(const uint8_t *mac, size_t len)
{
	uint32_t offset = mac[len - 1] & 0xf, value = 0, i;

	for (i = 0; i <= 0xf; i++) {
		const uint8_t *p = mac + i;
		uint32_t mask = 0 - (((i ^ offset) - 1) >> 31);

		__asm__("" : "+r"(mask));
		value |= mask &
		    ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			(uint32_t)p[2] << 8 | p[3]);
	}
	return value & INT32_MAX;
}

/* The code of COUNTER, right-aligned digits; the rest of RET is untouched. */
static enum mfa_code
hotp_compute(struct hotp *hotp, uint64_t counter, uint8_t ret[DIGITS_MAX],
    struct mfa_error *err)
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	uint8_t text[sizeof(counter)];
	uint32_t value;
	size_t i, len;

	for (i = 0; i < sizeof(text); i++)
		text[i] = counter >> (8 * (sizeof(text) - 1 - i)) & 0xff;
	/* Without a key: the same key again, without its set-up. */
	if (EVP_MAC_init(hotp->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(hotp->mac, text, sizeof(text)) != 1 ||
	    EVP_MAC_final(hotp->mac, mac, &len, sizeof(mac)) != 1 || len < 20)
		return crypto_failed(err, "EVP_MAC");
	value = truncate_mac(mac, len);
	for (i = hotp->digits; i > 0; i--, value /= 10)
		ret[i - 1] = '0' + value % 10;
	OPENSSL_cleanse(mac, sizeof(mac));
	OPENSSL_cleanse(&value, sizeof(value));
	return MFA_OK;
}

enum mfa_code
hotp_code(const struct otp_params *params, const struct secret *seed,
    uint64_t counter, struct secret *ret_digits, struct mfa_error *err)
{
	_cleanup_(hotp_clear) struct hotp hotp = { 0 };
	_cleanup_(secret_wipe) struct secret digits = { 0 };
	enum mfa_code code;

	code = hotp_init(&hotp, params, seed, err);
	if (code != MFA_OK)
		return code;
	code = hotp_compute(&hotp, counter, digits.bytes, err);
	if (code != MFA_OK)
		return code;
	digits.len = params->digits;
	*ret_digits = digits;
	return MFA_OK;
}

int64_t
totp_step(const struct otp_params *params, int64_t epoch)
{
	int64_t period = params->period;

	/* Downwards, so that the second before the epoch is step -1. */
	return epoch / period - (epoch % period < 0);
}

int32_t
totp_drift(int64_t present, int64_t step)
{
	int64_t offset = step - present;

	return (int32_t)(offset < 0 ? offset + 1 : offset);
}

/* A code that was typed, ready to be compared without a branch. */
struct typed {
	uint8_t digits[DIGITS_MAX];
	uint64_t possible; /* all ones, or 0: of another length */
};

static void
typed_wipe(struct typed *typed)
{
	OPENSSL_cleanse(typed, sizeof(*typed));
}

static void
typed_set(struct typed *typed, const struct secret *code, unsigned digits)
{
	size_t len = code->len < DIGITS_MAX ? code->len : DIGITS_MAX;

	memset(typed, 0, sizeof(*typed));
	memcpy(typed->digits, code->bytes, len);
	/* How many digits were typed is no secret. */
	typed->possible = code->len == digits ? UINT64_MAX : 0;
}

/* All ones where the codes are equal, else 0; the compiler learns neither. */
static uint64_t
equal_mask(const struct typed *typed, const uint8_t code[DIGITS_MAX],
    unsigned digits)
{
	uint64_t differ = CRYPTO_memcmp(typed->digits, code, digits);
	uint64_t mask = 0 - ((differ - 1) >> 63);

	__asm__("" : "+r"(mask));
	return mask & typed->possible;
}

/*
 * FOUND if there is one, else STEP where MASK is all ones. Steps come from the
 * highest down, so that the first is the highest.
 */
static int64_t
keep_first(int64_t found, uint64_t mask, int64_t step)
{
	uint64_t none = 0 - ((uint64_t)found >> 63);

	mask &= none;
	return (int64_t)((mask & (uint64_t)step) | (~mask & (uint64_t)found));
}

enum mfa_code
totp_match(const struct otp_params *params, const struct secret *seed,
    int64_t first, int64_t last, const struct secret *digits, int64_t *ret_step,
    struct mfa_error *err)
{
	_cleanup_(hotp_clear) struct hotp hotp = { 0 };
	_cleanup_(typed_wipe) struct typed typed = { 0 };
	_cleanup_(secret_wipe) struct secret code = { 0 };
	int64_t step, found = NO_STEP;
	enum mfa_code r;

	r = hotp_init(&hotp, params, seed, err);
	if (r != MFA_OK)
		return r;
	typed_set(&typed, digits, params->digits);
	for (step = last; step >= 0 && step >= first; step--) {
		uint64_t mask;

		r = hotp_compute(&hotp, step, code.bytes, err);
		if (r != MFA_OK)
			return r;
		mask = equal_mask(&typed, code.bytes, params->digits);
		found = keep_first(found, mask, step);
	}
	*ret_step = found;
	return MFA_OK;
}

enum mfa_code
totp_match_pair(const struct otp_params *params, const struct secret *seed,
    int64_t first, int64_t last, const struct secret *code1,
    const struct secret *code2, int64_t *ret_step, struct mfa_error *err)
{
	_cleanup_(hotp_clear) struct hotp hotp = { 0 };
	_cleanup_(typed_wipe) struct typed typed1 = { 0 };
	_cleanup_(typed_wipe) struct typed typed2 = { 0 };
	_cleanup_(secret_wipe) struct secret code = { 0 };
	int64_t step, found = NO_STEP;
	uint64_t after = 0; /* has the step after this one CODE2? */
	enum mfa_code r;

	r = hotp_init(&hotp, params, seed, err);
	if (r != MFA_OK)
		return r;
	typed_set(&typed1, code1, params->digits);
	typed_set(&typed2, code2, params->digits);
	step = last < INT64_MAX ? last + 1 : last;
	for (; step >= 0 && step >= first; step--) {
		uint64_t mask;

		r = hotp_compute(&hotp, step, code.bytes, err);
		if (r != MFA_OK)
			return r;
		mask = equal_mask(&typed1, code.bytes, params->digits);
		found = keep_first(found, mask & after, step);
		after = equal_mask(&typed2, code.bytes, params->digits);
	}
	*ret_step = found;
	return MFA_OK;
}
