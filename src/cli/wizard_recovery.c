#include "cli/recovery.h"
#include "cli/wizard.h"

/* How many codes are left; -1 where there can be none, which was said. */
static json_int_t
fetch_left(struct wizard *w)
{
	_cleanup_(json_freep) json_t *result = NULL;
	struct mfa_error err = { 0 };
	const json_t *user;

	if (wizard_call(w, "GetUser", json_pack("{s:s}", "UserName", w->user),
		&result, &err) != MFA_OK) {
		wizard_complain(w, &err);
		return -1;
	}
	user = json_object_get(result, "User");
	if (json_is_false(json_object_get(user, "MFAEnabled"))) {
		terminal_print(&w->terminal,
		    "\n%s has no MFA device. Assign one first: recovery codes "
		    "are for when\nit is lost.\n",
		    w->user);
		return -1;
	}
	return json_integer_value(json_object_get(user, "RecoveryCodesLeft"));
}

void
wizard_recovery(struct wizard *w)
{
	_cleanup_(json_freep) json_t *parameters = NULL;
	_cleanup_(json_freep) json_t *codes = NULL;
	struct mfa_error err = { 0 };
	json_int_t left;
	enum mfa_code code;

	if ((left = fetch_left(w)) < 0)
		return;
	terminal_print(&w->terminal,
	    "\nA recovery code is typed in place of an MFA code when a device "
	    "is lost.\n%s has %" JSON_INTEGER_FORMAT " left%s.\n\n",
	    w->user, left,
	    left > 0 ? ", which new codes take the place of" : "");
	if (wizard_choose(w, "Make ten new codes (y, n)? ", "yn") != 'y')
		return;
	parameters = json_pack("{s:s}", "UserName", w->user);
	code = recovery_call(w->cli, parameters, &codes, &err);
	call_close(w->cli);
	if (code != MFA_OK) {
		wizard_complain(w, &err);
		return;
	}
	recovery_show(stdout, codes);
	(void)cli_finish_output();
}
