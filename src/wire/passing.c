#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "wire/passing.h"

void
passing_empty(struct passing *passing)
{
	memset(passing, 0, sizeof(*passing));
	passing->iov.iov_base = &passing->octet;
	passing->iov.iov_len = 1;
	passing->msg.msg_iov = &passing->iov;
	passing->msg.msg_iovlen = 1;
	passing->msg.msg_control = passing->control.buf;
	passing->msg.msg_controllen = sizeof(passing->control.buf);
}

void
passing_fill(struct passing *passing, char octet, int fd)
{
	struct cmsghdr *cmsg;

	passing_empty(passing);
	passing->octet = octet;
	passing->msg.msg_controllen = CMSG_SPACE(sizeof(fd));
	cmsg = CMSG_FIRSTHDR(&passing->msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
}

int
passing_take(struct passing *passing)
{
	struct msghdr *msg = &passing->msg;
	_cleanup_(closep) int first = -1;
	bool is_one = (msg->msg_flags & MSG_CTRUNC) == 0;
	struct cmsghdr *cmsg;
	size_t at;
	int fd;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		for (at = CMSG_LEN(0); at + sizeof(fd) <= cmsg->cmsg_len;
		     at += sizeof(fd)) {
			memcpy(&fd, (char *)cmsg + at, sizeof(fd));
			is_one = is_one && first == -1;
			closep(&first);
			first = fd;
		}
	}
	if (!is_one)
		return -1;
	fd = first;
	first = -1;
	return fd;
}
