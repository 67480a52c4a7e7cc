#include <string.h>

#include "base/text.h"
#include "fido/base64.h"
#include "fido/u2f_keys.h"

#define POINT_SIZE  65 /* octets: x and y, not compressed */
#define POINT_PLAIN 0x04
#define EDDSA_SIZE  32

static enum mfa_code
refuse(struct mfa_error *err, const char *what)
{
	return mfa_error_set(err, MFA_INVALID_INPUT, 0, "%s", what);
}

/* Base64 with either alphabet, with its padding or without. */
static bool
decode_handle(const char *handle, struct fido_credential *ret)
{
	char text[BASE64_SIZE(FIDO_CREDENTIAL_ID_MAX)];
	size_t i, len = strlen(handle);

	if (len == 0 || len >= sizeof(text))
		return false;
	for (i = 0; i < len; i++)
		text[i] = handle[i] == '-' ? '+'
		    : handle[i] == '_'	   ? '/'
					   : handle[i];
	while (len % 4 != 0 && len + 1 < sizeof(text))
		text[len++] = '=';
	text[len] = '\0';
	return base64_decode(text, ret->id, sizeof(ret->id), &ret->id_len) &&
	    ret->id_len > 0;
}

/* x and y, with what says that they are not compressed or without. */
static bool
set_point(const uint8_t *octets, size_t len, struct fido_credential *ret)
{
	if (len == POINT_SIZE && octets[0] == POINT_PLAIN) {
		octets++;
		len--;
	}
	if (len != POINT_SIZE - 1)
		return false;
	memcpy(ret->key, octets, len);
	ret->key_len = len;
	return true;
}

static bool
decode_key(const char *key, bool is_old, struct fido_credential *ret)
{
	uint8_t octets[POINT_SIZE];
	size_t len = POINT_SIZE;

	if (is_old ? !text_unhex(octets, len, key)
		   : !base64_decode(key, octets, sizeof(octets), &len))
		return false;
	switch (ret->algorithm) {
	case FIDO_ES256:
		return set_point(octets, len, ret);
	case FIDO_EDDSA:
		if (len != EDDSA_SIZE)
			return false;
		memcpy(ret->key, octets, len);
		ret->key_len = len;
		return true;
	}
	return false;
}

static bool
set_algorithm(const char *type, struct fido_credential *ret)
{
	if (type != NULL && strcmp(type, "eddsa") == 0) {
		ret->algorithm = FIDO_EDDSA;
		return true;
	}
	ret->algorithm = FIDO_ES256;
	return type == NULL || strcmp(type, "es256") == 0;
}

enum mfa_code
u2f_keys_parse(const char *handle, const char *key, const char *type,
    const char *rp_id, struct fido_credential *ret, struct mfa_error *err)
{
	struct fido_credential parsed = { 0 };
	size_t len = strlen(rp_id);

	if (len == 0 || len > FIDO_RP_ID_MAX)
		return refuse(err, "no relying party");
	memcpy(parsed.rp_id, rp_id, len + 1);
	if (!set_algorithm(type, &parsed))
		return refuse(err, "of a type that is not es256 or eddsa");
	parsed.format = type == NULL ? FIDO_U2F : FIDO_NONE;
	if (!decode_handle(handle, &parsed))
		return refuse(err, "its key handle is not base64, or too long");
	if (!decode_key(key, type == NULL, &parsed))
		return refuse(err, "its public key is not one of its type");
	*ret = parsed;
	return MFA_OK;
}
