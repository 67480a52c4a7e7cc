#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "endpoint/caller.h"
#include "endpoint/process.h"

bool
caller_watch(int fd)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0;
}

/* What the kernel has put beside the first octet: the real uid, by default. */
static bool
read_credentials(struct msghdr *msg, struct ucred *ret)
{
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_CREDENTIALS ||
		    cmsg->cmsg_len != CMSG_LEN(sizeof(*ret)))
			continue;
		memcpy(ret, CMSG_DATA(cmsg), sizeof(*ret));
		return true;
	}
	return false;
}

/* The same as caller_find(), of a caller whose effective uid is 0. */
static int
find_sender(int fd, struct caller *ret)
{
	union {
		char buf[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	char octet;
	struct iovec iov = { &octet, 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf) };
	struct ucred cred;
	ssize_t n;

	n = recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n != 1 || !read_credentials(&msg, &cred))
		return -1;
	memset(ret, 0, sizeof(*ret));
	ret->uid = cred.uid;
	if (ret->uid == 0)
		(void)process_read(cred.pid, "comm", ret->program,
		    sizeof(ret->program));
	return 1;
}

bool
caller_find_connected(int fd, struct caller *ret)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1 ||
	    len != sizeof(cred))
		return false;
	*ret = (struct caller){ .uid = cred.uid, .is_user = cred.uid != 0 };
	return true;
}

int
caller_find(int fd, struct caller *ret)
{
	struct caller connected;

	if (!caller_find_connected(fd, &connected))
		return -1;
	if (connected.uid == 0)
		return find_sender(fd, ret);
	*ret = connected;
	return 1;
}

bool
caller_is_same(const struct caller *a, const struct caller *b)
{
	return a->uid == b->uid && a->is_user == b->is_user &&
	    strcmp(a->program, b->program) == 0;
}
