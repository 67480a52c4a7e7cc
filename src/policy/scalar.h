/*
 * Values that are compared as what they mean: numbers, moments, networks.
 * Questions: false, and the result untouched, where a text is none.
 */
#ifndef POLICY_SCALAR_H
#define POLICY_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

#define ADDRESS_SIZE	16

/* WHOLE + BILLIONTHS / 1e9; both have the number's sign. */
struct decimal {
	int64_t	whole;
	int32_t	billionths;
};

/* An address of IPv4 is one in ::ffff:0:0/96: both spellings are one. */
struct network {
	uint8_t		address[ADDRESS_SIZE];
	unsigned	prefix;		/* bits, of the 128 */
};

/* "-12.5": at most 15 digits, and nine behind the point. */
bool	decimal_parse(const char *text, struct decimal *ret) _must_check_;
/* Less than, equal to or greater than 0, as A is to B. */
int	decimal_compare(const struct decimal *a, const struct decimal *b);

/*
 * A moment, in seconds since the epoch: "2026-11-22T13:50:14Z" and the other
 * forms of the W3C's note on dates and times (a date alone begins at midnight,
 * UTC), or the number itself. Four digits are a year.
 */
bool	moment_parse(const char *text, struct decimal *ret) _must_check_;

/* "true" or "false" */
bool	truth_parse(const char *text, bool *ret) _must_check_;

/* An address, or one with the length of a prefix: "10.0.0.0/8", "fe80::/10" */
bool	network_parse(const char *text, struct network *ret) _must_check_;
/* Is TEXT an address, in NETWORK? */
bool	network_has(const struct network *network, const char *text);

#endif
