#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define ALNUM \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz" \
	"0123456789"
#define NAME_CHARS   ALNUM "_+=,.@-"
#define SERIAL_CHARS ALNUM "_+=/:,.@-"

#define NAME_MIN   1
#define NAME_LIMIT 128
#define CODE_MIN   6
#define CODE_MAX   16

/* The years 0000 to 9999, so that a time always has the same form. */
#define TIME_MIN (-INT64_C(62167219200))
#define TIME_MAX INT64_C(253402300799)

static bool
is_made_of(const char *s, size_t min, size_t max, const char *set)
{
	size_t n = strspn(s, set);

	return s[n] == '\0' && n >= min && n <= max;
}

bool
text_is_user_name(const char *s)
{
	return is_made_of(s, NAME_MIN, NAME_LIMIT, NAME_CHARS);
}

bool
text_is_device_name(const char *s)
{
	return is_made_of(s, NAME_MIN, DEVICE_NAME_MAX, NAME_CHARS);
}

bool
text_is_serial_number(const char *s)
{
	return is_made_of(s, SERIAL_NUMBER_MIN, SERIAL_NUMBER_MAX,
	    SERIAL_CHARS);
}

bool
text_is_account(const char *s)
{
	return is_made_of(s, ACCOUNT_DIGITS, ACCOUNT_DIGITS, "0123456789");
}

bool
text_is_path(const char *s)
{
	size_t n;

	for (n = 0; s[n] >= '!' && s[n] <= '~'; n++)
		if (n == DEVICE_PATH_MAX)
			return false;
	if (s[n] != '\0' || n == 0 || s[0] != '/' || s[n - 1] != '/')
		return false;
	/* IAM's pattern has something between two slashes. */
	return n != 2;
}

static bool
is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * Octets of the UTF-8 character (RFC 3629) that S starts with, 0 where it is
 * none: overlong, a surrogate, past U+10FFFF, cut short (by the NUL too).
 */
static size_t
utf8_length(const unsigned char *s)
{
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4 || !is_continuation(s[1]))
		return 0;
	if (s[0] < 0xe0)
		return 2;
	if (!is_continuation(s[2]))
		return 0;
	if (s[0] < 0xf0) {
		if ((s[0] == 0xe0 && s[1] < 0xa0) ||
		    (s[0] == 0xed && s[1] > 0x9f))
			return 0;
		return 3;
	}
	if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ||
	    !is_continuation(s[3]))
		return 0;
	return 4;
}

/* C0, DEL and C1 (U+0080 to U+009F) move a terminal's cursor and worse. */
static bool
is_control(const unsigned char *s, size_t n)
{
	if (n == 1)
		return s[0] < 0x20 || s[0] == 0x7f;
	return n == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

static bool
is_plain(const char *text, size_t min, size_t max)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t count, n;

	for (count = 0; *s != '\0'; count++, s += n) {
		n = utf8_length(s);
		if (n == 0 || is_control(s, n) || count == max)
			return false;
	}
	return count >= min;
}

bool
text_is_tag_key(const char *s)
{
	return is_plain(s, 1, TAG_KEY_MAX);
}

bool
text_is_tag_value(const char *s)
{
	return is_plain(s, 0, TAG_VALUE_MAX);
}

bool
text_parse_u64(const char *s, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i;

	if (s[0] == '\0' || (s[0] == '0' && s[1] != '\0'))
		return false;
	for (i = 0; s[i] != '\0'; i++) {
		if (s[i] < '0' || s[i] > '9' ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, s[i] - '0', &value))
			return false;
	}
	*ret = value;
	return true;
}

bool
text_parse_i64(const char *s, int64_t *ret)
{
	bool negative = s[0] == '-';
	uint64_t size;

	if (!text_parse_u64(s + negative, &size) ||
	    size > (uint64_t)INT64_MAX + negative || (negative && size == 0))
		return false;
	*ret = negative ? -(int64_t)(size - 1) - 1 : (int64_t)size;
	return true;
}

bool
text_parse_code(const void *typed, size_t len, struct secret *ret_digits)
{
	_cleanup_(secret_wipe) struct secret digits = { 0 };
	const uint8_t *s = typed;
	size_t i;

	if (len == 0 || s[0] == ' ' || s[len - 1] == ' ')
		return false;
	for (i = 0; i < len; i++) {
		if (s[i] == ' ')
			continue;
		if (s[i] < '0' || s[i] > '9' || digits.len == CODE_MAX)
			return false;
		digits.bytes[digits.len++] = s[i];
	}
	if (digits.len < CODE_MIN)
		return false;
	*ret_digits = digits;
	return true;
}

bool
text_file_name(const char *name, char ret[static NAME_MAX + 1])
{
	static const char hex[] = "0123456789ABCDEF";
	char out[NAME_MAX + 1];
	size_t i, n = 0;

	for (i = 0; name[i] != '\0'; i++) {
		unsigned char c = name[i];
		bool plain = strchr(NAME_CHARS, c) != NULL &&
		    (i != 0 || c != '.');

		if (n + (plain ? 1 : 3) > NAME_MAX)
			return false;
		if (plain) {
			out[n++] = c;
			continue;
		}
		out[n++] = '%';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 0xf];
	}
	if (n == 0)
		return false;
	memcpy(ret, out, n);
	ret[n] = '\0';
	return true;
}

/* OUT gets the N octets of S as \xHH, and a NUL. */
static void
escape(char *out, const unsigned char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(out + 4 * i, "\\x", 2);
		text_hex(out + 4 * i + 2, s + i, 1);
	}
}

void
text_sanitise(char *dst, size_t size, const char *src)
{
	const unsigned char *s = (const unsigned char *)src;
	size_t used = 0;

	if (size == 0)
		return;
	while (*s != '\0') {
		size_t n = utf8_length(s);
		bool bad = n == 0 || is_control(s, n);
		size_t from = n == 0 ? 1 : n;
		size_t room = bad ? 4 * from : from;

		if (room >= size - used)
			break;
		if (bad)
			escape(dst + used, s, from);
		else
			memcpy(dst + used, s, from);
		used += room;
		s += from;
	}
	dst[used] = '\0';
}

/* Without a branch or a table: it may be of something secret. */
static char
hex_digit(unsigned value)
{
	unsigned is_letter = (9 - value) >> 8;

	return (char)('0' + value + (is_letter & ('a' - '0' - 10)));
}

void
text_hex(char *dst, const void *src, size_t len)
{
	const uint8_t *s = src;
	size_t i;

	for (i = 0; i < len; i++) {
		dst[2 * i] = hex_digit(s[i] >> 4);
		dst[2 * i + 1] = hex_digit(s[i] & 0xf);
	}
	dst[2 * len] = '\0';
}

static uint8_t
hex_value(char c)
{
	if (c <= '9')
		return c - '0';
	return (c | 0x20) - 'a' + 10;
}

bool
text_unhex(void *dst, size_t len, const char *src)
{
	uint8_t *out = dst;
	size_t i;

	if (len > SIZE_MAX / 2 ||
	    !is_made_of(src, 2 * len, 2 * len, "0123456789abcdefABCDEF"))
		return false;
	for (i = 0; i < len; i++)
		out[i] = hex_value(src[2 * i]) << 4 | hex_value(src[2 * i + 1]);
	return true;
}

bool
text_take(const char **text, const char *label, char end, char *ret,
    size_t size)
{
	size_t label_len = strlen(label), len;
	const char *value = *text + label_len, *stop;

	if (strncmp(*text, label, label_len) != 0 ||
	    (stop = strchr(value, end)) == NULL)
		return false;
	len = (size_t)(stop - value);
	if (len >= size)
		return false;
	memcpy(ret, value, len);
	ret[len] = '\0';
	*text = stop + 1;
	return true;
}

void
text_time(int64_t epoch, char ret[static TEXT_TIME_SIZE])
{
	struct tm tm = { 0 };
	time_t t;
	int n;

	if (epoch < TIME_MIN)
		epoch = TIME_MIN;
	if (epoch > TIME_MAX)
		epoch = TIME_MAX;
	t = (time_t)epoch;
	gmtime_r(&t, &tm);
	n = snprintf(ret, TEXT_TIME_SIZE, "%04d-", tm.tm_year + 1900);
	strftime(ret + n, TEXT_TIME_SIZE - n, "%m-%dT%H:%M:%S+00:00", &tm);
}

/* The number that COUNT digits at S are. */
static int
digits_at(const char *s, size_t count)
{
	int value = 0;

	for (; count > 0; count--)
		value = value * 10 + (*s++ - '0');
	return value;
}

bool
text_parse_date(const char *s, int64_t *ret)
{
	static const char shape[] = "dddd-dd-dd";
	struct tm tm = { 0 };
	size_t i;
	time_t t;
	int day;

	for (i = 0; i < sizeof(shape) - 1; i++) {
		if (shape[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != '-')
			return false;
	}
	if (s[i] != '\0')
		return false;
	tm.tm_year = digits_at(s, 4) - 1900;
	tm.tm_mon = digits_at(s + 5, 2) - 1;
	tm.tm_mday = day = digits_at(s + 8, 2);
	if (tm.tm_year < 70 || tm.tm_mon < 0 || tm.tm_mon > 11)
		return false;
	t = timegm(&tm);
	/* The 31st of a month with 30 days becomes the first of the next. */
	if (tm.tm_mday != day)
		return false;
	*ret = t;
	return true;
}
