/*
 * What people type, and what is read as text. The first octet of an input
 * chooses what the rest is:
 *  c  a code              l  a recovery code, a grant, an invitation
 *  b  base32              u  an issuer, a line end, an account: an otpauth URI
 *  n  a number or a day   f  a name: of a user, a device, a file, a tag
 *  a  the name of an algorithm
 */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "mfa/longcode.h"
#include "otp/base32.h"
#include "otp/otpauth.h"
#include "tests/fuzz/fuzz.h"

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 2000;

static bool
try_code(const uint8_t *data, size_t len)
{
	struct secret digits;
	size_t i, count = 0;

	if (!text_parse_code(data, len, &digits))
		return false;
	must(digits.len >= 6 && digits.len <= 16);
	for (i = 0; i < len; i++) {
		must(isdigit(data[i]) || data[i] == ' ');
		if (data[i] != ' ')
			must(digits.bytes[count++] == data[i]);
	}
	must(count == digits.len);
	return true;
}

static bool
try_longcode(const uint8_t *data, size_t len)
{
	struct secret code, other;
	struct secret_text text;

	if (!longcode_parse(data, len, &code))
		return false;
	must(code.len == LONGCODE_SIZE);
	base32_encode(&code, &text);
	must(longcode_parse(text.text, strlen(text.text), &other));
	must(secret_is_equal(&code, &other));
	/* It is not a device's code too. */
	must(!text_parse_code(data, len, &other));
	return true;
}

static bool
try_base32(const uint8_t *data, size_t len)
{
	struct secret seed, again;
	struct secret_text text;
	struct mfa_error err;

	if (base32_decode((const char *)data, len, &seed, &err) != MFA_OK)
		return false;
	must(seed.len > 0 && seed.len <= SECRET_SIZE);
	base32_encode(&seed, &text);
	must(base32_decode(text.text, strlen(text.text), &again, &err) ==
	    MFA_OK);
	must(secret_is_equal(&seed, &again));
	return true;
}

/* Everything that is not an unreserved octet is percent-encoded. */
static void
check_uri(const char *uri)
{
	must(strncmp(uri, "otpauth://totp/", 15) == 0);
	for (uri += 15; *uri != '\0'; uri++) {
		must(isalnum((unsigned char)*uri) ||
		    strchr("-._~%?&=:", *uri) != NULL);
		must(*uri != '%' || (isxdigit((unsigned char)uri[1]) &&
		    isxdigit((unsigned char)uri[2])));
	}
}

static bool
try_uri(char *text)
{
	const struct otp_params plain = { OTP_SHA1, 6, 30 };
	const struct otp_params other = { OTP_SHA512, 8, 60 };
	struct secret seed = { .len = 20, .bytes = "12345678901234567890" };
	struct secret_text uri;
	struct mfa_error err;
	char *account = strchr(text, '\n');

	if (account == NULL)
		return false;
	*account++ = '\0';
	if (otpauth_format(text, account, &plain, &seed, &uri, &err) != MFA_OK)
		return false;
	check_uri(uri.text);
	if (otpauth_format(text, account, &other, &seed, &uri, &err) == MFA_OK)
		check_uri(uri.text);
	return true;
}

static bool
try_number(const char *text)
{
	char again[32];
	uint64_t u = 0;
	int64_t i = 0, day = 0;
	bool is_u = text_parse_u64(text, &u), is_i = text_parse_i64(text, &i);

	if (is_u) {
		snprintf(again, sizeof(again), "%llu", (unsigned long long)u);
		must(strcmp(again, text) == 0);
		must(is_i == (u <= INT64_MAX));
	}
	if (is_i) {
		snprintf(again, sizeof(again), "%lld", (long long)i);
		must(strcmp(again, text) == 0);
	}
	if (!text_parse_date(text, &day))
		return is_u || is_i;
	must(day >= 0 && day % 86400 == 0);
	text_time(day, again);
	must(strncmp(again, text, 10) == 0 && strlen(text) == 10);
	return true;
}

static void
check_sanitised(const char *text)
{
	char line[256];
	size_t i;

	text_sanitise(line, sizeof(line), text);
	for (i = 0; line[i] != '\0'; i++)
		must((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
	must(i < sizeof(line));
}

static bool
try_name(const char *text)
{
	char file[NAME_MAX + 1];

	check_sanitised(text);
	must(!text_is_user_name(text) || text_is_device_name(text));
	must(!text_is_tag_key(text) || text_is_tag_value(text));
	must(!text_is_account(text) || strlen(text) == ACCOUNT_DIGITS);
	if (text_is_path(text))
		must(strlen(text) <= DEVICE_PATH_MAX && text[0] == '/');
	if (text_is_serial_number(text))
		must(strlen(text) <= SERIAL_NUMBER_MAX);
	if (!text_file_name(text, file))
		return false;
	must(file[0] != '\0' && file[0] != '.');
	must(strchr(file, '/') == NULL);
	return true;
}

static bool
try_algorithm(const char *text)
{
	enum otp_algorithm algorithm, again;

	if (!otp_algorithm_parse(text, &algorithm))
		return false;
	must(otp_algorithm_parse(otp_algorithm_name(algorithm), &again));
	must(algorithm == again);
	return true;
}

static bool
try_text(uint8_t kind, const uint8_t *data, size_t len)
{
	char *text = strndup((const char *)data, len);
	bool accepted = false;

	must(text != NULL);
	if (strlen(text) != len)
		accepted = false;
	else if (kind == 'u')
		accepted = try_uri(text);
	else if (kind == 'n')
		accepted = try_number(text);
	else if (kind == 'f')
		accepted = try_name(text);
	else if (kind == 'a')
		accepted = try_algorithm(text);
	free(text);
	return accepted;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_accepted = false;
	if (len == 0)
		return 0;
	if (data[0] == 'c')
		fuzz_accepted = try_code(data + 1, len - 1);
	else if (data[0] == 'l')
		fuzz_accepted = try_longcode(data + 1, len - 1);
	else if (data[0] == 'b')
		fuzz_accepted = try_base32(data + 1, len - 1);
	else
		fuzz_accepted = try_text(data[0], data + 1, len - 1);
	return 0;
}
