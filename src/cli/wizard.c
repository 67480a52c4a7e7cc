#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/wizard.h"

enum mfa_code
wizard_call(struct wizard *w, const char *operation, json_t *parameters,
    json_t **ret_result, struct mfa_error *err)
{
	_cleanup_(json_freep) json_t *taken = parameters;
	enum mfa_code code;

	if (taken == NULL)
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		    "out of memory");
	code = call(w->cli, operation, taken, ret_result, err);
	call_close(w->cli);
	return code;
}

void
wizard_complain(struct wizard *w, const struct mfa_error *err)
{
	terminal_print(&w->terminal, "\nError (%s): %s\n",
	    mfa_code_name(err->code), mfa_error_text(err));
}

char
wizard_choose(struct wizard *w, const char *prompt, const char *choices)
{
	_cleanup_(secret_text_wipe) struct secret_text line = { "" };

	while (terminal_ask(&w->terminal, prompt, ECHO_ON, &line)) {
		if (strlen(line.text) == 1 && strchr(choices, line.text[0]))
			return line.text[0];
		terminal_print(&w->terminal, "Type one of: %c", *choices);
		for (const char *c = choices + 1; *c != '\0'; c++)
			terminal_print(&w->terminal, ", %c", *c);
		terminal_print(&w->terminal, "\n");
	}
	return '\0';
}

/* Does the endpoint know the user NAME? */
static bool
is_known(struct wizard *w, const char *name)
{
	_cleanup_(json_freep) json_t *result = NULL;
	struct mfa_error err = { 0 };

	if (!text_is_user_name(name)) {
		terminal_print(&w->terminal,
		    "A user name is 1 to 128 of A-Z a-z 0-9 _+=,.@-\n");
		return false;
	}
	if (wizard_call(w, "GetUser", json_pack("{s:s}", "UserName", name),
		&result, &err) == MFA_OK)
		return true;
	wizard_complain(w, &err);
	return false;
}

/* Root may act for anyone; the caller is who is meant otherwise. */
static bool
ask_user(struct wizard *w)
{
	_cleanup_(secret_text_wipe) struct secret_text line = { "" };
	const struct passwd *caller = getpwuid(getuid());
	char prompt[USER_NAME_MAX + 32];

	if (caller == NULL || !text_is_user_name(caller->pw_name)) {
		cli_warn("there is no user with uid %u", (unsigned)getuid());
		return false;
	}
	if (w->user[0] == '\0')
		strcpy(w->user, caller->pw_name);
	if (getuid() != 0)
		return true;
	(void)snprintf(prompt, sizeof(prompt), "User name [%s]: ", w->user);
	do {
		if (!terminal_ask(&w->terminal, prompt, ECHO_ON, &line))
			return false;
		if (line.text[0] == '\0')
			strcpy(line.text, w->user);
	} while (!is_known(w, line.text));
	strcpy(w->user, line.text);
	return true;
}

static char
ask_step(struct wizard *w)
{
	bool is_root = getuid() == 0;

	terminal_print(&w->terminal,
	    "\nMFA devices of %s\n\n"
	    "  1  Assign MFA device\n"
	    "  2  Resync MFA device\n"
	    "  3  Remove MFA device\n"
	    "  4  List MFA devices\n"
	    "  5  Recovery codes\n%s"
	    "  q  Quit\n\n",
	    w->user, is_root ? "  6  Another user\n" : "");
	return wizard_choose(w, "Choose: ", is_root ? "123456q" : "12345q");
}

static bool
take_step(struct wizard *w, char step)
{
	switch (step) {
	case '1':
		wizard_assign(w);
		break;
	case '2':
		wizard_resync(w);
		break;
	case '3':
		wizard_remove(w);
		break;
	case '4':
		wizard_list(w);
		break;
	case '5':
		wizard_recovery(w);
		break;
	case '6':
		return ask_user(w);
	default:
		return false;
	}
	return !w->terminal.interrupted;
}

int
wizard_run(struct cli *cli)
{
	struct wizard w = { .cli = cli };
	bool interrupted;

	if (!terminal_open(&w.terminal)) {
		cli_warn("there is no terminal");
		return CLI_OTHER;
	}
	cli->person = &w.terminal;
	if (ask_user(&w))
		while (take_step(&w, ask_step(&w)))
			;
	interrupted = w.terminal.interrupted;
	if (interrupted)
		terminal_print(&w.terminal, "\n");
	cli->person = NULL;
	terminal_close(&w.terminal);
	return interrupted ? CLI_OTHER : CLI_OK;
}
