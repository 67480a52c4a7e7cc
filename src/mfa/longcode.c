#include <string.h>

#include "mfa/longcode.h"
#include "otp/base32.h"
#include "store/ledger.h"
#include "store/recovery.h"
#include "store/seal.h"

#define DIGITS	16 /* characters of base32 */
#define GROUP	4
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_Static_assert(LONGCODE_HASH_SIZE == SEAL_MAC_SIZE &&
	LONGCODE_HASH_SIZE == LEDGER_HASH_SIZE &&
	LONGCODE_HASH_SIZE == RECOVERY_HASH_SIZE,
    "the store keeps whole hashes");

void
longcode_wipe(struct longcode *code)
{
	explicit_bzero(code, sizeof(*code));
}

static void
digits_wipe(char (*digits)[DIGITS + 1])
{
	explicit_bzero(digits, sizeof(*digits));
}

/* The characters of ANSWER that count, in upper case; their number. */
static size_t
gather(const char *answer, size_t len, char ret[static DIGITS])
{
	size_t i, count = 0;

	for (i = 0; i < len; i++) {
		char c = answer[i];

		if (c == ' ' || c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (count == DIGITS)
			return DIGITS + 1;
		ret[count++] = c;
	}
	return count;
}

bool
longcode_parse(const void *answer, size_t len, struct secret *ret)
{
	_cleanup_(digits_wipe) char digits[DIGITS + 1] = "";
	_cleanup_(secret_wipe) struct secret code = { 0 };
	struct mfa_error ignored;

	if (gather(answer, len, digits) != DIGITS || strlen(digits) != DIGITS ||
	    strpbrk(digits, LETTERS) == NULL ||
	    base32_decode(digits, DIGITS, &code, &ignored) != MFA_OK ||
	    code.len != LONGCODE_SIZE)
		return false;
	*ret = code;
	return true;
}

/* CODE in groups. */
static void
write_text(const struct secret *code, struct longcode *ret)
{
	_cleanup_(secret_text_wipe) struct secret_text base32;
	size_t i, used = 0;

	base32_encode(code, &base32);
	for (i = 0; i < DIGITS; i++) {
		if (i > 0 && i % GROUP == 0)
			ret->text[used++] = '-';
		ret->text[used++] = base32.text[i];
	}
	ret->text[used] = '\0';
}

enum mfa_code
longcode_make(const struct world *world, struct secret *ret,
    struct longcode *ret_text, struct mfa_error *err)
{
	_cleanup_(secret_wipe) struct secret code = { .len = LONGCODE_SIZE };
	_cleanup_(longcode_wipe) struct longcode text;

	do {
		if (!world->random(world->ctx, code.bytes, LONGCODE_SIZE))
			return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
			    "no randomness for a code");
		write_text(&code, &text);
	} while (strpbrk(text.text, LETTERS) == NULL);
	*ret = code;
	*ret_text = text;
	return MFA_OK;
}

static const char *
kind_name(enum longcode_kind kind)
{
	switch (kind) {
	case LONGCODE_RECOVERY:
		return "recovery code";
	case LONGCODE_GRANT:
		return "grant";
	case LONGCODE_INVITE:
		break;
	}
	return "invitation";
}

enum mfa_code
longcode_hash(const struct mfa_context *ctx, const struct host_user *user,
    enum longcode_kind kind, const struct secret *code, struct secret *ret,
    struct mfa_error *err)
{
	uint8_t data[LONGCODE_SIZE + USER_NAME_MAX];
	uint8_t mac[SEAL_MAC_SIZE];
	size_t len = strlen(user->name);
	enum mfa_code result;

	if (code->len != LONGCODE_SIZE)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a code of %zu octets", code->len);
	memcpy(data, code->bytes, LONGCODE_SIZE);
	memcpy(data + LONGCODE_SIZE, user->name, len);
	result = seal_mac(&ctx->store->key, kind_name(kind), data,
	    LONGCODE_SIZE + len, mac, err);
	explicit_bzero(data, sizeof(data));
	if (result != MFA_OK)
		return result;
	memcpy(ret->bytes, mac, sizeof(mac));
	ret->len = sizeof(mac);
	return MFA_OK;
}

bool
longcode_is_hash(const struct secret *hash,
    const uint8_t stored[static LONGCODE_HASH_SIZE])
{
	struct secret other = { .len = LONGCODE_HASH_SIZE };

	memcpy(other.bytes, stored, LONGCODE_HASH_SIZE);
	return secret_is_equal(hash, &other);
}

size_t
longcode_find(const struct secret *hash,
    const uint8_t (*stored)[LONGCODE_HASH_SIZE], size_t count)
{
	size_t i, mask, found = count;

	for (i = 0; i < count; i++) {
		mask = 0 - (size_t)longcode_is_hash(hash, stored[i]);
		/* The compiler is not to make a branch of it. */
		__asm__("" : "+r"(mask));
		found = (mask & i) | (~mask & found);
	}
	return found;
}
