#include <err.h>
#include <string.h>

#include "support/softkey_cbor.h"
#include "support/softkey_crypto.h"

void
cbor_freep(cbor_item_t **item)
{
	if (*item != NULL)
		cbor_decref(item);
}

const cbor_item_t *
cbor_at(const cbor_item_t *map, int key)
{
	const struct cbor_pair *pairs;
	int found;

	if (map == NULL || !cbor_isa_map(map))
		return NULL;
	pairs = cbor_map_handle(map);
	for (size_t i = 0; i < cbor_map_size(map); i++)
		if (cbor_to_int(pairs[i].key, &found) && found == key)
			return pairs[i].value;
	return NULL;
}

const cbor_item_t *
cbor_at_text(const cbor_item_t *map, const char *key)
{
	const struct cbor_pair *pairs;

	if (map == NULL || !cbor_isa_map(map))
		return NULL;
	pairs = cbor_map_handle(map);
	for (size_t i = 0; i < cbor_map_size(map); i++)
		if (cbor_is_text(pairs[i].key, key))
			return pairs[i].value;
	return NULL;
}

bool
cbor_to_bytes(const cbor_item_t *item, struct slice *ret)
{
	if (item == NULL || !cbor_isa_bytestring(item) ||
	    !cbor_bytestring_is_definite(item))
		return false;
	ret->bytes = cbor_bytestring_handle(item);
	ret->len = cbor_bytestring_length(item);
	return true;
}

bool
cbor_to_text(const cbor_item_t *item, struct slice *ret)
{
	if (item == NULL || !cbor_isa_string(item) ||
	    !cbor_string_is_definite(item))
		return false;
	ret->bytes = cbor_string_handle(item);
	ret->len = cbor_string_length(item);
	return true;
}

bool
cbor_to_int(const cbor_item_t *item, int *ret)
{
	uint64_t value;

	if (item == NULL || (!cbor_isa_uint(item) && !cbor_isa_negint(item)))
		return false;
	value = cbor_get_int(item);
	if (value > INT32_MAX)
		return false;
	*ret = cbor_isa_uint(item) ? (int)value : -1 - (int)value;
	return true;
}

bool
cbor_to_bool(const cbor_item_t *item, bool *ret)
{
	if (item == NULL || !cbor_isa_float_ctrl(item) || !cbor_is_bool(item))
		return false;
	*ret = cbor_get_bool(item);
	return true;
}

bool
cbor_is_text(const cbor_item_t *item, const char *text)
{
	struct slice found;

	return cbor_to_text(item, &found) && found.len == strlen(text) &&
	    memcmp(found.bytes, text, found.len) == 0;
}

/* Where the next octets go. */
static uint8_t *
end(struct softkey_message *to, size_t *ret_room)
{
	*ret_room = sizeof(to->bytes) - to->len;
	return to->bytes + to->len;
}

static void
advance(struct softkey_message *to, size_t len)
{
	if (len == 0)
		errx(1, "an answer is too long");
	to->len += len;
}

void
put_map(struct softkey_message *to, size_t pairs)
{
	size_t room;
	uint8_t *at = end(to, &room);

	advance(to, cbor_encode_map_start(pairs, at, room));
}

void
put_array(struct softkey_message *to, size_t items)
{
	size_t room;
	uint8_t *at = end(to, &room);

	advance(to, cbor_encode_array_start(items, at, room));
}

void
put_int(struct softkey_message *to, int64_t value)
{
	size_t room;
	uint8_t *at = end(to, &room);

	advance(to,
	    value >= 0 ? cbor_encode_uint((uint64_t)value, at, room)
		       : cbor_encode_negint((uint64_t)(-1 - value), at, room));
}

void
put_bool(struct softkey_message *to, bool value)
{
	size_t room;
	uint8_t *at = end(to, &room);

	advance(to, cbor_encode_bool(value, at, room));
}

void
put_text(struct softkey_message *to, const char *text)
{
	size_t room;
	uint8_t *at = end(to, &room);

	advance(to, cbor_encode_string_start(strlen(text), at, room));
	put_raw(to, text, strlen(text));
}

void
put_bytes(struct softkey_message *to, const void *bytes, size_t len)
{
	size_t room;
	uint8_t *at = end(to, &room);

	advance(to, cbor_encode_bytestring_start(len, at, room));
	put_raw(to, bytes, len);
}

void
put_raw(struct softkey_message *to, const void *bytes, size_t len)
{
	size_t room;
	uint8_t *at = end(to, &room);

	if (len == 0)
		return;
	if (len > room)
		errx(1, "an answer is too long");
	memcpy(at, bytes, len);
	to->len += len;
}

void
put_u8(struct softkey_message *to, uint8_t value)
{
	put_raw(to, &value, 1);
}

void
put_u16(struct softkey_message *to, uint16_t value)
{
	put_u8(to, (uint8_t)(value >> 8));
	put_u8(to, (uint8_t)value);
}

void
put_u32(struct softkey_message *to, uint32_t value)
{
	put_u16(to, (uint16_t)(value >> 16));
	put_u16(to, (uint16_t)value);
}

void
put_cose(struct softkey_message *to, EVP_PKEY *pkey, int algorithm)
{
	uint8_t public[CRYPTO_POINT_SIZE];
	bool okp = algorithm == COSE_EDDSA;

	(void)crypto_public(pkey, public);
	put_map(to, okp ? 4 : 5);
	put_int(to, 1);
	put_int(to, okp ? 1 : 2); /* OKP, EC2 */
	put_int(to, 3);
	put_int(to, algorithm);
	put_int(to, -1);
	put_int(to, okp ? 6 : 1); /* Ed25519, P-256 */
	put_int(to, -2);
	put_bytes(to, okp ? public : public + 1, 32);
	if (okp)
		return;
	put_int(to, -3);
	put_bytes(to, public + 33, 32);
}
