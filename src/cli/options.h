/*
 * A subcommand's options, from one table: long names in kebab case as in
 * `aws iam`, each the name of a parameter of the operation.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

enum option_kind {
	OPTION_STRING,		/* --path /staff/ */
	OPTION_USER,		/* --user-name alice: a user of the host */
	OPTION_FILE,		/* --outfile phone.png: a path */
	OPTION_CODE,		/* digits; asked for where it is left out */
	OPTION_INTEGER,		/* --max-items 10: 1 and up */
	OPTION_DURATION,	/* --for 90m: s, m, h or d; in seconds */
	OPTION_FLAG,		/* --no-paginate */
	OPTION_TAGS,		/* --tags Key=k,Value=v Key=k,Value=v */
	OPTION_KEYS,		/* --tag-keys a b c */
	OPTION_CONTEXT,		/* --context aws:SourceIp=10.0.0.1 pam:Tty= */
};

struct option_spec {
	const char		*name;		/* "serial-number" */
	const char		*member;	/* "SerialNumber"; NULL: ours */
	enum option_kind	kind;
	bool			required;
	const char		*values;	/* "Assigned|Unassigned|Any" */
	const char		*help;
};

#define OPTIONS_MAX	16	/* in a table, its end included */

struct arguments {
	json_t		*parameters;	/* of the operation, by member */
	json_t		*own;		/* the others, by option name */
	const char	*positional;	/* points into argv, or NULL */
	const char	*output;	/* --output, likewise */
	const char	*token_code;	/* --token-code, likewise */
	bool		help;		/* --help: the rest is unchecked */
};

/* Frees what ARGS owns. */
void	arguments_clear(struct arguments *args);

/* An option of ours: its text, number (0: not given), or whether it is set. */
const char	*arguments_text(const struct arguments *args, const char *name);
json_int_t	arguments_number(const struct arguments *args,
		    const char *name);
bool		arguments_flag(const struct arguments *args, const char *name);

/*
 * Reads ARGV (ARGV[0] is the subcommand's name) by SPECS, which ends with a
 * NULL name. POSITIONAL names the one argument that is not an option ("FILE"),
 * or is NULL. Every argument is used once and whole; nothing is abbreviated.
 * RET_ARGS must be clear ({0}); it is the caller's, also after a failure.
 *  MFA_INVALID_INPUT    unknown, missing, twice, or not of its kind
 *  MFA_SERVICE_FAILURE  no memory
 */
enum mfa_code	options_parse(const struct option_spec *specs,
		    const char *positional, int argc, char **argv,
		    struct arguments *ret_args, struct mfa_error *err)
		    _must_check_;

/* Prints " --a VALUE [--b VALUE]" and, of each option, a line of help. */
void	options_print_usage(FILE *out, const struct option_spec *specs,
	    const char *positional);
void	options_print_help(FILE *out, const struct option_spec *specs);

#endif
