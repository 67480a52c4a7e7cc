/* The services that there are in /etc/pam.d. */
#ifndef CLI_DOCTOR_PAM_LIST_H
#define CLI_DOCTOR_PAM_LIST_H

#include "cli/doctor/pam_stack.h"

struct pam_list {
	char	**names;	/* sorted */
	size_t	count;
};

/*
 * The names of the files in the folders of PLACES: but for "common-...",
 * "other", and what editors and dpkg leave. Returns false where there is no
 * memory.
 */
bool	pam_list_read(const struct pam_places *places, struct pam_list *ret)
	    _must_check_;

void	pam_list_clear(struct pam_list *list);

#endif
