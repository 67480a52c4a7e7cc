#include <string.h>

#include <openssl/evp.h>

#include "fido/base64.h"

#define DIGITS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz0123456789+/"

void
base64_encode(const void *data, size_t len, char *ret_text)
{
	ret_text[0] = '\0';
	(void)EVP_EncodeBlock((uint8_t *)ret_text, data, (int)len);
}

/*
 * The four characters that a text ends with: the only ones with padding, and
 * with left-over bits, which must be zeros.
 */
static bool
decode_last(const char *text, uint8_t ret[static 3], size_t *ret_len)
{
	char again[BASE64_SIZE(3)];
	size_t len = 3;

	if (EVP_DecodeBlock(ret, (const uint8_t *)text, 4) != 3)
		return false;
	len -= text[3] == '=';
	len -= text[2] == '=';
	base64_encode(ret, len, again);
	*ret_len = len;
	return memcmp(again, text, 4) == 0;
}

/* libcrypto's decoder passes over spaces and knows no padding. */
bool
base64_decode(const char *text, void *ret, size_t size, size_t *ret_len)
{
	size_t len = strlen(text), whole, tail;
	uint8_t last[3];

	if (len == 0) {
		*ret_len = 0;
		return true;
	}
	if (len % 4 != 0 || len > BASE64_SIZE(size))
		return false;
	whole = len - 4;
	if (strspn(text, DIGITS) < whole ||
	    !decode_last(text + whole, last, &tail) || tail > size ||
	    whole / 4 * 3 > size - tail)
		return false;
	if (whole > 0)
		(void)EVP_DecodeBlock(ret, (const uint8_t *)text, (int)whole);
	memcpy((uint8_t *)ret + whole / 4 * 3, last, tail);
	*ret_len = whole / 4 * 3 + tail;
	return true;
}
