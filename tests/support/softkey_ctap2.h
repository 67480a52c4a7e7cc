/*
 * CTAP2 and U2F requests of softkey. A request that needs a touch is begun
 * again from its start once it is there: nothing has changed before.
 */
#ifndef SUPPORT_SOFTKEY_CTAP2_H
#define SUPPORT_SOFTKEY_CTAP2_H

#include "support/softkey_cbor.h"

/* CTAP 2.1, 6.3 */
enum ctap2_status {
	CTAP2_OK			= 0x00,
	CTAP2_INVALID_COMMAND		= 0x01,
	CTAP2_INVALID_PARAMETER		= 0x02,
	CTAP2_INVALID_LENGTH		= 0x03,
	CTAP2_UNEXPECTED_TYPE		= 0x11,
	CTAP2_INVALID_CBOR		= 0x12,
	CTAP2_MISSING_PARAMETER		= 0x14,
	CTAP2_CREDENTIAL_EXCLUDED	= 0x19,
	CTAP2_UNSUPPORTED_ALGORITHM	= 0x26,
	CTAP2_UNSUPPORTED_OPTION	= 0x2b,
	CTAP2_INVALID_OPTION		= 0x2c,
	CTAP2_KEEPALIVE_CANCEL		= 0x2d,
	CTAP2_NO_CREDENTIALS		= 0x2e,
	CTAP2_USER_ACTION_TIMEOUT	= 0x2f,
	CTAP2_PIN_INVALID		= 0x31,
	CTAP2_PIN_BLOCKED		= 0x32,
	CTAP2_PIN_AUTH_INVALID		= 0x33,
	CTAP2_PIN_AUTH_BLOCKED		= 0x34,
	CTAP2_PIN_NOT_SET		= 0x35,
	CTAP2_PIN_REQUIRED		= 0x36,
	CTAP2_PIN_POLICY_VIOLATION	= 0x37,
	CTAP2_UV_INVALID		= 0x3f,
	CTAP2_NEEDS_TOUCH		= 0x100	/* no status: see above */
};

/*
 * Answers a CBOR request: a command octet and its parameters. The answer is the
 * status and what follows it; false where a touch is needed first.
 */
bool	ctap2_request(struct softkey *key,
	    const struct softkey_message *request,
	    struct softkey_message *answer) _must_check_;

/* The commands; PARAMETERS is NULL where there are none. */
enum ctap2_status ctap2_make(struct softkey *key,
	    const cbor_item_t *parameters, struct softkey_message *answer);
enum ctap2_status ctap2_assert(struct softkey *key,
	    const cbor_item_t *parameters, struct softkey_message *answer);
enum ctap2_status ctap2_pin(struct softkey *key,
	    const cbor_item_t *parameters, struct softkey_message *answer);

/*
 * Is the user verified, by PIN or by what is built in? Judges the members of a
 * request: OPTIONS, the pinUvAuthParam PARAM and its PROTOCOL, for a client
 * data HASH.
 */
enum ctap2_status ctap2_verify_user(struct softkey *key,
	    const cbor_item_t *options, const cbor_item_t *param,
	    const cbor_item_t *protocol, const struct slice *hash,
	    bool *ret_verified);

/* Answers a U2F message: an APDU. U2F asks again until there is a touch. */
void	u2f_request(struct softkey *key, const struct softkey_message *request,
	    struct softkey_message *answer);

#endif
