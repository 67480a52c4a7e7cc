#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/doctor/doctor.h"
#include "cli/doctor/root.h"
#include "policy/policy.h"

/* What is wrong with the file itself, or NULL. */
static const char *
judge_file(const struct stat *st)
{
	if (!S_ISREG(st->st_mode) || st->st_nlink != 1)
		return "it is not a regular file with one link";
	if (st->st_uid != 0 || (st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "others than root can write it";
	/* The endpoint's account has no group but its own. */
	return (st->st_mode & S_IROTH) == 0
	    ? "the account can't read it; its mode must be 0644"
	    : NULL;
}

static enum mfa_code
examine(int fd, const char *path, struct mfa_error *err)
{
	_cleanup_(policy_freep) struct policy *policy = NULL;
	_cleanup_(freep) char *text = NULL;
	enum mfa_code code;
	size_t len;

	code = file_read_text(fd, path, POLICY_MAX, &text, &len, err);
	if (code != MFA_OK)
		return code;
	return policy_parse(text, len, &policy, err);
}

void
doctor_policy(struct doctor *d)
{
	_cleanup_(closep) int fd = -1;
	struct mfa_error err = { 0 };
	char path[PATH_MAX];
	const char *wrong;
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/policy.json",
	    d->host->conf_folder);
	fd = root_open_file(d->host->root, path, O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return; /* the default document holds */
	if (fd < 0 && errno == EINVAL)
		wrong = "it is not a regular file";
	else if (fd < 0 || fstat(fd, &st) < 0)
		wrong = strerror(errno);
	else if ((wrong = judge_file(&st)) == NULL &&
	    examine(fd, path, &err) != MFA_OK)
		wrong = mfa_error_text(&err);
	if (wrong != NULL)
		doctor_find(d, FINDING_POLICY_INVALID, path, 0,
		    "every sign-in is denied: %s", wrong);
}
