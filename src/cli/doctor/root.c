#include "cli/doctor/root.h"

#include <sys/syscall.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <unistd.h>

#include "base/file.h"

int
root_open(const char *root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK),
		.resolve = RESOLVE_IN_ROOT,
	};
	_cleanup_(closep) int folder = -1;

	if ((flags & O_PATH) != 0)
		how.flags &= ~(unsigned long long)(O_NOCTTY | O_NONBLOCK);
	if (root[0] == '\0')
		return open(path, (int)how.flags);
	folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -1;
	return (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
}

static bool
status_of(const char *root, const char *path, int flags, struct stat *ret)
{
	_cleanup_(closep) int fd = root_open(root, path, O_PATH | flags);

	return fd >= 0 && fstat(fd, ret) == 0;
}

bool
root_lstat(const char *root, const char *path, struct stat *ret)
{
	return status_of(root, path, O_NOFOLLOW, ret);
}

bool
root_stat(const char *root, const char *path, struct stat *ret)
{
	return status_of(root, path, 0, ret);
}

int
root_open_file(const char *root, const char *path, int flags)
{
	_cleanup_(closep) int fd = -1;
	struct stat st;
	int opened;

	/* First without opening it, which a device may answer to. */
	if (!status_of(root, path, flags & O_NOFOLLOW, &st))
		return -1;
	if (S_ISREG(st.st_mode))
		fd = root_open(root, path, O_RDONLY | flags);
	else
		errno = EINVAL;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	opened = fd;
	fd = -1;
	return opened;
}

enum mfa_code
root_read(const char *root, const char *path, char **ret_text, size_t *ret_len,
    struct mfa_error *err)
{
	_cleanup_(closep) int fd = root_open_file(root, path, 0);

	if (fd < 0 && errno == EINVAL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s is not a regular file", path);
	if (fd < 0)
		return mfa_error_set(err,
		    errno == ENOENT ? MFA_NO_SUCH_ENTITY : MFA_SERVICE_FAILURE,
		    errno, "%s", path);
	return file_read_text(fd, path, ROOT_TEXT_MAX, ret_text, ret_len, err);
}
