#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "otp/base32.h"
#include "otp/otpauth.h"

#define UNRESERVED \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz" \
	"0123456789-._~"

/* A URI under construction; once something did not fit it stays full. */
struct draft {
	struct secret_text uri;
	size_t len;
	bool full;
};

static void
draft_wipe(struct draft *draft)
{
	explicit_bzero(draft, sizeof(*draft));
}

static void
append(struct draft *draft, const char *text)
{
	size_t n = strlen(text);

	if (draft->full || n >= sizeof(draft->uri.text) - draft->len) {
		draft->full = true;
		return;
	}
	memcpy(draft->uri.text + draft->len, text, n + 1);
	draft->len += n;
}

static void
append_number(struct draft *draft, const char *name, unsigned value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	append(draft, name);
	append(draft, text);
}

/* Percent-encoded (RFC 3986 section 2.1). */
static void
append_encoded(struct draft *draft, const char *text)
{
	char one[4];

	for (; *text != '\0'; text++) {
		unsigned char c = *text;

		snprintf(one, sizeof(one),
		    strchr(UNRESERVED, c) != NULL ? "%c" : "%%%02X", c);
		append(draft, one);
	}
}

/* Nothing at all where there is no issuer. */
static void
append_issuer(struct draft *draft, const char *before, const char *issuer,
    const char *after)
{
	if (issuer[0] == '\0')
		return;
	append(draft, before);
	append_encoded(draft, issuer);
	append(draft, after);
}

/* The parameters that are not the default. */
static void
append_params(struct draft *draft, const struct otp_params *params)
{
	if (params->algorithm != OTP_SHA1) {
		append(draft, "&algorithm=");
		append(draft, otp_algorithm_name(params->algorithm));
	}
	if (params->digits != OTP_DIGITS_DEFAULT)
		append_number(draft, "&digits=", params->digits);
	if (params->period != OTP_PERIOD_DEFAULT)
		append_number(draft, "&period=", params->period);
}

enum mfa_code
otpauth_format(const char *issuer, const char *account,
    const struct otp_params *params, const struct secret *seed,
    struct secret_text *ret_uri, struct mfa_error *err)
{
	_cleanup_(draft_wipe) struct draft draft = { 0 };
	_cleanup_(secret_text_wipe) struct secret_text base32 = { 0 };

	base32_encode(seed, &base32);
	append(&draft, "otpauth://totp/");
	append_issuer(&draft, "", issuer, ":");
	append_encoded(&draft, account);
	append(&draft, "?secret=");
	append(&draft, base32.text);
	append_issuer(&draft, "&issuer=", issuer, "");
	append_params(&draft, params);
	if (draft.full)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the otpauth URI is longer than %zu octets",
		    sizeof(ret_uri->text) - 1);
	*ret_uri = draft.uri;
	return MFA_OK;
}
