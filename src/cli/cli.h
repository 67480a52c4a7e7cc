/* What the subcommands of awsmfa share. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "cli/options.h"
#include "cli/output.h"
#include "wire/client.h"

/* Exit statuses, as of `aws`. */
#define CLI_OK			0
#define CLI_UNFIT		1	/* doctor found something wrong */
#define CLI_USAGE		252	/* an argument is wrong or missing */
#define CLI_CONFIGURATION	253	/* awsmfa.conf or a policy is invalid */
#define CLI_FAILED		254	/* the operation was refused */
#define CLI_OTHER		255

struct terminal;

struct cli {
	const struct client_paths	*paths;
	struct client	client;
	bool		connected;
	bool		answered;	/* the last call got an answer */
	bool		terminal;	/* standard output is one */
	bool		format_given;
	enum output_format format;
	const char	*token_code;	/* --token-code, or NULL */
	struct terminal	*person;	/* the wizard's, borrowed, or NULL */
};

struct command {
	const char	*name;		/* "enable-mfa-device"; of words */
	const char	*operation;	/* "EnableMFADevice"; NULL: none */
	const char	*pages;		/* the list that is paged, or NULL */
	const char	*positional;	/* "FILE", or NULL */
	const struct option_spec *options;
	const char	*summary;
	const char	*example;
	/* Returns an exit status, having printed what there was to say. */
	int		(*run)(struct cli *cli, const struct command *command,
			    struct arguments *args);
};

/* Ends with a NULL name. */
extern const struct command commands[];

const struct command	*command_find(const char *name);
/* The one that WORDS, COUNT of them, begin with; how many of them name it. */
const struct command	*command_find_words(int count, char **words,
			    int *ret_used);

/* The whole program, without the process's set-up; an exit status. */
int	cli_main(const struct client_paths *paths, int argc, char **argv);

/* Help, usage. A NULL command is the program itself. */
void	help_print(FILE *out, const struct command *command);
/* Prints usage and "awsmfa: error: TEXT" on stderr; returns CLI_USAGE. */
int	help_usage_error(const struct command *command,
	    const struct mfa_error *err);

/* "awsmfa: TEXT" on stderr, sanitised. */
void	cli_warn(const char *fmt, ...) _printf_(1, 2);

/* Prints RESULT in the format asked for; an exit status. */
int	cli_print(struct cli *cli, const struct command *command,
	    const json_t *result);
/* Flushes standard output; CLI_OTHER, and says why, where that failed. */
int	cli_finish_output(void);

/* Subcommands of their own files. */
int	create_virtual_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
/* Devices of users who come from another module. */
int	import_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
/* Hardware tokens into the inventory. */
int	import_tokens_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
int	init_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
int	help_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
/* The table of subcommands, for a shell's completion. */
int	completion_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
int	policy_validate_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
int	doctor_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
/* Asks to confirm where it is the caller's last device. */
int	deactivate_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
/* "session end" and "session show". */
int	session_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
/* By codes, or with --type security-key by a tap. */
int	enable_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
/* On a terminal as a list to keep. */
int	recovery_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
/* The operation as it is; codes that were left out are asked for. */
int	operation_run(struct cli *cli, const struct command *command,
	    struct arguments *args);
/* The same, and nothing is asked for. */
int	operation_call(struct cli *cli, const struct command *command,
	    struct arguments *args);

/* The wizard, on the terminal that standard input and output are. */
int	wizard_run(struct cli *cli);

#endif
