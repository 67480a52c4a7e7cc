#include <string.h>

#include "tests/fuzz/parts.h"

bool
part_take(struct part *in, struct part *ret)
{
	const uint8_t *end;
	size_t len = strlen(SEPARATOR);

	if (in->at == NULL)
		return false;
	end = in->len > 0 ? memmem(in->at, in->len, SEPARATOR, len) : NULL;
	*ret = *in;
	if (end == NULL) {
		*in = (struct part){ NULL, 0 };
		return true;
	}
	ret->len = (size_t)(end - in->at);
	in->at = end + len;
	in->len -= ret->len + len;
	return true;
}

bool
part_take_until(struct part *in, char end, struct part *ret)
{
	const uint8_t *at;

	if (in->at == NULL)
		return false;
	at = in->len > 0 ? memchr(in->at, end, in->len) : NULL;
	*ret = *in;
	if (at == NULL) {
		*in = (struct part){ NULL, 0 };
		return true;
	}
	ret->len = (size_t)(at - in->at);
	in->at = at + 1;
	in->len -= ret->len + 1;
	return true;
}

bool
part_is(const struct part *part, const char *text)
{
	return part->len == strlen(text) &&
	    memcmp(part->at, text, part->len) == 0;
}
