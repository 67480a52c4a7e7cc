#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

void
secret_wipe(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

void
secret_text_wipe(struct secret_text *s)
{
	explicit_bzero(s, sizeof(*s));
}

/* What precedes memory of secret_malloc(): how much there is to wipe. */
union header {
	size_t size;
	max_align_t align;
};

void *
secret_malloc(size_t size)
{
	union header *h;

	if (size > SIZE_MAX - sizeof(*h))
		return NULL;
	if ((h = malloc(sizeof(*h) + size)) == NULL)
		return NULL;
	h->size = size;
	return h + 1;
}

void
secret_free(void *ptr)
{
	union header *h = ptr;

	if (ptr == NULL)
		return;
	h--;
	explicit_bzero(h, sizeof(*h) + h->size);
	free(h);
}

bool
secret_set(struct secret *s, const void *bytes, size_t len)
{
	if (len > sizeof(s->bytes))
		return false;
	if (len > 0)
		memmove(s->bytes, bytes, len);
	s->len = len;
	return true;
}

bool
secret_is_equal(const struct secret *a, const struct secret *b)
{
	volatile uint8_t differ = 0;
	size_t i;

	if (a->len != b->len)
		return false;
	for (i = 0; i < a->len; i++)
		differ |= a->bytes[i] ^ b->bytes[i];
	return differ == 0;
}
