#include <sys/stat.h>

#include <fcntl.h>

#include "base/file.h"
#include "cli/doctor.h"
#include "policy/policy.h"

/* The endpoint's account has no group but its own. */
static bool
is_readable_by_all(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IROTH) != 0;
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
	static const struct file_trust trust = { 0, 0, S_IWGRP | S_IWOTH };
	const char *path = d->host->policy;
	_cleanup_(closep) int fd = -1;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = file_open(AT_FDCWD, path, O_RDONLY, &trust, &fd, &err);
	if (code == MFA_NO_SUCH_ENTITY)
		doctor_find(d, DOCTOR_OK, path,
		    "not there, so that the default document holds");
	else if (code != MFA_OK)
		doctor_find(d, DOCTOR_FAILED, path,
		    "every sign-in is denied: %s", mfa_error_text(&err));
	else if (!is_readable_by_all(fd))
		doctor_find(d, DOCTOR_FAILED, path,
		    "every sign-in is denied: the account %s can't read it; "
		    "its mode must be 0644",
		    d->host->account);
	else if (examine(fd, path, &err) != MFA_OK)
		doctor_find(d, DOCTOR_FAILED, path,
		    "every sign-in is denied: %s", mfa_error_text(&err));
	else
		doctor_find(d, DOCTOR_OK, path, "a valid policy document");
}
