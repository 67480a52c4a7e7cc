#include <arpa/inet.h>

#include <string.h>

#include "policy/scalar.h"

#define WHOLE_DIGITS	15
#define FRACTION_DIGITS 9

#define V4_PREFIX 96 /* bits of ::ffff:0:0/96 */

static const uint8_t v4_start[V4_PREFIX / 8] = { [10] = 0xff, [11] = 0xff };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits that *S starts with, 1 to MAX of them, all; *S moves on. */
static bool
read_digits(const char **s, size_t max, int64_t *ret)
{
	int64_t number = 0;
	size_t n;

	for (n = 0; is_digit((*s)[n]); n++) {
		if (n == max)
			return false;
		number = number * 10 + ((*s)[n] - '0');
	}
	if (n == 0)
		return false;
	*s += n;
	*ret = number;
	return true;
}

/* Where *S starts with a point: what follows it. */
static bool
read_fraction(const char **s, int32_t *ret)
{
	const char *start;
	int64_t number;
	size_t n;

	*ret = 0;
	if (**s != '.')
		return true;
	start = ++*s;
	if (!read_digits(s, FRACTION_DIGITS, &number))
		return false;
	for (n = (size_t)(*s - start); n < FRACTION_DIGITS; n++)
		number *= 10;
	*ret = (int32_t)number;
	return true;
}

bool
decimal_parse(const char *text, struct decimal *ret)
{
	bool negative = text[0] == '-';
	struct decimal decimal;

	text += negative;
	if (!read_digits(&text, WHOLE_DIGITS, &decimal.whole) ||
	    !read_fraction(&text, &decimal.billionths) || *text != '\0')
		return false;
	if (negative) {
		decimal.whole = -decimal.whole;
		decimal.billionths = -decimal.billionths;
	}
	*ret = decimal;
	return true;
}

int
decimal_compare(const struct decimal *a, const struct decimal *b)
{
	if (a->whole != b->whole)
		return a->whole < b->whole ? -1 : 1;
	return (a->billionths > b->billionths) -
	    (a->billionths < b->billionths);
}

bool
truth_parse(const char *text, bool *ret)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return false;
	*ret = text[0] == 't';
	return true;
}

static bool
read_prefix(const char *text, unsigned max, unsigned *ret)
{
	int64_t bits;

	if (text[0] == '0' && text[1] != '\0')
		return false;
	if (!read_digits(&text, 3, &bits) || *text != '\0' || bits > max)
		return false;
	*ret = (unsigned)bits;
	return true;
}

/* *RET_START: the bits before what a prefix counts. */
static bool
read_address(const char *text, uint8_t ret[static ADDRESS_SIZE],
    unsigned *ret_start)
{
	*ret_start = 0;
	if (inet_pton(AF_INET6, text, ret) == 1)
		return true;
	*ret_start = V4_PREFIX;
	memcpy(ret, v4_start, sizeof(v4_start));
	return inet_pton(AF_INET, text, ret + sizeof(v4_start)) == 1;
}

bool
network_parse(const char *text, struct network *ret)
{
	const char *slash = strchrnul(text, '/');
	struct network network = { .prefix = 8 * ADDRESS_SIZE };
	char address[INET6_ADDRSTRLEN];
	size_t len = (size_t)(slash - text);
	unsigned start;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!read_address(address, network.address, &start))
		return false;
	if (*slash == '/') {
		if (!read_prefix(slash + 1, 8 * ADDRESS_SIZE - start,
			&network.prefix))
			return false;
		network.prefix += start;
	}
	*ret = network;
	return true;
}

bool
network_has(const struct network *network, const char *text)
{
	unsigned whole = network->prefix / 8, rest = network->prefix % 8;
	struct network peer;

	if (strchr(text, '/') != NULL || !network_parse(text, &peer))
		return false;
	/* IPv4's are in no network of IPv6, not even in ::/0. */
	if (network->prefix < V4_PREFIX &&
	    memcmp(peer.address, v4_start, sizeof(v4_start)) == 0)
		return false;
	if (memcmp(peer.address, network->address, whole) != 0)
		return false;
	return rest == 0 ||
	    ((peer.address[whole] ^ network->address[whole]) >> (8 - rest)) ==
	    0;
}
