#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/folder.h"

static void
closedirp(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

/* A stream of its own: a duplicate of FD would share its position. */
static DIR *
open_stream(int fd)
{
	DIR *dir;
	int own;

	own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (own < 0)
		return NULL;
	dir = fdopendir(own);
	if (dir == NULL)
		closep(&own);
	return dir;
}

enum mfa_code
folder_each(int fd, const char *name,
    enum mfa_code (*each)(void *ctx, const char *name, struct mfa_error *err),
    void *ctx, struct mfa_error *err)
{
	_cleanup_(closedirp) DIR *dir = open_stream(fd);
	const struct dirent *entry;
	enum mfa_code code;

	if (dir == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno, "%s",
		    name);
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		code = each(ctx, entry->d_name, err);
		if (code != MFA_OK)
			return code;
	}
	if (errno != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno, "%s",
		    name);
	return MFA_OK;
}
