#include <string.h>

#include "cli/cli.h"

/* "a|b|c" as words with a space before each. */
static void
print_words(const char *words)
{
	for (; *words != '\0'; words++)
		putchar(*words == '|' ? ' ' : *words);
}

/* What an option's argument is; nothing where that is not known. */
static void
print_values(const struct command *command, const struct option_spec *spec)
{
	if (spec->values == NULL && spec->kind != OPTION_FILE &&
	    spec->kind != OPTION_USER && spec->kind != OPTION_FLAG)
		return;
	printf("%s --%s\t", command->name, spec->name);
	if (spec->values != NULL)
		print_words(spec->values);
	else if (spec->kind == OPTION_FILE)
		fputs("@file", stdout);
	else if (spec->kind == OPTION_USER)
		fputs("@user", stdout);
	else
		fputs("@flag", stdout);
	putchar('\n');
}

static void
print_command(const struct command *command)
{
	const struct option_spec *spec;

	printf("%s\t", command->name);
	for (spec = command->options; spec->name != NULL; spec++)
		printf("--%s ", spec->name);
	fputs("--output --token-code --help\n", stdout);
	for (spec = command->options; spec->name != NULL; spec++)
		print_values(command, spec);
	if (command->positional == NULL)
		return;
	printf("%s @\t", command->name);
	if (strcmp(command->positional, "FILE") == 0)
		fputs("@file", stdout);
	else
		print_words(command->positional);
	putchar('\n');
}

/*
 * The table of subcommands as lines of a key, a tab and words: "NAME" and its
 * options; "NAME --OPTION" and what its argument can be (@file, @user, @flag:
 * there is none); "NAME @" and the same of what is no option.
 */
int
completion_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	(void)cli;
	(void)args;
	for (command = commands; command->name != NULL; command++)
		print_command(command);
	return cli_finish_output();
}
