#include <string.h>

#include "fido/ssh_wire.h"

bool
ssh_take(struct ssh_octets *from, size_t n, struct ssh_octets *ret)
{
	struct ssh_octets taken = { from->bytes, n };

	if (n > from->len)
		return false;
	from->bytes += n;
	from->len -= n;
	*ret = taken;
	return true;
}

bool
ssh_take_byte(struct ssh_octets *from, uint8_t *ret)
{
	struct ssh_octets taken;

	if (!ssh_take(from, 1, &taken))
		return false;
	*ret = taken.bytes[0];
	return true;
}

bool
ssh_take_u32(struct ssh_octets *from, uint32_t *ret)
{
	struct ssh_octets taken;

	if (!ssh_take(from, 4, &taken))
		return false;
	*ret = (uint32_t)taken.bytes[0] << 24 | (uint32_t)taken.bytes[1] << 16 |
	    (uint32_t)taken.bytes[2] << 8 | taken.bytes[3];
	return true;
}

bool
ssh_take_string(struct ssh_octets *from, struct ssh_octets *ret)
{
	struct ssh_octets rest = *from;
	uint32_t len;

	if (!ssh_take_u32(&rest, &len) || !ssh_take(&rest, len, ret))
		return false;
	*from = rest;
	return true;
}

bool
ssh_octets_is(const struct ssh_octets *octets, const char *text)
{
	size_t len = strlen(text);

	return octets->len == len && memcmp(octets->bytes, text, len) == 0;
}

void
ssh_put(struct ssh_buffer *buffer, const void *bytes, size_t len)
{
	if (buffer->overflown || len > buffer->size - buffer->len) {
		buffer->overflown = true;
		return;
	}
	if (len > 0)
		memcpy(buffer->bytes + buffer->len, bytes, len);
	buffer->len += len;
}

void
ssh_put_byte(struct ssh_buffer *buffer, uint8_t value)
{
	ssh_put(buffer, &value, 1);
}

void
ssh_put_u32(struct ssh_buffer *buffer, uint32_t value)
{
	const uint8_t octets[] = { (uint8_t)(value >> 24),
		(uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value };

	ssh_put(buffer, octets, sizeof(octets));
}

void
ssh_put_string(struct ssh_buffer *buffer, const void *bytes, size_t len)
{
	if (len > UINT32_MAX) {
		buffer->overflown = true;
		return;
	}
	ssh_put_u32(buffer, (uint32_t)len);
	ssh_put(buffer, bytes, len);
}

void
ssh_put_text(struct ssh_buffer *buffer, const char *text)
{
	ssh_put_string(buffer, text, strlen(text));
}
