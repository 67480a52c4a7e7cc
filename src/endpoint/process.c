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

/*
 * The number in field N of a stat file, counted from 1 as in proc(5). The name,
 * field 2, may hold anything, and nothing after it has a parenthesis.
 */
static bool
find_number(const char *stat, int n, uint64_t *ret)
{
	const char *p = strrchr(stat, ')');
	char number[24];
	int field;

	if (p == NULL || p[1] != ' ')
		return false;
	p += 2;
	for (field = 3; field < n; field++) {
		if ((p = strchr(p, ' ')) == NULL)
			return false;
		p++;
	}
	return text_take(&p, "", ' ', number, sizeof(number)) &&
	    text_parse_u64(number, ret);
}

bool
process_identify(pid_t pid, struct ticket_process *ret, pid_t *ret_parent)
{
	char text[1024];
	uint64_t parent, start;

	if (pid <= 0 || !process_read(pid, "stat", text, sizeof(text)) ||
	    !find_number(text, 4, &parent) || parent > INT32_MAX ||
	    !find_number(text, 22, &start))
		return false;
	*ret = (struct ticket_process){ .pid = pid, .start = start };
	*ret_parent = (pid_t)parent;
	return true;
}
