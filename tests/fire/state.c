#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fire/state.h"

#define ROOT	     "/var/lib/awsmfa/"
#define FILES_MAX    64
#define TRIES	     100
#define PAUSE_US     10000
#define FILE_MAX     16384
#define SLOT_STRIDE  4096
#define GENERATION   16 /* octets from a slot's start */

struct file {
	char path[PATH_MAX];
	struct stat st;
	char content[FILE_MAX];
};

static const char *const folders[] = { ROOT "devices", ROOT "ledger",
	ROOT "claims", ROOT "inventory" };

static struct file saved[FILES_MAX];
static size_t count;

static void
read_file(const char *path, struct file *ret)
{
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1 || fstat(fd, &ret->st) == -1)
		err(1, "%s", path);
	n = read(fd, ret->content, sizeof(ret->content));
	if (n != ret->st.st_size)
		errx(1, "%s: read in part only", path);
	(void)close(fd);
	(void)snprintf(ret->path, sizeof(ret->path), "%s", path);
}

/* Calls EACH with the path of every file. */
static void
walk(void (*each)(const char *path))
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *folder;
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if ((folder = opendir(folders[i])) == NULL)
			err(1, "%s", folders[i]);
		while ((entry = readdir(folder)) != NULL) {
			if (strcmp(entry->d_name, ".") == 0 ||
			    strcmp(entry->d_name, "..") == 0)
				continue;
			(void)snprintf(path, sizeof(path), "%s/%s", folders[i],
			    entry->d_name);
			each(path);
		}
		(void)closedir(folder);
	}
}

static void
save_one(const char *path)
{
	if (count == FILES_MAX)
		errx(1, "%s: one file too many", path);
	read_file(path, &saved[count++]);
}

void
state_save(void)
{
	count = 0;
	walk(save_one);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void
remove_new(const char *path)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(saved[i].path, path) == 0)
			return;
	}
	/* A folder, of an import that may be at it still. */
	for (i = 0; nftw(path, remove_one, 4, FTW_DEPTH | FTW_PHYS) == -1; i++) {
		if (access(path, F_OK) == -1)
			return;
		if (i == TRIES)
			err(1, "%s", path);
		(void)usleep(PAUSE_US);
	}
}

static bool
is_same(const struct file *file)
{
	static struct file now;

	if (access(file->path, F_OK) == -1)
		return false;
	read_file(file->path, &now);
	return now.st.st_size == file->st.st_size &&
	    now.st.st_mode == file->st.st_mode &&
	    now.st.st_uid == file->st.st_uid &&
	    memcmp(now.content, file->content,
		(size_t)file->st.st_size) == 0;
}

static void
write_file(const struct file *file)
{
	int fd;

	if (unlink(file->path) == -1 && errno != ENOENT)
		err(1, "%s", file->path);
	fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 ||
	    write(fd, file->content, (size_t)file->st.st_size) !=
		file->st.st_size ||
	    fchown(fd, file->st.st_uid, file->st.st_gid) == -1 ||
	    fchmod(fd, file->st.st_mode & 07777) == -1 || close(fd) == -1)
		err(1, "%s", file->path);
}

void
state_restore(void)
{
	size_t i;

	walk(remove_new);
	for (i = 0; i < count; i++) {
		if (!is_same(&saved[i]))
			write_file(&saved[i]);
	}
}

uint64_t
state_generation(const char *user)
{
	static struct file file;
	uint64_t newest = 0, one;
	char path[PATH_MAX];
	unsigned i;

	(void)snprintf(path, sizeof(path), ROOT "ledger/%s", user);
	read_file(path, &file);
	for (i = 0; i < 2; i++) {
		memcpy(&one, file.content + i * SLOT_STRIDE + GENERATION,
		    sizeof(one));
		if (one > newest)
			newest = one;
	}
	return newest;
}
