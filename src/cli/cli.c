#include <sys/ioctl.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/call.h"

#define VERSION_TEXT	"awsmfa " MFA_VERSION "\n"
#define WIDTH_DEFAULT	80

void
cli_warn(const char *fmt, ...)
{
	char text[1024], clean[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_sanitise(clean, sizeof(clean), text);
	fflush(stdout);
	fprintf(stderr, "awsmfa: %s\n", clean);
}

int
cli_finish_output(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CLI_OK;
	cli_warn("standard output: %s", strerror(errno != 0 ? errno : EIO));
	return CLI_OTHER;
}

static unsigned
terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return size.ws_col;
}

int
cli_print(struct cli *cli, const struct command *command,
    const json_t *result)
{
	const char *title = command->operation;

	if (!output_print(stdout, cli->format,
		title != NULL ? title : command->name, terminal_width(),
		cli->terminal, result)) {
		cli_warn("out of memory");
		return CLI_OTHER;
	}
	return cli_finish_output();
}

static int
set_format(struct cli *cli, const struct command *command, const char *name)
{
	struct mfa_error err;

	if (name == NULL)
		return CLI_OK;
	if (!output_format_parse(name, &cli->format)) {
		mfa_error_set(&err, MFA_INVALID_INPUT, 0,
		    "--output: must be one of json, text, table");
		return help_usage_error(command, &err);
	}
	cli->format_given = true;
	return CLI_OK;
}

static int
run_command(struct cli *cli, const struct command *command, int argc,
    char **argv)
{
	_cleanup_(arguments_clear) struct arguments args = { 0 };
	struct mfa_error err = { 0 };
	enum mfa_code code;
	int status;

	code = options_parse(command->options, command->positional, argc, argv,
	    &args, &err);
	if (code == MFA_INVALID_INPUT)
		return help_usage_error(command, &err);
	if (code != MFA_OK) {
		cli_warn("%s", mfa_error_text(&err));
		return CLI_OTHER;
	}
	if (args.help) {
		help_print(stdout, command);
		return cli_finish_output();
	}
	if ((status = set_format(cli, command, args.output)) != CLI_OK)
		return status;
	if (args.token_code != NULL)
		cli->token_code = args.token_code;
	return command->run(cli, command, &args);
}

static int
run_named(struct cli *cli, int argc, char **argv)
{
	const struct command *command;
	struct mfa_error err;
	int used;

	if ((command = command_find_words(argc, argv, &used)) != NULL)
		return run_command(cli, command, argc - used + 1,
		    argv + used - 1);
	if (argc > 0)
		mfa_error_set(&err, MFA_INVALID_INPUT, 0,
		    "there is no subcommand %s; awsmfa help lists them",
		    argv[0]);
	else if (isatty(STDIN_FILENO) && cli->terminal)
		return wizard_run(cli);
	else
		mfa_error_set(&err, MFA_INVALID_INPUT, 0,
		    "a subcommand is required");
	return help_usage_error(NULL, &err);
}

static int
run_help_or_version(int which)
{
	if (which == 'v')
		fputs(VERSION_TEXT, stdout);
	else
		help_print(stdout, NULL);
	return cli_finish_output();
}

int
cli_main(const struct client_paths *paths, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "token-code", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 }
	};
	struct cli cli = { .paths = paths, .client = { -1, 0 } };
	struct mfa_error err;
	int got, status = CLI_OK;

	cli.terminal = isatty(STDOUT_FILENO);
	cli.format = cli.terminal ? OUTPUT_TABLE : OUTPUT_JSON;
	opterr = 0;
	optind = 0;
	while (status == CLI_OK &&
	    (got = getopt_long(argc, argv, "+:", options, NULL)) != -1) {
		if (got == 'h' || got == 'v')
			return run_help_or_version(got);
		if (got == 't') {
			cli.token_code = optarg;
			continue;
		}
		if (got != 'o') {
			mfa_error_set(&err, MFA_INVALID_INPUT, 0,
			    "unknown option, or one without its argument: %s",
			    argv[optind - 1]);
			return help_usage_error(NULL, &err);
		}
		status = set_format(&cli, NULL, optarg);
	}
	if (status == CLI_OK)
		status = run_named(&cli, argc - optind, argv + optind);
	call_close(&cli);
	return status;
}
