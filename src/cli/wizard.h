/* What the wizard's steps share. */
#ifndef CLI_WIZARD_H
#define CLI_WIZARD_H

#include "base/world.h"
#include "cli/call.h"
#include "cli/terminal.h"

struct wizard {
	struct cli	*cli;
	struct terminal	terminal;
	char		user[USER_NAME_MAX + 1];	/* whose devices */
};

/*
 * Calls OPERATION for the wizard's user with PARAMETERS (taken over; NULL where
 * there was no memory). Errors as of call(). The connection does not outlive
 * it: the next step may be minutes away.
 */
enum mfa_code	wizard_call(struct wizard *w, const char *operation,
		    json_t *parameters, json_t **ret_result,
		    struct mfa_error *err) _must_check_;
/* "Error (NAME): TEXT" */
void		wizard_complain(struct wizard *w, const struct mfa_error *err);

/*
 * Asks PROMPT until the answer is one of the characters in CHOICES, which is
 * returned; '\0' where the person gave up.
 */
char		wizard_choose(struct wizard *w, const char *prompt,
		    const char *choices);

/*
 * Assign and resync: asks MFA code 1, waits, asks MFA code 2 and calls
 * OPERATION, again as long as the codes are not right. SEED may be NULL; where
 * it is known, so is how long to wait. True where it was done.
 */
bool		wizard_codes(struct wizard *w, const char *operation,
		    const char *serial, const struct secret *seed);

/* What wizard_codes() is going to ask. */
void		wizard_explain(struct wizard *w);

/* The steps of the menu. */
void		wizard_assign(struct wizard *w);
void		wizard_resync(struct wizard *w);
void		wizard_remove(struct wizard *w);
void		wizard_list(struct wizard *w);
void		wizard_recovery(struct wizard *w);

#endif
