#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "base/text.h"
#include "cli/import.h"
#include "otp/base32.h"

#define BLANKS	"\t\r "
#define FIELDS	7	/* type user PIN secret counter last-code last-time */

static const struct {
	const char *type;
	int digits;
	int period; /* 0: of HOTP */
} types[] = {
	{ "HOTP", 6, 0 },
	{ "HOTP/E", 6, 0 },
	{ "HOTP/E/6", 6, 0 },
	{ "HOTP/E/7", 7, 0 },
	{ "HOTP/E/8", 8, 0 },
	{ "HOTP/T30", 6, 30 },
	{ "HOTP/T30/6", 6, 30 },
	{ "HOTP/T30/7", 7, 30 },
	{ "HOTP/T30/8", 8, 30 },
	{ "HOTP/T60", 6, 60 },
	{ "HOTP/T60/6", 6, 60 },
	{ "HOTP/T60/7", 7, 60 },
	{ "HOTP/T60/8", 8, 60 },
};

#define COUNT (sizeof(types) / sizeof(types[0]))

/* The fields of TEXT into RET; how many there are, or FIELDS + 1. */
static size_t
split(char *text, char *ret[static FIELDS])
{
	size_t n = 0;
	char *word;

	while ((word = strsep(&text, BLANKS)) != NULL) {
		if (*word == '\0')
			continue;
		if (n == FIELDS)
			return FIELDS + 1;
		ret[n++] = word;
	}
	return n;
}

static size_t
find_type(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT; i++) {
		if (strcmp(types[i].type, name) == 0)
			break;
	}
	return i;
}

/* The seed in base32; false where HEX is not one. */
static bool
recode(const char *hex, struct secret_text *ret)
{
	_cleanup_(secret_wipe) struct secret seed = { 0 };
	size_t len = strlen(hex);

	if (len == 0 || len % 2 != 0 || len / 2 > sizeof(seed.bytes))
		return false;
	seed.len = len / 2;
	if (!text_unhex(seed.bytes, seed.len, hex))
		return false;
	base32_encode(&seed, ret);
	return true;
}

/* 2009-12-07T23:23:49L, in this host's time zone. */
static bool
parse_time(const char *text, json_int_t *ret)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	time_t then;

	if (end == NULL || strcmp(end, "L") != 0)
		return false;
	tm.tm_isdst = -1;
	then = mktime(&tm);
	if (then <= 0)
		return false;
	*ret = then;
	return true;
}

/* The code that was accepted last, and when, where they are there. */
static bool
set_use(char *const *fields, size_t n, json_t *device)
{
	json_int_t then;

	if (n < FIELDS || strcmp(fields[5], "-") == 0)
		return n != FIELDS - 1;
	if (!parse_time(fields[6], &then))
		return false;
	return json_object_set_new(device, "LastCode",
		   json_string(fields[5])) == 0 &&
	    json_object_set_new(device, "LastUsed", json_integer(then)) == 0;
}

static void
take_device(char *const *fields, size_t n, unsigned line, size_t type,
    struct import_list *list)
{
	_cleanup_(secret_text_wipe) struct secret_text seed = { "" };
	const char *user = fields[1];
	json_t *device;

	if (!recode(fields[3], &seed)) {
		import_list_leave(list, line, user,
		    "its secret is not hexadecimal");
		return;
	}
	device = json_pack("{s:s, s:s, s:i, s:i}", "DeviceName", "oath",
	    "Base32StringSeed", seed.text, "Digits", types[type].digits,
	    "Period", types[type].period);
	if (device != NULL && !set_use(fields, n, device)) {
		import_list_leave(list, line, user,
		    "when its last code was used can't be read");
		json_decref(device);
		return;
	}
	import_list_add(list, line, user, device);
	if (strcmp(fields[2], "-") != 0 && strcmp(fields[2], "+") != 0)
		import_list_leave_part(list, line, user,
		    "its PIN: nothing here asks for one, have a password "
		    "asked for beside the code");
}

static void
take_line(char *text, unsigned line, const struct import_from *from,
    struct import_list *list)
{
	char *fields[FIELDS];
	size_t type, n = split(text, fields);

	if (n == 0 || fields[0][0] == '#')
		return;
	type = find_type(fields[0]);
	if (n > FIELDS || n < 4 || type == COUNT ||
	    !text_is_user_name(fields[1]))
		import_list_leave(list, line, from->owner ? from->owner : "-",
		    "not a line of users.oath");
	else if (!import_is_for(from, fields[1], line, list))
		return;
	else if (types[type].period == 0)
		import_list_leave(list, line, fields[1],
		    "HOTP, codes by a counter, is not supported");
	else if (types[type].digits == 7)
		import_list_leave(list, line, fields[1],
		    "codes of seven digits are not supported");
	else
		take_device(fields, n, line, type, list);
}

void
import_oath(char *text, const struct import_from *from,
    struct import_list *list)
{
	unsigned line;
	char *next;

	for (line = 1; (next = strsep(&text, "\n")) != NULL; line++)
		take_line(next, line, from, list);
}
