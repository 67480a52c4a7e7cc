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

struct pam_handle {
	const char	*user, *service, *rhost, *tty;	/* borrowed; NULL */
	char		*authtok;		/* owned */
	size_t		environment_count;
	char		*environment[ENVIRONMENT_MAX];	/* owned */
	void		*data;			/* of the module's one name */
	void		(*data_end)(pam_handle_t *, void *, int);
	size_t		answer_count, asked, shown;
	const char	*answers[ANSWERS_MAX];	/* NULL: gives up */
};

/* Frees what it owns, as pam_end() does. */
void	fakepam_clear(struct pam_handle *pamh);

#endif
