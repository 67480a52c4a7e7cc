#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"

struct file_trust folder_mine;
char folder_path[] = "/tmp/awsmfa-folder.XXXXXX";
int folder_fd = -1;

int
folder_setup(void **state)
{
	(void)state;
	folder_mine = (struct file_trust){ getuid(), getuid(), 0077 };
	umask(022);
	alarm(FOLDER_WATCHDOG);
	if (mkdtemp(folder_path) == NULL)
		return -1;
	folder_fd = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder_fd < 0 ? -1 : 0;
}

int
folder_remove(void **state)
{
	(void)state;
	close(folder_fd);
	return rmdir(folder_path);
}

static DIR *
list(void)
{
	DIR *d = fdopendir(openat(folder_fd, ".", O_RDONLY | O_DIRECTORY));

	assert_non_null(d);
	return d;
}

int
folder_empty(void **state)
{
	struct dirent *e;
	DIR *d = list();

	(void)state;
	while ((e = readdir(d)) != NULL) {
		if (unlinkat(folder_fd, e->d_name, 0) != 0)
			(void)unlinkat(folder_fd, e->d_name, AT_REMOVEDIR);
	}
	closedir(d);
	return 0;
}

int
folder_count(void)
{
	struct dirent *e;
	DIR *d = list();
	int n = 0;

	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

void
folder_put(const char *name, const void *data, size_t len, mode_t mode)
{
	int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

char *
folder_read(const char *name, size_t *ret_len)
{
	struct mfa_error err;
	char *text = NULL;
	int fd;

	assert_int_equal(file_open(folder_fd, name, O_RDONLY, &folder_mine,
	    &fd, &err), MFA_OK);
	assert_int_equal(file_read_text(fd, name, FOLDER_READ_MAX, &text,
	    ret_len, &err), MFA_OK);
	close(fd);
	return text;
}

void
folder_assert(const char *name, const char *expected)
{
	size_t len;
	char *text = folder_read(name, &len);

	assert_int_equal(len, strlen(expected));
	assert_string_equal(text, expected);
	free(text);
}

void
folder_stop(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}
