#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

static void
print_program_usage(FILE *out)
{
	fputs("usage: awsmfa [--output json|text|table] [--token-code CODE]\n"
	      "           SUBCOMMAND [options]\n"
	      "       awsmfa            (on a terminal: the wizard)\n"
	      "       awsmfa SUBCOMMAND --help\n"
	      "       awsmfa help | --version\n",
	    out);
}

static void
print_program(FILE *out)
{
	const struct command *command;

	print_program_usage(out);
	fputs("\nSubcommands:\n", out);
	for (command = commands; command->name != NULL; command++)
		fprintf(out, "  %-26s %s\n", command->name, command->summary);
	fputs("\nUsers may do all of it with devices of their own, but for "
	      "what says (root);\nroot does it for anyone with --user-name. "
	      "What needs MFA asks for a code or a\ntap, or takes the code "
	      "of --token-code.\n",
	    out);
	fputs("\nExample:\n  awsmfa list-mfa-devices --user-name alice\n\n"
	      "awsmfa(1) has it all.\n",
	    out);
}

static void
print_command_usage(FILE *out, const struct command *command)
{
	fprintf(out, "usage: awsmfa %s", command->name);
	options_print_usage(out, command->options, command->positional);
}

void
help_print(FILE *out, const struct command *command)
{
	if (command == NULL) {
		print_program(out);
		return;
	}
	print_command_usage(out, command);
	fprintf(out, "\nawsmfa %s: %s.\n", command->name, command->summary);
	if (command->options[0].name != NULL)
		fputs("\nOptions:\n", out);
	options_print_help(out, command->options);
	fprintf(out, "\nExample:\n  %s\n", command->example);
}

int
help_usage_error(const struct command *command, const struct mfa_error *err)
{
	if (command == NULL)
		print_program_usage(stderr);
	else
		print_command_usage(stderr, command);
	fputc('\n', stderr);
	cli_warn("error: %s", mfa_error_text(err));
	return CLI_USAGE;
}

int
help_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	(void)cli;
	(void)command;
	(void)args;
	print_program(stdout);
	return cli_finish_output();
}
