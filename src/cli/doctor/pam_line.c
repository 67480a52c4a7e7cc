#include "cli/doctor/pam_line.h"

#include <stdbool.h>
#include <string.h>

#define BLANK	" \n\t"

/*
 * Copies what fgets(3) would read into SIZE octets at DST; false at the end of
 * the text.
 */
static bool
take(struct pam_text *text, char *dst, size_t size)
{
	size_t n = 0;

	if (text->at >= text->end)
		return false;
	while (n + 1 < size && text->at < text->end) {
		dst[n++] = *text->at++;
		if (dst[n - 1] == '\n') {
			text->number++;
			break;
		}
	}
	dst[n] = '\0';
	return true;
}

/* Where the backslash at the end of PART is, or NULL. */
static char *
find_continuation(char *part)
{
	char *at = part + strlen(part);

	while (at > part && strchr(BLANK, *--at) != NULL)
		continue;
	return *at == '\\' ? at : NULL;
}

/*
 * Handles the piece at PART: true where the line is complete. *NEXT is where
 * the next piece goes, *FOUND whether the line has anything in it.
 */
static bool
add_piece(char *part, char **next, bool *found)
{
	char *start = part + strspn(part, BLANK), *comment, *backslash;

	if (*start == '\0' || *start == '#')
		return false;
	*found = true;
	if ((comment = strchr(start, '#')) != NULL) {
		*comment = '\0';
		return true;
	}
	if ((backslash = find_continuation(start)) == NULL)
		return true;
	*backslash++ = ' ';
	*backslash = '\0';
	*next = backslash;
	return false;
}

enum pam_line
pam_line_next(struct pam_text *text, char ret_line[static PAM_LINE_SIZE],
    unsigned *ret_number)
{
	const char *end = ret_line + PAM_LINE_SIZE;
	char *next = ret_line;
	bool found = false, before, complete;
	unsigned number;

	do {
		/* One octet is room for the NUL alone: libpam hangs. */
		if (end - next <= 1)
			return PAM_LINE_BROKEN;
		number = text->number;
		if (!take(text, next, (size_t)(end - next)))
			return found ? PAM_LINE_BROKEN : PAM_LINE_END;
		before = found;
		complete = add_piece(next, &next, &found);
		if (found && !before)
			*ret_number = number;
	} while (!complete);
	return PAM_LINE_READ;
}

/* Ends the word in brackets that begins at AT; where it ended. */
static char *
end_brackets(char *at)
{
	char *to = at;

	for (; *at != '\0' && *at != ']'; at++) {
		if (at[0] == '\\' && at[1] == ']')
			at++;
		*to++ = *at;
	}
	if (to != at)
		*to = '\0';
	return at;
}

char *
pam_line_word(char **rest)
{
	char *word = *rest, *end;

	if (word == NULL)
		return NULL;
	word += strspn(word, BLANK);
	if (*word == '\0') {
		*rest = NULL;
		return NULL;
	}
	if (*word == '[')
		end = end_brackets(++word);
	else
		end = word + strcspn(word, BLANK);
	if (*end != '\0')
		*end++ = '\0';
	*rest = *end != '\0' ? end : NULL;
	return word;
}
