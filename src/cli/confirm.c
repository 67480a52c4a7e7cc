#include <string.h>

#include "cli/call.h"
#include "cli/terminal.h"

/* Is SERIAL, or is nothing that can be told, the caller's only device? */
static bool
is_last(struct cli *cli, const char *serial)
{
	_cleanup_(json_freep) json_t *parameters = json_object();
	_cleanup_(json_freep) json_t *result = NULL;
	const json_t *devices;
	struct mfa_error ignored = { 0 };

	if (parameters == NULL ||
	    call(cli, "ListMFADevices", parameters, &result, &ignored) !=
		MFA_OK)
		return true;
	devices = json_object_get(result, "MFADevices");
	return json_array_size(devices) == 1 &&
	    strcmp(serial,
		json_string_value(json_object_get(json_array_get(devices, 0),
		    "SerialNumber"))) == 0;
}

static int
confirm(const struct command *command)
{
	_cleanup_(secret_text_wipe) struct secret_text line = { "" };
	struct terminal terminal;
	struct mfa_error err;
	bool given;

	if (!terminal_open(&terminal)) {
		mfa_error_set(&err, MFA_INVALID_INPUT, 0,
		    "it is your last MFA device, and there is no terminal to "
		    "ask on: give --yes");
		return help_usage_error(command, &err);
	}
	given = terminal_ask(&terminal,
	    "It is your last MFA device: where MFA is needed, you will not "
	    "get in.\nRecovery codes go with it; enrol the next device "
	    "first.\nDeactivate it (y, n)? ",
	    ECHO_ON, &line);
	terminal_close(&terminal);
	if (given && strcmp(line.text, "y") == 0)
		return CLI_OK;
	cli_warn("nothing was changed");
	return CLI_OTHER;
}

int
deactivate_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	const char *serial = json_string_value(
	    json_object_get(args->parameters, "SerialNumber"));
	bool own = json_object_get(args->parameters, "UserName") == NULL;
	int status;

	if (own && !arguments_flag(args, "yes") && is_last(cli, serial)) {
		/* The answer may take its time. */
		call_close(cli);
		if ((status = confirm(command)) != CLI_OK)
			return status;
	}
	return operation_run(cli, command, args);
}

int
session_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	struct command chosen = *command;
	struct mfa_error err;

	if (strcmp(args->positional, "show") == 0)
		chosen.operation = "GetSession";
	else if (strcmp(args->positional, "end") == 0)
		chosen.operation = "EndSession";
	else {
		mfa_error_set(&err, MFA_INVALID_INPUT, 0,
		    "session: must be show or end");
		return help_usage_error(command, &err);
	}
	return operation_call(cli, &chosen, args);
}
