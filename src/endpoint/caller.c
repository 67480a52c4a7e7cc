#include <sys/socket.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "endpoint/caller.h"

/* Reads a small file of /proc/PID into BUF, terminated. */
static bool
read_proc(pid_t pid, const char *file, char *buf, size_t size)
{
	_cleanup_(closep) int fd = -1;
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return false;
	if ((n = read(fd, buf, size - 1)) <= 0)
		return false;
	buf[n] = '\0';
	return true;
}

/* "Uid:" has the real, effective, saved and file system uid (proc(5)). */
static bool
read_real_uid(pid_t pid, uid_t *ret)
{
	char status[4096], *line, *end;
	uint64_t uid;

	if (!read_proc(pid, "status", status, sizeof(status)) ||
	    (line = strstr(status, "\nUid:\t")) == NULL)
		return false;
	line += strlen("\nUid:\t");
	if ((end = strchr(line, '\t')) == NULL)
		return false;
	*end = '\0';
	if (!text_parse_u64(line, &uid) || uid > UINT32_MAX)
		return false;
	*ret = (uid_t)uid;
	return true;
}

void
caller_find(int fd, struct caller *ret)
{
	struct caller caller = { .uid = (uid_t)-1 };
	struct ucred cred;
	socklen_t len = sizeof(cred);

	*ret = caller;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return;
	if (!read_real_uid(cred.pid, &caller.uid))
		return;
	if (caller.uid == 0)
		(void)read_proc(cred.pid, "comm", caller.program,
		    sizeof(caller.program));
	*ret = caller;
}

bool
caller_is_same(const struct caller *a, const struct caller *b)
{
	return a->uid == b->uid && strcmp(a->program, b->program) == 0;
}
