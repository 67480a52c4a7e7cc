#include <sys/random.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "cli/cli.h"
#include "cli/init.h"

#define KEY_SIZE	32	/* octets of host.key */
#define KEY_NAME	"host.key"
#define KEY_NEW		".host.key.new"

static const char *const folders[] = {
	"devices", "ledger", "claims", "inventory"
};
#define FOLDERS	(sizeof(folders) / sizeof(folders[0]))

/* The work in progress. */
struct init {
	const struct init_paths	*paths;
	void			(*said)(const char *line);
	uid_t			uid;		/* the account's */
	gid_t			gid;
	struct mfa_error	*err;
};

static enum mfa_code
fail(const struct init *in, const char *what, int sys_errno)
{
	return mfa_error_set(in->err, MFA_SERVICE_FAILURE, sys_errno, "%s",
	    what);
}

static void _printf_(2, 3)
say(const struct init *in, const char *fmt, ...)
{
	char line[PATH_MAX + 64];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	in->said(line);
}

/*
 * Opens the folder COMPONENT of a path above ours, making it where it is
 * missing. No one but root may be able to exchange what is in it.
 */
static enum mfa_code
enter_parent(const struct init *in, const char *component, int *fd,
    struct stat *st)
{
	bool made = mkdirat(*fd, component, 0755) == 0;
	int next;

	if (!made && errno != EEXIST)
		return fail(in, component, errno);
	next = openat(*fd, component, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (next < 0)
		return fail(in, component, errno);
	close(*fd);
	*fd = next;
	/* The umask may have taken bits that the account needs to pass. */
	if ((made && fchmod(next, 0755) < 0) || fstat(next, st) < 0)
		return fail(in, component, errno);
	if (st->st_uid != 0 ||
	    ((st->st_mode & 0002) != 0 && (st->st_mode & S_ISVTX) == 0))
		return mfa_error_set(in->err, MFA_SERVICE_FAILURE, 0,
		    "the folder %s must be root's, and not writable for "
		    "everyone",
		    component);
	return MFA_OK;
}

/* The folder that the last part of PATH is in, and that part. */
static enum mfa_code
open_parent(const struct init *in, const char *path, int *ret_fd,
    char ret_last[static NAME_MAX + 1])
{
	char copy[PATH_MAX], *rest = copy, *part, *next;
	_cleanup_(closep) int fd = -1;
	struct stat st;
	enum mfa_code code;

	if (*path != '/' || strlen(path) >= sizeof(copy))
		return fail(in, "not an absolute path", 0);
	strcpy(copy, path);
	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(in, "/", errno);
	part = strtok_r(copy, "/", &rest);
	while (part != NULL && (next = strtok_r(NULL, "/", &rest)) != NULL) {
		if ((code = enter_parent(in, part, &fd, &st)) != MFA_OK)
			return code;
		part = next;
	}
	if (part == NULL || strlen(part) > NAME_MAX)
		return fail(in, path, EINVAL);
	strcpy(ret_last, part);
	*ret_fd = fd;
	fd = -1;
	return MFA_OK;
}

/* What a folder is to be. */
struct folder {
	uid_t	uid;
	gid_t	gid;
	mode_t	mode;
};

/* Makes owner and mode of FD, found or just made, what they are to be. */
static enum mfa_code
adjust(const struct init *in, const char *path, int fd, bool made,
    const struct folder *want)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(in, path, errno);
	if (st.st_uid != want->uid && st.st_uid != 0)
		return mfa_error_set(in->err, MFA_SERVICE_FAILURE, 0,
		    "%s belongs to uid %u, not %u", path, (unsigned)st.st_uid,
		    (unsigned)want->uid);
	if (st.st_uid == want->uid && st.st_gid == want->gid &&
	    (st.st_mode & 07777) == want->mode && !made)
		return MFA_OK;
	if (fchown(fd, want->uid, want->gid) < 0 ||
	    fchmod(fd, want->mode) < 0 || fsync(fd) < 0)
		return fail(in, path, errno);
	say(in, "%s the folder %s (uid %u, %04o)", made ? "made" : "corrected",
	    path, (unsigned)want->uid, (unsigned)want->mode);
	return MFA_OK;
}

/* Opens the folder PATH, made where it is missing. */
static enum mfa_code
ensure_folder(const struct init *in, const char *path,
    const struct folder *want, int *ret_fd)
{
	_cleanup_(closep) int parent = -1, fd = -1;
	char last[NAME_MAX + 1];
	enum mfa_code code;
	bool made;

	if ((code = open_parent(in, path, &parent, last)) != MFA_OK)
		return code;
	made = mkdirat(parent, last, 0700) == 0;
	if (!made && errno != EEXIST)
		return fail(in, path, errno);
	fd = openat(parent, last,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(in, path, errno);
	if ((code = adjust(in, path, fd, made, want)) != MFA_OK)
		return code;
	if (made && fsync(parent) < 0)
		return fail(in, path, errno);
	*ret_fd = fd;
	fd = -1;
	return MFA_OK;
}

/* One of the account's own folders, made by the account itself. */
static enum mfa_code
ensure_inner(const struct init *in, int state, const char *name)
{
	_cleanup_(closep) int fd = -1;
	struct stat st;
	bool made;

	made = mkdirat(state, name, 0700) == 0;
	if (!made && errno != EEXIST)
		return fail(in, name, errno);
	fd = openat(state, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(in, name, errno);
	if (st.st_uid != in->uid)
		return mfa_error_set(in->err, MFA_SERVICE_FAILURE, 0,
		    "%s/%s belongs to uid %u, not %u", in->paths->state, name,
		    (unsigned)st.st_uid, (unsigned)in->uid);
	if ((st.st_mode & 07777) == 0700 && !made)
		return MFA_OK;
	if (fchmod(fd, 0700) < 0 || fsync(fd) < 0 || fsync(state) < 0)
		return fail(in, name, errno);
	say(in, "%s the folder %s/%s (uid %u, 0700)",
	    made ? "made" : "corrected", in->paths->state, name,
	    (unsigned)in->uid);
	return MFA_OK;
}

/* Is there a file in the folder NAME of STATE? */
static enum mfa_code
look_for_files(const struct init *in, int state, const char *name,
    bool *ret_found)
{
	const struct dirent *entry;
	DIR *dir;
	int fd;

	fd = openat(state, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(in, name, errno);
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return fail(in, name, errno);
	}
	errno = 0;
	while (!*ret_found && (entry = readdir(dir)) != NULL)
		*ret_found = entry->d_name[0] != '.';
	fd = errno;
	closedir(dir);
	return fd != 0 && !*ret_found ? fail(in, name, fd) : MFA_OK;
}

static enum mfa_code
ensure_all_inner(const struct init *in, int state, bool *ret_in_use)
{
	enum mfa_code code = MFA_OK;
	bool in_use = false;
	size_t i;

	for (i = 0; code == MFA_OK && i < FOLDERS; i++)
		code = ensure_inner(in, state, folders[i]);
	if (code == MFA_OK)
		code = look_for_files(in, state, "devices", &in_use);
	if (code == MFA_OK)
		code = look_for_files(in, state, "inventory", &in_use);
	if (code == MFA_OK)
		*ret_in_use = in_use;
	return code;
}

/*
 * The same as the account: its folder is its own, and a name in it may lead
 * anywhere, but not to what it could not reach itself.
 */
static enum mfa_code
ensure_inner_as_account(const struct init *in, int state, bool *ret_in_use)
{
	gid_t groups[NGROUPS_MAX];
	int n = getgroups(NGROUPS_MAX, groups);
	enum mfa_code code;

	if (n < 0 || setgroups(1, &in->gid) < 0 || setegid(in->gid) < 0 ||
	    seteuid(in->uid) < 0)
		return fail(in, "becoming the account", errno);
	code = ensure_all_inner(in, state, ret_in_use);
	if (seteuid(0) < 0 || setegid(0) < 0 ||
	    setgroups((size_t)n, groups) < 0)
		return fail(in, "becoming root again", errno);
	return code;
}

/* Is the key that is there one that the endpoint takes? */
static enum mfa_code
check_key(const struct init *in, const struct stat *st)
{
	const char *wrong = NULL;

	if (!S_ISREG(st->st_mode) || st->st_nlink != 1)
		wrong = "is not a regular file with one link";
	else if (st->st_size != KEY_SIZE)
		wrong = "has not 32 octets";
	else if (st->st_uid != in->uid)
		wrong = "does not belong to the account";
	else if ((st->st_mode & 0077) != 0)
		wrong = "can be read or written by others";
	if (wrong == NULL)
		return MFA_OK;
	return mfa_error_set(in->err, MFA_SERVICE_FAILURE, 0,
	    "%s/" KEY_NAME " %s; it is left as it is", in->paths->conf, wrong);
}

/* A new key under a name of its own, durable. */
static enum mfa_code
write_key(const struct init *in, int conf)
{
	_cleanup_(secret_wipe) struct secret key = { .len = KEY_SIZE };
	_cleanup_(closep) int fd = -1;

	if (getrandom(key.bytes, KEY_SIZE, 0) != KEY_SIZE)
		return fail(in, "getrandom", errno);
	if (unlinkat(conf, KEY_NEW, 0) < 0 && errno != ENOENT)
		return fail(in, KEY_NEW, errno);
	fd = openat(conf, KEY_NEW,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(in, KEY_NEW, errno);
	errno = ENOSPC;
	if (write(fd, key.bytes, KEY_SIZE) != KEY_SIZE ||
	    fchown(fd, in->uid, in->gid) < 0 || fchmod(fd, 0600) < 0 ||
	    fsync(fd) < 0)
		return fail(in, KEY_NEW, errno);
	return MFA_OK;
}

static enum mfa_code
make_key(const struct init *in, int conf)
{
	enum mfa_code code = write_key(in, conf);
	int failed = 0;

	/* A link, and not a rename: what is there is never replaced. */
	if (code == MFA_OK && linkat(conf, KEY_NEW, conf, KEY_NAME, 0) < 0)
		failed = errno;
	unlinkat(conf, KEY_NEW, 0);
	if (code == MFA_OK && failed == 0 && fsync(conf) < 0)
		failed = errno;
	if (failed != 0)
		return fail(in, KEY_NAME, failed);
	if (code == MFA_OK)
		say(in,
		    "made %s/" KEY_NAME " (uid %u, 0600); keep a copy of "
		    "it with your backups of %s",
		    in->paths->conf, (unsigned)in->uid, in->paths->state);
	return code;
}

static enum mfa_code
ensure_key(const struct init *in, int conf, bool in_use)
{
	struct stat st;

	if (fstatat(conf, KEY_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return check_key(in, &st);
	if (errno != ENOENT)
		return fail(in, KEY_NAME, errno);
	if (in_use)
		return mfa_error_set(in->err, MFA_SERVICE_FAILURE, 0,
		    "%s/" KEY_NAME " is missing, but %s holds devices that "
		    "only it can open: put it back from a backup. A new key "
		    "would make them all useless, so none was made",
		    in->paths->conf, in->paths->state);
	return make_key(in, conf);
}

static enum mfa_code
ensure_all(struct init *in)
{
	const struct folder roots = { 0, 0, 0755 };
	const struct folder accounts = { in->uid, in->gid, 0700 };
	_cleanup_(closep) int conf = -1, state = -1, run = -1, sessions = -1;
	char path[PATH_MAX];
	enum mfa_code code;
	bool in_use = true;

	(void)snprintf(path, sizeof(path), "%s/sessions", in->paths->run);

	code = ensure_folder(in, in->paths->conf, &roots, &conf);
	if (code == MFA_OK)
		code = ensure_folder(in, in->paths->state, &accounts, &state);
	if (code == MFA_OK)
		code = ensure_inner_as_account(in, state, &in_use);
	if (code == MFA_OK)
		code = ensure_key(in, conf, in_use);
	if (code == MFA_OK)
		code = ensure_folder(in, in->paths->run, &roots, &run);
	if (code == MFA_OK)
		code = ensure_folder(in, path, &accounts, &sessions);
	return code;
}

enum mfa_code
init_apply(const struct init_paths *paths, void (*said)(const char *line),
    struct mfa_error *err)
{
	struct init in = { .paths = paths, .said = said, .err = err };
	enum mfa_code code;

	if (geteuid() != 0)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "only root can do this");
	code = account_ensure(paths->account, said, &in.uid, &in.gid, err);
	return code == MFA_OK ? ensure_all(&in) : code;
}

static bool said_something;

static void
print_line(const char *line)
{
	said_something = true;
	puts(line);
}

int
init_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	static const struct init_paths paths = { MFA_CONF_DIR, MFA_STATE_DIR,
		MFA_RUN_DIR, MFA_ACCOUNT };
	struct mfa_error err = { 0 };

	(void)cli;
	(void)command;
	(void)args;
	if (init_apply(&paths, print_line, &err) != MFA_OK) {
		cli_warn("init: %s", mfa_error_text(&err));
		return CLI_OTHER;
	}
	if (!said_something)
		puts("everything is there already");
	return cli_finish_output();
}
