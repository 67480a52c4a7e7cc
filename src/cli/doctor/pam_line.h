/* Lines and words of a file in /etc/pam.d, as Linux-PAM 1.5.2 reads them. */
#ifndef CLI_DOCTOR_PAM_LINE_H
#define CLI_DOCTOR_PAM_LINE_H

#include <stddef.h>

#define PAM_LINE_SIZE	1024	/* of libpam's buffer, with the NUL */

struct pam_text {
	const char	*at;
	const char	*end;
	unsigned	number;		/* of the line at AT, from 1 */
};

enum pam_line {
	PAM_LINE_END,		/* there is no further one */
	PAM_LINE_READ,
	PAM_LINE_BROKEN,	/* libpam refuses the file from here on */
};

/*
 * The next line that is not empty or a comment, those joined that end with a
 * backslash. *ret_number is where it begins. What is too long goes on as a line
 * of its own, as it does for libpam.
 */
enum pam_line	pam_line_next(struct pam_text *text,
		    char ret_line[static PAM_LINE_SIZE], unsigned *ret_number);

/*
 * Splits the next word off *REST, which becomes NULL after the last. Words in
 * brackets lose them, may have blanks in them, and "\]" is a bracket of theirs.
 * NULL: there is none.
 */
char		*pam_line_word(char **rest);

#endif
