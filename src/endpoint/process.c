#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "endpoint/process.h"

bool
process_read(pid_t pid, const char *file, char *buf, size_t size)
{
	_cleanup_(closep) int fd = -1;
	char path[64];
	ssize_t n;

	buf[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return false;
	if ((n = read(fd, buf, size - 1)) <= 0)
		return false;
	buf[n] = '\0';
	return true;
}

bool
process_audit_session(pid_t pid, uint32_t *ret)
{
	char text[32];
	uint64_t id;

	if (!process_read(pid, "sessionid", text, sizeof(text)))
		return false;
	text[strcspn(text, "\n")] = '\0';
	if (!text_parse_u64(text, &id) || id > UINT32_MAX)
		return false;
	*ret = (uint32_t)id;
	return true;
}
