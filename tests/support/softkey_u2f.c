/* U2F raw messages (FIDO U2F 1.2): register, authenticate, version. */
#include <string.h>

#include "support/softkey_crypto.h"
#include "support/softkey_ctap2.h"

enum { REGISTER = 0x01, AUTHENTICATE = 0x02, VERSION = 0x03 };
enum { ENFORCE = 0x03, CHECK_ONLY = 0x07, DONT_ENFORCE = 0x08 };

enum status {
	SW_OK			= 0x9000,
	SW_WRONG_LENGTH		= 0x6700,
	SW_NOT_SATISFIED	= 0x6985,	/* no touch */
	SW_WRONG_DATA		= 0x6a80,	/* not this key's */
	SW_WRONG_P1		= 0x6a86,
	SW_WRONG_INS		= 0x6d00,
	SW_WRONG_CLA		= 0x6e00
};

#define CHALLENGE_SIZE	32
#define HEADER_SIZE	7	/* CLA INS P1 P2, and Lc of three octets */

static enum status
u2f_register(struct softkey *key, uint8_t p1, const struct slice *data,
    struct softkey_message *answer)
{
	_cleanup_(credential_wipe) struct credential credential = { 0 };
	struct softkey_message covered = { 0 };
	const uint8_t *challenge = data->bytes;
	const uint8_t *application = data->bytes + CHALLENGE_SIZE;
	uint8_t point[CRYPTO_POINT_SIZE], signature[CRYPTO_SIGNATURE_MAX];
	size_t len;

	(void)p1;
	if (data->len != CHALLENGE_SIZE + SOFTKEY_HASH_SIZE)
		return SW_WRONG_LENGTH;
	if (!softkey_is_touched(key))
		return SW_NOT_SATISFIED;
	credential_make(key, application, COSE_ES256, &credential);
	(void)crypto_public(credential.pkey, point);
	put_u8(&covered, 0);
	put_raw(&covered, application, SOFTKEY_HASH_SIZE);
	put_raw(&covered, challenge, CHALLENGE_SIZE);
	put_raw(&covered, credential.id, sizeof(credential.id));
	put_raw(&covered, point, sizeof(point));
	len = crypto_sign(key->batch.key, COSE_ES256, covered.bytes,
	    covered.len, signature);

	put_u8(answer, 0x05);
	put_raw(answer, point, sizeof(point));
	put_u8(answer, sizeof(credential.id));
	put_raw(answer, credential.id, sizeof(credential.id));
	put_raw(answer, key->batch.certificate,
	    (size_t)key->batch.certificate_len);
	put_raw(answer, signature, len);
	return SW_OK;
}

static void
put_authentication(struct softkey *key, const struct credential *credential,
    const uint8_t *challenge, const uint8_t *application, bool touched,
    struct softkey_message *answer)
{
	struct softkey_message covered = { 0 };
	uint8_t signature[CRYPTO_SIGNATURE_MAX];
	uint32_t count = softkey_count(key);
	size_t len;

	put_raw(&covered, application, SOFTKEY_HASH_SIZE);
	put_u8(&covered, touched);
	put_u32(&covered, count);
	put_raw(&covered, challenge, CHALLENGE_SIZE);
	len = crypto_sign(credential->pkey, COSE_ES256, covered.bytes,
	    covered.len, signature);
	put_u8(answer, touched);
	put_u32(answer, count);
	put_raw(answer, signature, len);
}

static enum status
u2f_authenticate(struct softkey *key, uint8_t p1, const struct slice *data,
    struct softkey_message *answer)
{
	_cleanup_(credential_wipe) struct credential credential = { 0 };
	const size_t fixed = CHALLENGE_SIZE + SOFTKEY_HASH_SIZE;
	const uint8_t *challenge = data->bytes;
	const uint8_t *application = data->bytes + CHALLENGE_SIZE;

	if (data->len < fixed + 1 ||
	    data->len != fixed + 1 + data->bytes[fixed])
		return SW_WRONG_LENGTH;
	if (!credential_open(key, application, data->bytes + fixed + 1,
		data->bytes[fixed], &credential) ||
	    credential.algorithm != COSE_ES256)
		return SW_WRONG_DATA;
	switch (p1) {
	case CHECK_ONLY:
		return SW_NOT_SATISFIED;
	case ENFORCE:
		if (!softkey_is_touched(key))
			return SW_NOT_SATISFIED;
		break;
	case DONT_ENFORCE:
		break;
	default:
		return SW_WRONG_P1;
	}
	put_authentication(key, &credential, challenge, application,
	    p1 == ENFORCE, answer);
	return SW_OK;
}

static enum status
u2f_version(struct softkey *key, uint8_t p1, const struct slice *data,
    struct softkey_message *answer)
{
	(void)key;
	(void)p1;
	if (data->len != 0)
		return SW_WRONG_LENGTH;
	put_raw(answer, "U2F_V2", 6);
	return SW_OK;
}

static const struct instruction {
	uint8_t		octet;
	const char	*name;
	enum status	(*run)(struct softkey *, uint8_t, const struct slice *,
			    struct softkey_message *);
} instructions[] = {
	{ REGISTER,	"U2F register",		u2f_register },
	{ AUTHENTICATE,	"U2F authenticate",	u2f_authenticate },
	{ VERSION,	"U2F version",		u2f_version },
};

/* The data of an APDU of extended length; none where Lc is absent or 0. */
static bool
parse(const struct softkey_message *request, struct slice *ret)
{
	const uint8_t *b = request->bytes;

	*ret = (struct slice){ .bytes = b, .len = 0 };
	if (request->len < 4 || (request->len >= 5 && b[4] != 0))
		return false;
	if (request->len < HEADER_SIZE)
		return true;
	ret->len = (size_t)b[5] << 8 | b[6];
	ret->bytes = b + HEADER_SIZE;
	if (request->len == HEADER_SIZE) /* that was Le */
		ret->len = 0;
	return ret->len <= request->len - HEADER_SIZE;
}

static enum status
dispatch(struct softkey *key, const struct softkey_message *request,
    struct softkey_message *answer)
{
	struct slice data;

	if (!parse(request, &data))
		return SW_WRONG_LENGTH;
	if (request->bytes[0] != 0)
		return SW_WRONG_CLA;
	for (size_t i = 0; i < sizeof(instructions) / sizeof(*instructions);
	     i++) {
		const struct instruction *each = &instructions[i];

		if (each->octet != request->bytes[1])
			continue;
		softkey_log(key, "%s%s", each->name,
		    each->octet == AUTHENTICATE &&
			    request->bytes[2] == CHECK_ONLY
			? " check-only"
			: "");
		return each->run(key, request->bytes[2], &data, answer);
	}
	return SW_WRONG_INS;
}

void
u2f_request(struct softkey *key, const struct softkey_message *request,
    struct softkey_message *answer)
{
	enum status status;

	answer->len = 0;
	status = dispatch(key, request, answer);
	put_u16(answer, (uint16_t)status);
}
