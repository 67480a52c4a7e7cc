#include <string.h>

#include "store/devfile.h"
#include "store/devlang.h"

#define DEPTH_MAX  4 /* list of devices, device, list of tags, tag */
#define NUMBER_MAX 9 /* digits that fit in 32 bits in any case */
#define WORD \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz_0123456789"

/* How long the string at P is, quotes included; 0 where it is not plain. */
static size_t
string_length(const char *p)
{
	size_t n = 1;

	while (p[n] != '"') {
		if ((unsigned char)p[n] < ' ')
			return 0;
		if (p[n] != '\\')
			n++;
		else if (p[n + 1] == '"' || p[n + 1] == '\\')
			n += 2;
		else if (strncmp(p + n, "\\x40", 4) == 0)
			n += 4;
		else
			return 0;
	}
	return n + 1;
}

/* The same for a name or number. */
static size_t
word_length(const char *p)
{
	size_t n = strspn(p, WORD), digits = strspn(p, "0123456789");

	if (digits > 0 && (digits != n || digits > NUMBER_MAX))
		return 0;
	return n;
}

static enum mfa_code
check_language(const char *text, struct mfa_error *err)
{
	unsigned line = 1, depth = 0;
	const char *p;
	size_t n;

	for (p = text; *p != '\0'; p += n) {
		n = 1;
		if (*p == '"')
			n = string_length(p);
		else if (strchr(WORD, *p) != NULL)
			n = word_length(p);
		else if (*p == '(' || *p == '{')
			n = ++depth <= DEPTH_MAX;
		else if (*p == ')' || *p == '}')
			n = depth-- > 0;
		else if (strchr("=;:, \t\r\n", *p) == NULL)
			n = 0;
		if (n == 0)
			return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
			    "line %u: not the text of a device file", line);
		line += *p == '\n';
	}
	return MFA_OK;
}

enum mfa_code
devlang_check(const char *text, size_t len, struct mfa_error *err)
{
	if (len > DEVFILE_MAX)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "larger than %d octets", DEVFILE_MAX);
	if (strlen(text) != len)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "has a NUL in it");
	if (strstr(text, "@include") != NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "has @include in it");
	return check_language(text, err);
}

/*
 * Of the characters that can be in a TEXT only these need an escape, the @ so
 * that none spells @include.
 */
void
devlang_write(FILE *out, const char *name, const char *text)
{
	const char *p;

	(void)fprintf(out, "%s = \"", name);
	for (p = text; *p != '\0'; p++) {
		if (strncmp(p, "@include", strlen("@include")) == 0)
			(void)fputs("\\x40", out);
		else if (*p == '"' || *p == '\\')
			(void)fprintf(out, "\\%c", *p);
		else
			(void)fputc(*p, out);
	}
	(void)fputs("\";", out);
}
