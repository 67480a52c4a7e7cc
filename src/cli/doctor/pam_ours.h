/* Our module's lines in a stack, and what the others let happen. */
#ifndef CLI_DOCTOR_PAM_OURS_H
#define CLI_DOCTOR_PAM_OURS_H

#include "cli/doctor/pam_judge.h"

/* What is supposed of the modules. */
enum pam_world {
	/* Ours denies; all others answer as they like. */
	PAM_WORLD_DENIED,
	/* Ours lets in; all others answer as they like. */
	PAM_WORLD_PROVED,
	/* Ours lets in; all that may be another factor deny. */
	PAM_WORLD_PROVED_ALONE,
};

/* Is there a line of ours? Is there one of what may be another factor? */
bool	pam_has_ours(const struct pam_stack *stack);
bool	pam_has_first_factor(const struct pam_stack *stack);

/* Our first line, or NULL. */
const struct pam_entry	*pam_first_of_ours(const struct pam_stack *stack);

/*
 * pam_judge() in WORLD, ours being watched. RENEWAL: as in account, an
 * application goes on that is told that the password has expired.
 */
bool	pam_judge_ours(const struct pam_stack *stack, enum pam_world world,
	    bool renewal, struct pam_verdict *ret) _must_check_;

#endif
