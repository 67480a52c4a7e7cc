/* What is given in hexadecimal. */
#ifndef SUPPORT_SOFTKEY_HEX_H
#define SUPPORT_SOFTKEY_HEX_H

#include "support/softkey.h"

/* Exactly LEN octets. */
bool	hex_parse(const char *text, uint8_t *ret, size_t len) _must_check_;

/* A master key from 1 to 64 octets of seed: another seed, another key. */
bool	hex_seed(const char *text, uint8_t ret[static 32]) _must_check_;

#endif
