#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/init.h"

#define OVERFLOW_UID	65534

/* Runs ARGV[0] with a clean environment and default signals, to its end. */
static enum mfa_code
run(char *const argv[], struct mfa_error *err)
{
	static char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:"
					     "/bin",
		"LC_ALL=C", NULL };
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int failed, status = 0;
	mode_t mask;
	pid_t pid;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes,
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	mask = umask(022);
	failed = posix_spawn(&pid, argv[0], NULL, &attributes, argv,
	    environment);
	umask(mask);
	posix_spawnattr_destroy(&attributes);
	if (failed != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, failed, "%s",
		    argv[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
			    "%s", argv[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s failed (status %d)", argv[0],
		    WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return MFA_OK;
}

static enum mfa_code
add_group(const char *name, struct mfa_error *err)
{
	char *const argv[] = { "/usr/sbin/groupadd", "--system", (char *)name,
		NULL };

	errno = 0;
	return getgrnam(name) != NULL ? MFA_OK : run(argv, err);
}

static enum mfa_code
add_user(const char *name, struct mfa_error *err)
{
	char *const argv[] = { "/usr/sbin/useradd", "--system", "--gid",
		(char *)name, "--home-dir", "/nonexistent", "--no-create-home",
		"--shell", "/usr/sbin/nologin", "--comment",
		"multi-factor authentication", (char *)name, NULL };

	return run(argv, err);
}

enum mfa_code
account_ensure(const char *name, void (*said)(const char *line),
    uid_t *ret_uid, gid_t *ret_gid, struct mfa_error *err)
{
	const struct passwd *user;
	char line[128];
	enum mfa_code code;

	errno = 0;
	if ((user = getpwnam(name)) == NULL) {
		if (errno != 0 && errno != ENOENT)
			return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
			    "looking up the account %s", name);
		if ((code = add_group(name, err)) != MFA_OK ||
		    (code = add_user(name, err)) != MFA_OK)
			return code;
		(void)snprintf(line, sizeof(line), "made the account %s", name);
		said(line);
		if ((user = getpwnam(name)) == NULL)
			return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
			    "the account %s was made, but is not there", name);
	}
	if (user->pw_uid == 0 || user->pw_uid == OVERFLOW_UID)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the account %s has uid %u, which must not be", name,
		    (unsigned)user->pw_uid);
	*ret_uid = user->pw_uid;
	*ret_gid = user->pw_gid;
	return MFA_OK;
}
