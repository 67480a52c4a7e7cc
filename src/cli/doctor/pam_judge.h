/*
 * What can become of a PAM stack when each of its modules answers what it may:
 * an evaluation of the control graph over all answers at once, which is that of
 * libpam for each of them.
 */
#ifndef CLI_DOCTOR_PAM_JUDGE_H
#define CLI_DOCTOR_PAM_JUDGE_H

#include <stdint.h>

#include "cli/doctor/pam_stack.h"

#define PAM_ANSWERS_ALL		UINT32_MAX
#define PAM_ANSWER_BIT(answer)	(UINT32_C(1) << (answer))
/* What does not let in by itself. */
#define PAM_ANSWERS_FAILING						\
	(PAM_ANSWERS_ALL &						\
	    ~(PAM_ANSWER_BIT(PAM_ANSWER_SUCCESS) |			\
		PAM_ANSWER_BIT(PAM_ANSWER_NEW_AUTHTOK_REQD) |		\
		PAM_ANSWER_BIT(PAM_ANSWER_IGNORE)))

#define PAM_BLAMES	16	/* that are kept */

/* How the stack came round the entries that are watched. */
enum pam_evasion {
	PAM_EVASION_NONE,	/* there is none of them */
	PAM_EVASION_DONE,	/* a line above ended the stack */
	PAM_EVASION_JUMP,	/* a line above jumped over them */
	PAM_EVASION_IGNORED,	/* their own control passes over a denial */
	PAM_EVASION_RESET,	/* a line below forgot their denial */
};

struct pam_blame {
	enum pam_evasion evasion;
	size_t		entry;		/* whose control it was */
};

struct pam_question {
	/* Of each entry, the answers that it may give, as bits. */
	const uint32_t	*answers;
	/* Of each entry, whether it is watched. */
	const bool	*watched;
	/* "new_authtok_reqd" lets in too, as in account. */
	bool		renewal_lets_in;
};

struct pam_verdict {
	bool		lets_in;	/* some of the answers do */
	bool		asked;		/* a watched entry may be called */
	bool		unclear;	/* too complex to say: lets_in is set */
	struct pam_blame blames[PAM_BLAMES];	/* one for each way */
	size_t		blame_count;
};

/* Returns false, *ret untouched, where there is no memory. */
bool	pam_judge(const struct pam_stack *stack,
	    const struct pam_question *question, struct pam_verdict *ret)
	    _must_check_;

#endif
