#include "cli/doctor/pam_control.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define JUMP_MAX	100000	/* no stack is that long */

/* By their numbers; the last stands for all that are not named. */
static const char *const answers[PAM_CODES + 1] = { "success", "open_err",
	"symbol_err", "service_err", "system_err", "buf_err", "perm_denied",
	"auth_err", "cred_insufficient", "authinfo_unavail", "user_unknown",
	"maxtries", "new_authtok_reqd", "acct_expired", "session_err",
	"cred_unavail", "cred_expired", "cred_err", "no_module_data",
	"conv_err", "authtok_err", "authtok_recover_err", "authtok_lock_busy",
	"authtok_disable_aging", "try_again", "ignore", "abort",
	"authtok_expired", "module_unknown", "bad_item", "conv_again",
	"incomplete", "default" };

static const char *const actions[] = { "ignore", "ok", "done", "bad", "die",
	"reset" };
#define ACTIONS	(sizeof(actions) / sizeof(actions[0]))

static const struct {
	const char	*name;
	int		ignored;	/* for the answer "ignore" */
	int		success;	/* for "success", "new_authtok_reqd" */
	int		other;
} words[] = {
	{ "required", PAM_ACTION_IGNORE, PAM_ACTION_OK, PAM_ACTION_BAD },
	{ "requisite", PAM_ACTION_IGNORE, PAM_ACTION_OK, PAM_ACTION_DIE },
	{ "optional", PAM_ACTION_IGNORE, PAM_ACTION_OK, PAM_ACTION_IGNORE },
	{ "sufficient", PAM_ACTION_IGNORE, PAM_ACTION_DONE,
	    PAM_ACTION_IGNORE },
};

void
pam_control_fill(int table[static PAM_CODES], int action)
{
	size_t i;

	for (i = 0; i < PAM_CODES; i++)
		if (table[i] == PAM_ACTION_UNSET)
			table[i] = action;
}

static void
set_all(int table[static PAM_CODES], int action)
{
	size_t i;

	for (i = 0; i < PAM_CODES; i++)
		table[i] = action;
}

static const char *
skip_space(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

/*
 * The first of COUNT names that *AT begins with, and moves *AT past it; COUNT
 * where there is none. A name need not end where the text's word does: libpam
 * takes "okay" as "ok" and a rest.
 */
static size_t
take_name(const char **at, const char *const *names, size_t count)
{
	size_t i, len;

	for (i = 0; i < count; i++) {
		len = strlen(names[i]);
		if (strncmp(names[i], *at, len) == 0) {
			*at += len;
			break;
		}
	}
	return i;
}

/* A number of lines to jump over; 0 where there is none. */
static int
take_jump(const char **at)
{
	int jump = 0;

	for (; isdigit((unsigned char)**at); (*at)++) {
		jump = jump * 10 + (**at - '0');
		if (jump > JUMP_MAX)
			jump = JUMP_MAX;
	}
	return jump;
}

/* Reads "answer = action" at *AT. */
static bool
take_pair(const char **at, int table[static PAM_CODES])
{
	size_t answer = take_name(at, answers, PAM_CODES + 1), which;
	int action;

	if (answer > PAM_CODES)
		return false;
	*at = skip_space(*at);
	if (**at != '=')
		return false;
	*at = skip_space(*at + 1);
	which = take_name(at, actions, ACTIONS);
	action = which < ACTIONS ? -(int)which : take_jump(at);
	if (which == ACTIONS && action == 0)
		return false;
	if (answer < PAM_CODES)
		table[answer] = action;
	else
		pam_control_fill(table, action);
	return true;
}

bool
pam_control_parse(const char *text, int ret_actions[static PAM_CODES])
{
	size_t i;

	set_all(ret_actions, PAM_ACTION_UNSET);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i].name) != 0)
			continue;
		set_all(ret_actions, words[i].other);
		ret_actions[PAM_ANSWER_IGNORE] = words[i].ignored;
		ret_actions[PAM_ANSWER_SUCCESS] = words[i].success;
		ret_actions[PAM_ANSWER_NEW_AUTHTOK_REQD] = words[i].success;
		return true;
	}
	for (text = skip_space(text); *text != '\0'; text = skip_space(text)) {
		if (!take_pair(&text, ret_actions)) {
			set_all(ret_actions, PAM_ACTION_BAD);
			return false;
		}
	}
	pam_control_fill(ret_actions, PAM_ACTION_BAD);
	return true;
}
