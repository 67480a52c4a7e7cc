#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/created.h"
#include "cli/wizard.h"
#include "otp/base32.h"
#include "otp/totp.h"

#define SEARCH	20	/* steps in which code 1 is looked for, for the wait */

static const struct otp_params params_default = { OTP_SHA1,
	OTP_DIGITS_DEFAULT, OTP_PERIOD_DEFAULT };

/*
 * Seconds until the device shows its next code. Where the seed is known and
 * the code TYPED is an earlier step's, the next one is there already.
 */
static unsigned
seconds_to_wait(const struct secret *seed, const char *typed)
{
	_cleanup_(secret_wipe) struct secret code = { 0 };
	int64_t step, now = time(NULL), present;
	struct mfa_error err;

	present = totp_step(&params_default, now);
	if (seed != NULL && text_parse_code(typed, strlen(typed), &code) &&
	    totp_match(&params_default, seed, present - SEARCH,
		present + SEARCH, &code, &step, &err) == MFA_OK &&
	    step >= 0 && step < present)
		return 0;
	return (unsigned)((present + 1) * OTP_PERIOD_DEFAULT - now);
}

static bool
ask_pair(struct wizard *w, const struct secret *seed,
    struct secret_text *code1, struct secret_text *code2)
{
	struct terminal *t = &w->terminal;

	if (!terminal_ask(t, "MFA code 1: ", ECHO_ON, code1) ||
	    code1->text[0] == '\0')
		return false;
	if (!terminal_countdown(t,
		"wait for the next code (or type it as "
		"soon as it shows)",
		seconds_to_wait(seed, code1->text), code2))
		return false;
	if (code2->text[0] != '\0') {
		terminal_print(t, "MFA code 2: %s\n", code2->text);
		return true;
	}
	return terminal_ask(t, "MFA code 2: ", ECHO_ON, code2) &&
	    code2->text[0] != '\0';
}

static enum mfa_code
send_pair(struct wizard *w, const char *operation, const char *serial,
    const struct secret_text *code1, const struct secret_text *code2,
    struct mfa_error *err)
{
	_cleanup_(json_freep) json_t *result = NULL;

	return wizard_call(w, operation,
	    json_pack("{s:s, s:s, s:s, s:s}", "UserName", w->user,
		"SerialNumber", serial, "AuthenticationCode1", code1->text,
		"AuthenticationCode2", code2->text),
	    &result, err);
}

void
wizard_explain(struct wizard *w)
{
	terminal_print(&w->terminal,
	    "\nType the code that the device shows, "
	    "and the one that it shows next\n(Enter alone gives up).\n\n");
}

bool
wizard_codes(struct wizard *w, const char *operation, const char *serial,
    const struct secret *seed)
{
	_cleanup_(secret_text_wipe) struct secret_text code1 = { "" };
	_cleanup_(secret_text_wipe) struct secret_text code2 = { "" };
	struct mfa_error err = { 0 };
	enum mfa_code code;

	while (ask_pair(w, seed, &code1, &code2)) {
		code = send_pair(w, operation, serial, &code1, &code2, &err);
		if (code == MFA_OK)
			return true;
		wizard_complain(w, &err);
		if (code != MFA_INVALID_AUTHENTICATION_CODE &&
		    code != MFA_INVALID_INPUT)
			return false;
		terminal_print(&w->terminal,
		    "Try again. The two codes must follow each other.\n\n");
	}
	return false;
}

/* Creates the device, with another name where that one won't do. */
static bool
create(struct wizard *w, struct created *ret)
{
	_cleanup_(secret_text_wipe) struct secret_text name = { "" };
	struct mfa_error err = { 0 };
	enum mfa_code code;

	while (terminal_ask(&w->terminal, "Device name: ", ECHO_ON, &name) &&
	    name.text[0] != '\0') {
		_cleanup_(json_freep)
		    json_t *parameters = json_pack("{s:s, s:s}", "UserName",
			w->user, "VirtualMFADeviceName", name.text);

		if (parameters == NULL) {
			terminal_print(&w->terminal,
			    "That is not UTF-8 text.\n");
			continue;
		}
		code = created_call(w->cli, parameters, ret, &err);
		call_close(w->cli);
		if (code == MFA_OK)
			return true;
		wizard_complain(w, &err);
		if (code != MFA_ENTITY_ALREADY_EXISTS &&
		    code != MFA_INVALID_INPUT)
			break;
	}
	return false;
}

/* The device that came to nothing is deleted again, and that is said. */
static void
take_back(struct wizard *w, const struct created *created)
{
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = created_delete(w->cli, created, &err);
	call_close(w->cli);
	if (code == MFA_OK)
		terminal_print(&w->terminal,
		    "\nThe device was not assigned; "
		    "it was deleted again.\n"
		    "Remove it from the authenticator app, too.\n");
	else {
		wizard_complain(w, &err);
		terminal_print(&w->terminal,
		    "The device %s may not have been "
		    "deleted; see\n  awsmfa list-virtual-mfa-devices\n",
		    created->serial);
	}
}

static void
assign_virtual(struct wizard *w)
{
	_cleanup_(created_clear) struct created created = { 0 };
	_cleanup_(secret_wipe) struct secret seed = { 0 };
	struct mfa_error err;
	bool is_known;

	if (!create(w, &created))
		return;
	is_known = base32_decode(created.base32.text,
		       strlen(created.base32.text), &seed, &err) == MFA_OK;
	created_show(stdout, &created,
	    "Then type the code that the\n"
	    "app shows, and the one that it shows next (Enter alone gives "
	    "up).");
	fflush(stdout);
	if (wizard_codes(w, "EnableMFADevice", created.serial,
		is_known ? &seed : NULL))
		terminal_print(&w->terminal, "\nMFA device assigned: %s\n",
		    created.serial);
	else
		take_back(w, &created);
}

static void
assign_hardware(struct wizard *w)
{
	_cleanup_(secret_text_wipe) struct secret_text serial = { "" };

	if (!terminal_ask(&w->terminal,
		"Serial number (on the back of the token): ", ECHO_ON,
		&serial) ||
	    serial.text[0] == '\0')
		return;
	wizard_explain(w);
	if (wizard_codes(w, "EnableMFADevice", serial.text, NULL))
		terminal_print(&w->terminal, "\nMFA device assigned: %s\n",
		    serial.text);
	else
		terminal_print(&w->terminal,
		    "\nThe device was not assigned.\n");
}

/*
 * The endpoint says when to insert and tap the key, and asks for its PIN; or,
 * with the LINE of a public key, what to sign where that key is.
 */
static enum mfa_code
enable_key(struct wizard *w, const char *name, const char *line,
    struct mfa_error *err)
{
	_cleanup_(json_freep) json_t *result = NULL;
	const char *serial;
	enum mfa_code code;

	code = wizard_call(w, "EnableMFADevice",
	    json_pack("{s:s, s:s, s:s, s:s*}", "UserName", w->user, "Type",
		"security-key", "DeviceName", name, "SSHPublicKey", line),
	    &result, err);
	if (code != MFA_OK)
		return code;
	serial = json_string_value(json_object_get(result, "SerialNumber"));
	terminal_print(&w->terminal, "\nMFA device assigned: %s\n",
	    serial != NULL ? serial : name);
	return MFA_OK;
}

static void
assign_key(struct wizard *w, const char *line)
{
	_cleanup_(secret_text_wipe) struct secret_text name = { "" };
	struct mfa_error err = { 0 };
	enum mfa_code code;

	while (terminal_ask(&w->terminal, "Device name: ", ECHO_ON, &name) &&
	    name.text[0] != '\0') {
		terminal_print(&w->terminal, "\n");
		code = enable_key(w, name.text, line, &err);
		if (code == MFA_OK)
			return;
		if (w->terminal.interrupted) {
			terminal_print(&w->terminal,
			    "\nGiven up. A key that was tapped at this very "
			    "moment may be assigned; see\n"
			    "  awsmfa list-mfa-devices\n");
			return;
		}
		wizard_complain(w, &err);
		terminal_print(&w->terminal, "\n");
		/* It may be the line, which is not asked for again. */
		if (code != MFA_ENTITY_ALREADY_EXISTS &&
		    (code != MFA_INVALID_INPUT || line != NULL))
			break;
	}
	terminal_print(&w->terminal, "The device was not assigned.\n");
}

static void
assign_ssh_key(struct wizard *w)
{
	_cleanup_(secret_text_wipe) struct secret_text line = { "" };

	terminal_print(&w->terminal,
	    "\nThe key is one of \"ssh-keygen -t ed25519-sk\" or \"-t "
	    "ecdsa-sk\"; paste the line of\nits public half, which is in "
	    "KEY.pub (Enter alone gives up).\n\n");
	if (terminal_ask(&w->terminal, "Public key: ", ECHO_ON, &line) &&
	    line.text[0] != '\0')
		assign_key(w, line.text);
}

void
wizard_assign(struct wizard *w)
{
	terminal_print(&w->terminal,
	    "\nSelect MFA device\n\n"
	    "  1  Authenticator app\n"
	    "  2  Hardware TOTP token\n"
	    "  3  Security key in this machine\n"
	    "  4  Security key for SSH\n"
	    "  q  Back\n\n");
	switch (wizard_choose(w, "Choose: ", "1234q")) {
	case '1':
		assign_virtual(w);
		break;
	case '2':
		assign_hardware(w);
		break;
	case '3':
		assign_key(w, NULL);
		break;
	case '4':
		assign_ssh_key(w);
		break;
	}
}
