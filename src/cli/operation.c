#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "cli/call.h"
#include "cli/terminal.h"

/* What the console calls a code, in a prompt. */
static const char *
prompt_of(const char *name)
{
	if (strcmp(name, "authentication-code1") == 0)
		return "MFA code 1: ";
	if (strcmp(name, "authentication-code2") == 0)
		return "MFA code 2 (the next one that the device shows): ";
	return "MFA code: ";
}

static bool
ask_code(struct terminal *terminal, const struct option_spec *spec,
    struct arguments *args)
{
	_cleanup_(secret_text_wipe) struct secret_text line = { "" };

	if (!terminal_ask(terminal, prompt_of(spec->name), ECHO_OFF, &line))
		return false;
	return json_object_set_new(args->parameters, spec->member,
		   json_string(line.text)) == 0;
}

static bool
is_missing(const struct option_spec *spec, const struct arguments *args)
{
	return spec->kind == OPTION_CODE &&
	    json_object_get(args->parameters, spec->member) == NULL;
}

/* Asks for the codes that were left out; an exit status. */
static int
fill_codes(const struct command *command, struct arguments *args)
{
	const struct option_spec *spec = command->options;
	struct terminal terminal;
	struct mfa_error err;
	bool given = true;

	while (spec->name != NULL && !is_missing(spec, args))
		spec++;
	if (spec->name == NULL)
		return CLI_OK;
	if (!terminal_open(&terminal)) {
		mfa_error_set(&err, MFA_INVALID_INPUT, 0,
		    "the following "
		    "argument is required where there is no terminal: --%s",
		    spec->name);
		return help_usage_error(command, &err);
	}
	for (; given && spec->name != NULL; spec++)
		if (is_missing(spec, args))
			given = ask_code(&terminal, spec, args);
	terminal_close(&terminal);
	if (given)
		return CLI_OK;
	cli_warn("no code was given");
	return CLI_OTHER;
}

int
operation_call(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	_cleanup_(json_freep) json_t *result = NULL;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = command->pages != NULL
	    ? call_pages(cli, command, args, &result, &err)
	    : call(cli, command->operation, args->parameters, &result, &err);
	if (code != MFA_OK)
		return call_report(command->operation, &err);
	return cli_print(cli, command, result);
}

int
operation_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	int status;

	if ((status = fill_codes(command, args)) != CLI_OK)
		return status;
	return operation_call(cli, command, args);
}
