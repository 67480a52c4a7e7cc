#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/reader.h"

#define TEXT_SIZE 128 /* octets of what is wrong */

static void
append(struct reader *reader, const char *text)
{
	size_t room = sizeof(reader->place) - reader->len;
	int n;

	n = snprintf(reader->place + reader->len, room, "%s", text);
	if (n > 0)
		reader->len += (size_t)n < room ? (size_t)n : room - 1;
}

size_t
reader_enter(struct reader *reader, const char *name)
{
	size_t back = reader->len;
	char plain[READER_PLACE_SIZE], one[2] = "";
	const char *c;

	text_sanitise(plain, sizeof(plain), name);
	append(reader, "/");
	for (c = plain; *c != '\0'; c++) {
		one[0] = *c;
		append(reader, *c == '~' ? "~0" : *c == '/' ? "~1" : one);
	}
	return back;
}

size_t
reader_enter_index(struct reader *reader, size_t index)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%zu", index);
	return reader_enter(reader, number);
}

void
reader_leave(struct reader *reader, size_t back)
{
	reader->len = back;
	reader->place[back] = '\0';
}

enum mfa_code
reader_refuse(struct reader *reader, const char *fmt, ...)
{
	char text[TEXT_SIZE], plain[TEXT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_sanitise(plain, sizeof(plain), text);
	/* The pointer to the whole document is the empty one. */
	return mfa_error_set(reader->err, MFA_INVALID_CONFIGURATION, 0,
	    "%s: %s", reader->len > 0 ? reader->place : "the document", plain);
}

enum mfa_code
reader_no_memory(struct reader *reader)
{
	return mfa_error_set(reader->err, MFA_SERVICE_FAILURE, ENOMEM,
	    "policy document");
}
