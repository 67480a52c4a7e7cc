/*
 * Base64 (RFC 4648 section 4), as SSH's keys and the store's texts hold octets:
 * padded, in one line, and written in one way only.
 */
#ifndef FIDO_BASE64_H
#define FIDO_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* octets of the text of LEN octets, with its NUL */
#define BASE64_SIZE(len)	(((len) + 2) / 3 * 4 + 1)

/* RET_TEXT has room for BASE64_SIZE(LEN). */
void	base64_encode(const void *data, size_t len, char *ret_text);

/*
 * The reverse, at most SIZE octets: false, RET and RET_LEN untouched, where
 * TEXT is not what base64_encode() writes, or longer. "" is no octet.
 */
bool	base64_decode(const char *text, void *ret, size_t size,
	    size_t *ret_len) _must_check_;

#endif
