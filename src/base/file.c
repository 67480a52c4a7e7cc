#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

#define OPEN_FLAGS     (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define TEMPORARY_SIZE (NAME_MAX + 16)
#define OPEN_TRIES     16
#define LOCK_PAUSE_NS  2000000L /* between two tries */
#define NS_PER_MS      INT64_C(1000000)
#define NS_PER_S       INT64_C(1000000000)

static enum mfa_code
fail(struct mfa_error *err, int sys_errno, const char *name, const char *what)
{
	return mfa_error_set(err, MFA_SERVICE_FAILURE, sys_errno, "%s: %s",
	    name, what);
}

/* Within a folder a name is one component: it leads nowhere else. */
static bool
is_component(int dirfd, const char *name)
{
	if (dirfd == AT_FDCWD)
		return true;
	return name[0] != '\0' && strchr(name, '/') == NULL &&
	    strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static enum mfa_code
check_trust(const struct stat *st, const struct file_trust *trust,
    const char *name, struct mfa_error *err)
{
	if (st->st_uid != trust->owner && st->st_uid != trust->owner_too)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: belongs to uid %ju, not to %ju", name,
		    (uintmax_t)st->st_uid, (uintmax_t)trust->owner);
	if ((st->st_mode & trust->forbidden) != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: mode %04o is too open, at most %04o", name,
		    (unsigned)(st->st_mode & 07777),
		    (unsigned)(st->st_mode & 07777 & ~trust->forbidden));
	return MFA_OK;
}

static enum mfa_code
open_any(int dirfd, const char *name, int flags, int *ret_fd,
    struct stat *ret_st, struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;

	if (!is_component(dirfd, name))
		return fail(err, EINVAL, name, "not a file name");
	do
		fd = openat(dirfd, name, flags | OPEN_FLAGS);
	while (fd < 0 && errno == EINTR);
	if (fd < 0 && errno == ENOENT)
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, ENOENT, "%s",
		    name);
	if (fd < 0 && errno == ELOOP)
		return fail(err, 0, name, "is a symbolic link");
	if (fd < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno, "%s",
		    name);
	if (fstat(fd, ret_st) != 0)
		return fail(err, errno, name, "fstat");
	*ret_fd = fd;
	fd = -1;
	return MFA_OK;
}

enum mfa_code
file_open(int dirfd, const char *name, int flags,
    const struct file_trust *trust, int *ret_fd, struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;
	struct stat st;
	int tries = OPEN_TRIES;

	/* Without a link it was replaced between open and fstat: once more. */
	do {
		closep(&fd);
		code = open_any(dirfd, name, flags, &fd, &st, err);
		if (code != MFA_OK)
			return code;
	} while (st.st_nlink == 0 && --tries > 0);
	if (!S_ISREG(st.st_mode))
		return fail(err, 0, name, "not a regular file");
	if (st.st_nlink != 1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: has %ju hard links, not one", name,
		    (uintmax_t)st.st_nlink);
	code = check_trust(&st, trust, name, err);
	if (code != MFA_OK)
		return code;
	*ret_fd = fd;
	fd = -1;
	return MFA_OK;
}

enum mfa_code
file_open_dir(int dirfd, const char *name, const struct file_trust *trust,
    int *ret_fd, struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;
	struct stat st;

	code = open_any(dirfd, name, O_RDONLY | O_DIRECTORY, &fd, &st, err);
	if (code != MFA_OK)
		return code;
	code = check_trust(&st, trust, name, err);
	if (code != MFA_OK)
		return code;
	*ret_fd = fd;
	fd = -1;
	return MFA_OK;
}

/* At most SIZE octets from the start of FD; -1 and errno on failure. */
static ssize_t
read_all(int fd, char *buf, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = pread(fd, buf + used, size - used, used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		used += n;
	}
	return used;
}

bool
file_is_current(const struct stat *seen, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT && seen->st_nlink == 0;
	return st.st_dev == seen->st_dev && st.st_ino == seen->st_ino &&
	    st.st_size == seen->st_size && st.st_mode == seen->st_mode &&
	    st.st_uid == seen->st_uid && st.st_nlink == seen->st_nlink &&
	    st.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == seen->st_mtim.tv_nsec &&
	    st.st_ctim.tv_sec == seen->st_ctim.tv_sec &&
	    st.st_ctim.tv_nsec == seen->st_ctim.tv_nsec;
}

enum mfa_code
file_read_text(int fd, const char *name, size_t max, char **ret_text,
    size_t *ret_len, struct mfa_error *err)
{
	_cleanup_(freep) char *text = NULL;
	ssize_t n;

	if (max >= SSIZE_MAX)
		return fail(err, EINVAL, name, "limit");
	text = malloc(max + 1);
	if (text == NULL)
		return fail(err, ENOMEM, name, "read");
	/* One octet more than MAX tells a larger file from a full one. */
	n = read_all(fd, text, max + 1);
	if (n < 0)
		return fail(err, errno, name, "read");
	if ((size_t)n > max)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: larger than %zu octets", name, max);
	text[n] = '\0';
	if (memchr(text, '\0', n) != NULL)
		return fail(err, 0, name, "has a NUL in it");
	*ret_text = steal(&text);
	*ret_len = n;
	return MFA_OK;
}

static int
write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return -1;
		}
		p += n;
		len -= n;
	}
	return 0;
}

static int
sync_fd(int fd)
{
	int r;

	do
		r = fsync(fd);
	while (r != 0 && errno == EINTR);
	return r;
}

/* Writes a new file and makes its content durable; removes it on failure. */
static enum mfa_code
write_temporary(int dirfd, const char *temporary, const void *data, size_t len,
    struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;

	do
		fd = openat(dirfd, temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return fail(err, errno, temporary, "create");
	/* The umask may have taken bits away. */
	if (fchmod(fd, 0600) == 0 && write_all(fd, data, len) == 0 &&
	    sync_fd(fd) == 0)
		return MFA_OK;
	code = fail(err, errno, temporary, "write");
	unlinkat(dirfd, temporary, 0);
	return code;
}

enum mfa_code
file_replace(int dirfd, const char *name, const void *data, size_t len,
    struct mfa_error *err)
{
	char temporary[TEMPORARY_SIZE];
	enum mfa_code code;
	int n;

	if (!is_component(dirfd, name))
		return fail(err, EINVAL, name, "not a file name");
	n = snprintf(temporary, sizeof(temporary), ".%s.new", name);
	if (n < 0 || n > NAME_MAX)
		return fail(err, ENAMETOOLONG, name, "replace");
	if (unlinkat(dirfd, temporary, 0) != 0 && errno != ENOENT)
		return fail(err, errno, temporary, "remove");
	code = write_temporary(dirfd, temporary, data, len, err);
	if (code != MFA_OK)
		return code;
	if (renameat(dirfd, temporary, dirfd, name) != 0) {
		code = fail(err, errno, name, "rename");
		unlinkat(dirfd, temporary, 0);
		return code;
	}
	if (sync_fd(dirfd) != 0)
		return fail(err, errno, name, "fsync of the folder");
	return MFA_OK;
}

/*
 * Gives TEMPORARY the name NAME where that is free. A rename never shows a
 * file with two links, which file_open() would refuse after a crash; a link
 * serves on file systems that can't refuse to replace.
 */
static int
publish(int dirfd, const char *temporary, const char *name)
{
	if (renameat2(dirfd, temporary, dirfd, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(dirfd, temporary, dirfd, name, 0) != 0)
		return -1;
	return unlinkat(dirfd, temporary, 0);
}

enum mfa_code
file_create(int dirfd, const char *name, const void *data, size_t len,
    struct mfa_error *err)
{
	char temporary[TEMPORARY_SIZE];
	enum mfa_code code;
	uint64_t nonce;

	if (!is_component(dirfd, name))
		return fail(err, EINVAL, name, "not a file name");
	/* Many may create NAME at once, each from a file of its own. */
	if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
		return fail(err, EIO, name, "getrandom");
	snprintf(temporary, sizeof(temporary), ".%016" PRIx64 ".new", nonce);
	code = write_temporary(dirfd, temporary, data, len, err);
	if (code != MFA_OK)
		return code;
	if (publish(dirfd, temporary, name) != 0) {
		if (errno == EEXIST)
			code = mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS,
			    EEXIST, "%s", name);
		else
			code = fail(err, errno, name, "create");
		unlinkat(dirfd, temporary, 0);
		return code;
	}
	if (sync_fd(dirfd) != 0) {
		code = fail(err, errno, name, "fsync of the folder");
		unlinkat(dirfd, name, 0);
		return code;
	}
	return MFA_OK;
}

enum mfa_code
file_remove(int dirfd, const char *name, struct mfa_error *err)
{
	if (!is_component(dirfd, name))
		return fail(err, EINVAL, name, "not a file name");
	if (unlinkat(dirfd, name, 0) != 0 && errno != ENOENT)
		return fail(err, errno, name, "remove");
	/* Also where it was gone already: an earlier fsync may have failed. */
	if (sync_fd(dirfd) != 0)
		return fail(err, errno, name, "fsync of the folder");
	return MFA_OK;
}

static int64_t
monotonic_ns(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

enum mfa_code
file_lock(int fd, const char *name, unsigned timeout_ms, struct mfa_error *err)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	int64_t deadline = monotonic_ns() + timeout_ms * NS_PER_MS;

	for (;;) {
		struct flock lock = {
			.l_type = F_WRLCK,
			.l_whence = SEEK_SET,
		};

		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
			return MFA_OK;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return fail(err, errno, name, "lock");
		if (monotonic_ns() >= deadline)
			return mfa_error_set(err, MFA_CONCURRENT_MODIFICATION,
			    0, "%s: locked by someone else", name);
		nanosleep(&pause, NULL);
	}
}
