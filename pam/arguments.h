/* The words after pam_awsmfa.so in a file of pam.d. */
#ifndef PAM_ARGUMENTS_H
#define PAM_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Strings are owned by the caller of arguments_parse(). */
struct arguments {
	bool		debug;
	bool		echo;
	bool		use_first_pass;
	bool		try_first_pass;
	bool		manual;
	size_t		forward_digits;	/* 0: no forward_pass */
	const char	*conf;		/* NULL: the default */
	const char	*prompt;	/* NULL: the default */
	const char	*unenrolled;	/* one of unenrolled='s words */
	const char	*enroll_by;	/* NULL: no such day */
};

/* Does unenrolled= let people enrol while they sign in? */
bool	arguments_enroll(const struct arguments *args);

/*
 * Refuses an unknown word, a value that is not one, a word that is there twice,
 * and words that contradict each other.
 *  MFA_INVALID_CONFIGURATION  the detail names the word
 */
enum mfa_code	arguments_parse(int argc, const char **argv,
		    struct arguments *ret, struct mfa_error *err) _must_check_;

#endif
