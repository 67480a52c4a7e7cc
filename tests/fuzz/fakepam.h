/*
 * A libpam of a target's own, with what the module uses of one: a handle that
 * can be looked at, in this process, and a person who answers by a list.
 */
#ifndef TESTS_FUZZ_FAKEPAM_H
#define TESTS_FUZZ_FAKEPAM_H

#include <stdbool.h>
#include <stddef.h>

#include <security/pam_modules.h>

#define ENVIRONMENT_MAX	32
#define ANSWERS_MAX	32
#define DATA_MAX	2			/* names of the module's */

struct pam_handle {
	const char	*user, *service, *rhost, *tty;	/* borrowed; NULL */
	char		*authtok;		/* owned */
	size_t		environment_count;
	char		*environment[ENVIRONMENT_MAX];	/* owned */
	struct fakepam_data {
		const char	*name;		/* borrowed; NULL: free */
		void		*data;		/* owned, by END */
		void		(*end)(pam_handle_t *, void *, int);
	} data[DATA_MAX];
	size_t		answer_count, asked, shown;
	const char	*answers[ANSWERS_MAX];	/* NULL: gives up */
};

/* Frees what it owns, as pam_end() does. */
void	fakepam_clear(struct pam_handle *pamh);

#endif
