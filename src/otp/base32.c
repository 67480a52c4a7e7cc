#include <stdbool.h>

#include "otp/base32.h"

#define SYMBOL_BITS 5
#define GROUP	    8 /* symbols that hold five octets */

void
base32_encode(const struct secret *s, struct secret_text *ret_text)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned hold = 0, bits = 0;
	size_t i, n = 0;

	for (i = 0; i < s->len; i++) {
		hold = (hold << 8 | s->bytes[i]) & 0xffff;
		for (bits += 8; bits >= SYMBOL_BITS; bits -= SYMBOL_BITS)
			ret_text->text[n++] =
			    alphabet[hold >> (bits - SYMBOL_BITS) & 0x1f];
	}
	if (bits > 0)
		ret_text->text[n++] =
		    alphabet[hold << (SYMBOL_BITS - bits) & 0x1f];
	ret_text->text[n] = '\0';
}

/* 0 to 31, or -1. */
static int
symbol_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

static bool
is_separator(char c)
{
	return c == ' ' || c == '-';
}

/* Do SYMBOLS and PADS make whole octets, and whole groups where padded? */
static bool
is_length(size_t symbols, size_t pads)
{
	/* One, three or six symbols over hold a symbol without an octet. */
	if (symbols == 0 || symbols * SYMBOL_BITS % 8 >= SYMBOL_BITS)
		return false;
	return pads == 0 || (pads < GROUP && (symbols + pads) % GROUP == 0);
}

static enum mfa_code
invalid(struct mfa_error *err, const char *what)
{
	return mfa_error_set(err, MFA_INVALID_INPUT, 0, "base32: %s", what);
}

enum mfa_code
base32_decode(const char *text, size_t len, struct secret *ret_secret,
    struct mfa_error *err)
{
	_cleanup_(secret_wipe) struct secret out = { 0 };
	size_t i, symbols = 0, pads = 0;
	unsigned hold = 0, bits = 0;

	if (len > 0 && (is_separator(text[0]) || is_separator(text[len - 1])))
		return invalid(err, "a space or hyphen at an end");
	for (i = 0; i < len; i++) {
		int value = symbol_value(text[i]);

		if (is_separator(text[i]))
			continue;
		if (text[i] == '=') {
			pads++;
			continue;
		}
		if (value < 0 || pads > 0)
			return invalid(err, "a character that is none of it");
		symbols++;
		hold = (hold << SYMBOL_BITS | value) & 0xfff;
		bits += SYMBOL_BITS;
		if (bits < 8)
			continue;
		if (out.len == sizeof(out.bytes))
			return invalid(err, "too long");
		bits -= 8;
		out.bytes[out.len++] = hold >> bits & 0xff;
	}
	if (!is_length(symbols, pads))
		return invalid(err, "an impossible length");
	if ((hold & ((1U << bits) - 1)) != 0)
		return invalid(err, "bits left over at the end");
	*ret_secret = out;
	return MFA_OK;
}
