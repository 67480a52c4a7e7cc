/*
 * What a line of /etc/pam.d says is to be done with its module's answer, as
 * Debian 12's Linux-PAM (1.5.2) reads it.
 */
#ifndef CLI_DOCTOR_PAM_CONTROL_H
#define CLI_DOCTOR_PAM_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#define PAM_CODES	32	/* answers that a module can give */

/* Those that matter here, with libpam's numbers. */
enum pam_answer {
	PAM_ANSWER_SUCCESS = 0,
	PAM_ANSWER_SERVICE_ERR = 3,
	PAM_ANSWER_PERM_DENIED = 6,
	PAM_ANSWER_AUTH_ERR = 7,
	PAM_ANSWER_AUTHINFO_UNAVAIL = 9,
	PAM_ANSWER_NEW_AUTHTOK_REQD = 12,
	PAM_ANSWER_SESSION_ERR = 14,
	PAM_ANSWER_CONV_ERR = 19,
	PAM_ANSWER_IGNORE = 25,
	PAM_ANSWER_MODULE_UNKNOWN = 28,
};

/* A number above 0 is that of lines to jump over. */
enum pam_action {
	PAM_ACTION_IGNORE = 0,
	PAM_ACTION_OK = -1,
	PAM_ACTION_DONE = -2,
	PAM_ACTION_BAD = -3,
	PAM_ACTION_DIE = -4,
	PAM_ACTION_RESET = -5,
	PAM_ACTION_UNSET = -6,
};

/*
 * Reads TEXT: "required", "requisite", "sufficient", "optional", or pairs
 * "success=ok default=1" without their brackets. Returns false where libpam
 * reports an error and takes every answer as bad, which is what RET_ACTIONS
 * says then.
 */
bool	pam_control_parse(const char *text, int ret_actions[static PAM_CODES]);

/* ACTION for every answer that has none yet. */
void	pam_control_fill(int actions[static PAM_CODES], int action);

#endif
