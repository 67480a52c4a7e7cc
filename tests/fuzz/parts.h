/* Inputs of parts, between which a line "%%" stands. */
#ifndef TESTS_FUZZ_PARTS_H
#define TESTS_FUZZ_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEPARATOR	"\n%%\n"

struct part {
	const uint8_t	*at;
	size_t		len;
};

/* Moves IN past its first part, which is *ret; false where there is none. */
bool	part_take(struct part *in, struct part *ret);
/* The same of a part, up to the first END or its end. */
bool	part_take_until(struct part *in, char end, struct part *ret);
bool	part_is(const struct part *part, const char *text);

#endif
