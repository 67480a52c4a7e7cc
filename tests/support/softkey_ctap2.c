#include <string.h>

#include "support/softkey_crypto.h"
#include "support/softkey_ctap2.h"

enum { MAKE = 0x01, ASSERT = 0x02, INFO = 0x04, PIN = 0x06 };

static void
put_names(struct softkey_message *to, const char *const *names, size_t count)
{
	put_array(to, count);
	for (size_t i = 0; i < count; i++)
		put_text(to, names[i]);
}

static void
put_options(struct softkey_message *to, const struct softkey *key)
{
	bool uv = key->switches.uv != UV_ABSENT;

	put_map(to, uv ? 5 : 4);
	put_text(to, "rk");
	put_bool(to, false);
	put_text(to, "up");
	put_bool(to, true);
	if (uv) {
		put_text(to, "uv");
		put_bool(to, true);
	}
	put_text(to, "plat");
	put_bool(to, false);
	put_text(to, "clientPin");
	put_bool(to, key->pin.is_set);
}

static void
put_algorithm(struct softkey_message *to, int algorithm)
{
	put_map(to, 2);
	put_text(to, "alg");
	put_int(to, algorithm);
	put_text(to, "type");
	put_text(to, "public-key");
}

/* What it makes credentials for; keys of CTAP 2.0 do not say so. */
static void
put_algorithms(struct softkey_message *to, const struct softkey *key)
{
	enum softkey_algorithms algorithms = key->switches.algorithms;

	if (algorithms == ALGORITHMS_UNTOLD)
		return;
	put_int(to, 0x0a);
	put_array(to, algorithms == ALGORITHMS_BOTH ? 2 : 1);
	if (algorithms == ALGORITHMS_BOTH)
		put_algorithm(to, COSE_ES256);
	put_algorithm(to, COSE_EDDSA);
}

/* authenticatorGetInfo (CTAP 2.1, 6.4) */
static enum ctap2_status
ctap2_info(struct softkey *key, const cbor_item_t *parameters,
    struct softkey_message *answer)
{
	static const char *const versions[] = { "U2F_V2", "FIDO_2_0" };
	static const char *const transports[] = { "usb" };

	(void)parameters;
	put_map(answer,
	    key->switches.algorithms == ALGORITHMS_UNTOLD ? 10 : 11);
	put_int(answer, 0x01);
	put_names(answer, versions, 2);
	put_int(answer, 0x03);
	put_bytes(answer, key->batch.aaguid, SOFTKEY_AAGUID_SIZE);
	put_int(answer, 0x04);
	put_options(answer, key);
	put_int(answer, 0x05); /* maxMsgSize */
	put_int(answer, SOFTKEY_MESSAGE_MAX);
	put_int(answer, 0x06);
	put_array(answer, key->switches.pin_protocol == 0 ? 2 : 1);
	if (key->switches.pin_protocol != 1)
		put_int(answer, 2);
	if (key->switches.pin_protocol != 2)
		put_int(answer, 1);
	put_int(answer, 0x07); /* maxCredentialCountInList */
	put_int(answer, 16);
	put_int(answer, 0x08); /* maxCredentialIdLength */
	put_int(answer, CREDENTIAL_ID_SIZE);
	put_int(answer, 0x09);
	put_names(answer, transports, 1);
	put_algorithms(answer, key);
	put_int(answer, 0x0e); /* firmwareVersion */
	put_int(answer, 0x10203);
	put_int(answer, 0x13); /* certifications */
	put_map(answer, 2);
	put_text(answer, "FIDO");
	put_int(answer, 2);
	put_text(answer, "FIPS-CMVP-2");
	put_int(answer, 1);
	return CTAP2_OK;
}

static const struct command {
	uint8_t			octet;
	const char		*name;
	enum ctap2_status	(*run)(struct softkey *, const cbor_item_t *,
				    struct softkey_message *);
} commands[] = {
	{ MAKE,		"makeCredential",	ctap2_make },
	{ ASSERT,	"getAssertion",		ctap2_assert },
	{ INFO,		"getInfo",		ctap2_info },
	{ PIN,		"clientPIN",		ctap2_pin },
};

static enum ctap2_status
dispatch(struct softkey *key, const struct softkey_message *request,
    struct softkey_message *answer)
{
	_cleanup_(cbor_freep) cbor_item_t *parameters = NULL;
	struct cbor_load_result loaded;

	if (request->len == 0)
		return CTAP2_INVALID_LENGTH;
	if (request->len > 1) {
		parameters = cbor_load(request->bytes + 1, request->len - 1,
		    &loaded);
		if (parameters == NULL || loaded.read != request->len - 1)
			return CTAP2_INVALID_CBOR;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (commands[i].octet != request->bytes[0])
			continue;
		if (!key->is_touched)
			softkey_log(key, "%s", commands[i].name);
		return commands[i].run(key, parameters, answer);
	}
	softkey_log(key, "command %02x", request->bytes[0]);
	return CTAP2_INVALID_COMMAND;
}

bool
ctap2_request(struct softkey *key, const struct softkey_message *request,
    struct softkey_message *answer)
{
	enum ctap2_status status;

	answer->len = 1;
	status = dispatch(key, request, answer);
	if (status == CTAP2_NEEDS_TOUCH)
		return false;
	if (status != CTAP2_OK) {
		softkey_log(key, "error %02x", status);
		answer->len = 1;
	}
	answer->bytes[0] = (uint8_t)status;
	return true;
}
