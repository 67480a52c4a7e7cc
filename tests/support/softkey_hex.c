#include <openssl/crypto.h>

#include "support/softkey_crypto.h"
#include "support/softkey_hex.h"

#define SEED_MAX	64

bool
hex_parse(const char *text, uint8_t *ret, size_t len)
{
	size_t found;

	return OPENSSL_hexstr2buf_ex(ret, len, &found, text, '\0') == 1 &&
	    found == len;
}

bool
hex_seed(const char *text, uint8_t ret[static 32])
{
	uint8_t seed[SEED_MAX];
	size_t len;

	if (OPENSSL_hexstr2buf_ex(seed, sizeof(seed), &len, text, '\0') != 1 ||
	    len == 0)
		return false;
	crypto_sha256(seed, len, ret);
	return true;
}
