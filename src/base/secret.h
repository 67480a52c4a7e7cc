/*
 * Secret memory: seeds, codes, keys. Wiped on every path by
 * _cleanup_(secret_wipe); never logged, never formatted with %s.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#define SECRET_SIZE	128		/* octets: longest seed or answer */
#define SECRET_TEXT_SIZE 2048		/* octets with the NUL */

struct secret {
	size_t	len;			/* octets used */
	uint8_t	bytes[SECRET_SIZE];
};

/* A secret that is text: base32, an otpauth URI. NUL-terminated. */
struct secret_text {
	char	text[SECRET_TEXT_SIZE];
};

/* Overwrites *S in a way that the compiler can't remove. */
void	secret_wipe(struct secret *s);
void	secret_text_wipe(struct secret_text *s);

/*
 * malloc(3) and free(3) for memory that may hold secrets: wiped when it is
 * freed. For libraries that take a pair of allocators.
 */
void	*secret_malloc(size_t size);
void	secret_free(void *ptr);

/* Copies LEN octets. Returns false, S untouched, where they do not fit. */
bool	secret_set(struct secret *s, const void *bytes, size_t len)
	    _must_check_;

/*
 * Are both of the same length and content? Takes the same time whatever the
 * content; the lengths are not secret.
 */
bool	secret_is_equal(const struct secret *a, const struct secret *b);

#endif
