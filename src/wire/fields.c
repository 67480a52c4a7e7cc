#include <string.h>

#include "base/text.h"
#include "wire/fields.h"

#define HEADER_SIZE  3 /* tag, length */
#define NUMBER_SIZE  4
#define LEVEL_SIZE   8
#define BIT(n)	     (UINT32_C(1) << (n))

/* Octets to write to; what does not fit fails. */
struct cursor {
	uint8_t *at;
	size_t left;
};

static bool
put(struct cursor *c, const void *data, size_t len)
{
	if (len > c->left)
		return false;
	memcpy(c->at, data, len);
	c->at += len;
	c->left -= len;
	return true;
}

static bool
put_number(struct cursor *c, uint64_t value, size_t octets)
{
	uint8_t bytes[sizeof(value)];
	size_t i;

	for (i = 0; i < octets; i++)
		bytes[i] = (uint8_t)(value >> (8 * (octets - 1 - i)));
	return put(c, bytes, octets);
}

static uint64_t
number_of(const uint8_t *bytes, size_t octets)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < octets; i++)
		value = value << 8 | bytes[i];
	return value;
}

static unsigned
unsigned_at(const void *at)
{
	unsigned value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static int
int_at(const void *at)
{
	int value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static size_t
size_at(const void *at)
{
	size_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* Octets of the string at AT; 0: none, or not one that may be sent. */
static size_t
string_len(const char *at, size_t max)
{
	size_t len = strnlen(at, max + 1);

	return len <= max && text_is_tag_value(at) ? len : 0;
}

static bool
put_header(struct cursor *c, uint8_t tag, size_t len)
{
	return put_number(c, tag, 1) && put_number(c, len, 2);
}

static bool
put_value(struct cursor *c, uint8_t tag, uint64_t value, size_t octets)
{
	return put_header(c, tag, octets) && put_number(c, value, octets);
}

static bool
put_bytes(struct cursor *c, const struct field *f, const void *at, size_t len)
{
	return len > 0 && len <= f->max && put_header(c, f->tag, len) &&
	    put(c, at, len);
}

static bool
put_level(struct cursor *c, const struct field *f, const void *at,
    const void *level)
{
	size_t len = string_len(at, f->max);
	uint64_t value;

	memcpy(&value, level, sizeof(value));
	return len > 0 && put_header(c, f->tag, LEVEL_SIZE + len) &&
	    put_number(c, value, LEVEL_SIZE) && put(c, at, len);
}

/* Writes the value at AT; MORE is its length or its level. */
static bool
put_field(struct cursor *c, const struct field *f, const void *at,
    const void *more)
{
	switch (f->kind) {
	case FIELD_ENUM:
		return unsigned_at(at) <= f->max &&
		    put_value(c, f->tag, unsigned_at(at), 1);
	case FIELD_FLAG:
		return put_value(c, f->tag, *(const bool *)at ? 1 : 0, 1);
	case FIELD_RETRIES:
		return int_at(at) >= 0 && int_at(at) <= UINT8_MAX &&
		    put_value(c, f->tag, (uint64_t)int_at(at), 1);
	case FIELD_NUMBER:
		return put_value(c, f->tag, unsigned_at(at), NUMBER_SIZE);
	case FIELD_STRING:
		return put_bytes(c, f, at, string_len(at, f->max));
	case FIELD_FIXED:
		return put_bytes(c, f, at, f->max);
	case FIELD_BYTES:
		return put_bytes(c, f, at, size_at(more));
	case FIELD_LEVEL:
		return put_level(c, f, at, more);
	}
	return false;
}

/* Is there anything to send? A field that must be there is sent anyway. */
static bool
has_value(const struct field *f, const void *at, const void *more)
{
	switch (f->kind) {
	case FIELD_ENUM:
	case FIELD_NUMBER:
		return unsigned_at(at) != 0;
	case FIELD_FLAG:
		return *(const bool *)at;
	case FIELD_RETRIES:
		return int_at(at) != -1;
	case FIELD_STRING:
		return *(const char *)at != '\0';
	case FIELD_BYTES:
		return size_at(more) != 0;
	case FIELD_FIXED:
	case FIELD_LEVEL:
		return true;
	}
	return true;
}

static bool
put_list(struct cursor *c, const struct field *f, const uint8_t *message,
    bool must)
{
	size_t count = size_at(message + f->offset_count), i;

	if (count > f->limit || (must && count == 0))
		return false;
	for (i = 0; i < count; i++, message += f->stride) {
		if (!put_field(c, f, message + f->offset,
			message + f->offset_len))
			return false;
	}
	return true;
}

static bool
put_single(struct cursor *c, const struct field *f, const uint8_t *message,
    bool must)
{
	const uint8_t *at = message + f->offset;
	const uint8_t *more = message + f->offset_len;

	return (!must && !has_value(f, at, more)) || put_field(c, f, at, more);
}

bool
fields_encode(const struct fields *fields, const void *message, uint8_t *buf,
    size_t size, size_t *ret_len)
{
	unsigned first = unsigned_at(
	    (const uint8_t *)message + fields->table[0].offset);
	struct cursor c = { .at = buf, .left = size };
	const struct field *f;
	bool must;

	if (first > fields->table[0].max)
		return false;
	for (f = fields->table; f < fields->table + fields->count; f++) {
		must = (f->must & BIT(first)) != 0;
		if (!must && (f->may & BIT(first)) == 0)
			continue;
		if (!(f->limit > 0 ? put_list : put_single)(&c, f, message,
			must))
			return false;
	}
	*ret_len = size - c.left;
	return true;
}

static bool
get_value(void *at, const uint8_t *data, size_t len, size_t octets, size_t max)
{
	unsigned value;

	if (len != octets)
		return false;
	value = (unsigned)number_of(data, octets);
	if (value > max)
		return false;
	memcpy(at, &value, sizeof(value));
	return true;
}

static bool
get_flag(bool *at, const uint8_t *data, size_t len)
{
	if (len != 1 || data[0] > 1)
		return false;
	*at = data[0] == 1;
	return true;
}

static bool
get_string(char *at, size_t max, const uint8_t *data, size_t len)
{
	if (len == 0 || len > max || memchr(data, '\0', len) != NULL)
		return false;
	memcpy(at, data, len);
	at[len] = '\0';
	return text_is_tag_value(at);
}

static bool
get_bytes(void *at, size_t max, void *at_len, const uint8_t *data, size_t len)
{
	if (len == 0 || len > max)
		return false;
	memcpy(at, data, len);
	memcpy(at_len, &len, sizeof(len));
	return true;
}

static bool
get_level(char *at, size_t max, void *at_level, const uint8_t *data, size_t len)
{
	uint64_t level;

	if (len <= LEVEL_SIZE)
		return false;
	level = number_of(data, LEVEL_SIZE);
	memcpy(at_level, &level, sizeof(level));
	return get_string(at, max, data + LEVEL_SIZE, len - LEVEL_SIZE);
}

static bool
get_field(const struct field *f, const uint8_t *data, size_t len, void *at,
    void *more)
{
	switch (f->kind) {
	case FIELD_ENUM:
		return get_value(at, data, len, 1, f->max);
	case FIELD_FLAG:
		return get_flag(at, data, len);
	case FIELD_RETRIES:
		return get_value(at, data, len, 1, UINT8_MAX);
	case FIELD_NUMBER:
		return get_value(at, data, len, NUMBER_SIZE, UINT32_MAX);
	case FIELD_STRING:
		return get_string(at, f->max, data, len);
	case FIELD_FIXED:
		return len == f->max && memcpy(at, data, len) != NULL;
	case FIELD_BYTES:
		return get_bytes(at, f->max, more, data, len);
	case FIELD_LEVEL:
		return get_level(at, f->max, more, data, len);
	}
	return false;
}

static const struct field *
find_field(const struct fields *fields, uint8_t tag)
{
	size_t i;

	for (i = 0; i < fields->count; i++) {
		if (fields->table[i].tag == tag)
			return &fields->table[i];
	}
	return NULL;
}

/* Makes room for one more item of a list; false: it is full. */
static bool
add_item(const struct field *f, uint8_t *message, size_t *ret_offset)
{
	size_t count = size_at(message + f->offset_count);

	if (count >= f->limit)
		return false;
	*ret_offset = count * f->stride;
	count++;
	memcpy(message + f->offset_count, &count, sizeof(count));
	return true;
}

static bool
get_next(const struct field *f, const uint8_t *data, size_t len,
    uint8_t *message)
{
	size_t item = 0;

	if (f->limit > 0 && !add_item(f, message, &item))
		return false;
	return get_field(f, data, len, message + item + f->offset,
	    message + item + f->offset_len);
}

/* Is all there that must be, and nothing that may not? SEEN: tags' bits. */
static bool
is_complete(const struct fields *fields, const uint8_t *message, uint32_t seen)
{
	unsigned first = unsigned_at(message + fields->table[0].offset);
	const struct field *f;
	bool is_there;

	for (f = fields->table; f < fields->table + fields->count; f++) {
		is_there = (seen & BIT(f->tag)) != 0;
		if (!is_there && (f->must & BIT(first)) != 0)
			return false;
		if (is_there && ((f->must | f->may) & BIT(first)) == 0)
			return false;
	}
	return true;
}

bool
fields_decode(const struct fields *fields, const uint8_t *data, size_t len,
    void *message)
{
	const struct field *f;
	uint32_t seen = 0;
	size_t size;

	while (len > 0) {
		if (len < HEADER_SIZE ||
		    (f = find_field(fields, data[0])) == NULL)
			return false;
		size = (size_t)number_of(data + 1, 2);
		data += HEADER_SIZE;
		len -= HEADER_SIZE;
		/* In order, so no bit at or above this one; a list goes on. */
		if (size > len ||
		    (seen >> f->tag) > (f->limit > 0 ? UINT32_C(1) : 0))
			return false;
		if (!get_next(f, data, size, message))
			return false;
		seen |= BIT(f->tag);
		data += size;
		len -= size;
	}
	return is_complete(fields, message, seen);
}
