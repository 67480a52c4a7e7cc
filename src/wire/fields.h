/*
 * A message as a strict sequence of fields, by a table: one octet tag, two
 * octets length (most significant first), that many octets, in the order of the
 * tags. Which fields may and must be there follows from the first one. Encoding
 * and decoding follow the same table, so that both refuse the same.
 */
#ifndef WIRE_FIELDS_H
#define WIRE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum field_kind {
	FIELD_ENUM,	/* one octet, MAX the last value; the first field */
	FIELD_FLAG,	/* one octet, 0 or 1; a bool */
	FIELD_RETRIES,	/* one octet; an int, -1 where the field is absent */
	FIELD_NUMBER,	/* four octets; an unsigned */
	FIELD_STRING,	/* 1 to MAX octets of printable UTF-8, and a NUL */
	FIELD_FIXED,	/* MAX octets */
	FIELD_BYTES,	/* 1 to MAX octets; a size_t of them at OFFSET_LEN */
	FIELD_LEVEL,	/* eight octets, a uint64_t at OFFSET_LEN; a STRING */
};

struct field {
	uint8_t		tag;		/* 1 to 31 */
	enum field_kind	kind;
	size_t		offset;		/* of the value in the struct */
	size_t		max;
	uint32_t	may, must;	/* bits of the first field's values */
	size_t		offset_len;
	/* Lists: how many at most, how far apart, where their size_t is. */
	size_t		limit, stride, offset_count;
};

struct fields {
	const struct field	*table;
	size_t			count;
};

/*
 * Writes MESSAGE to BUF. Returns false, *ret_len untouched, where it has a
 * value out of bounds, lacks one that must be there, or does not fit.
 */
bool	fields_encode(const struct fields *fields, const void *message,
	    uint8_t *buf, size_t size, size_t *ret_len) _must_check_;

/*
 * Reads DATA whole into MESSAGE, which holds what absent fields stand for
 * (zeros, -1). Returns false for anything but such a message; MESSAGE may hold
 * parts of it then.
 */
bool	fields_decode(const struct fields *fields, const uint8_t *data,
	    size_t len, void *message) _must_check_;

#endif
