#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "policy/policy.h"

/* What is wrong with the file itself, or with what is in it. */
static int
complain(const char *path, const struct mfa_error *err)
{
	cli_warn("%s: %s", path, mfa_error_text(err));
	return err->sys_errno != 0 ? CLI_OTHER : CLI_CONFIGURATION;
}

int
policy_validate_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	_cleanup_(policy_freep) struct policy *policy = NULL;
	_cleanup_(freep) char *text = NULL;
	_cleanup_(closep) int fd = -1;
	const char *path = args->positional;
	struct mfa_error err = { 0 };
	size_t len;

	(void)cli;
	(void)command;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		cli_warn("%s: %s", path, strerror(errno));
		return CLI_OTHER;
	}
	if (file_read_text(fd, "the document", POLICY_MAX, &text, &len, &err) !=
	    MFA_OK)
		return complain(path, &err);
	if (policy_parse(text, len, &policy, &err) != MFA_OK)
		return complain(path, &err);
	printf("%s is a valid policy document\n", path);
	return cli_finish_output();
}
