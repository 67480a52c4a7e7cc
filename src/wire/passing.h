/*
 * One octet, and one descriptor that goes beside it (SCM_RIGHTS). Plain stores
 * only, so that a child of the host can use it too; see child.h.
 */
#ifndef WIRE_PASSING_H
#define WIRE_PASSING_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "base/cleanup.h"

/* The kernel may have credentials to tell too. */
#define PASSING_ROOM \
	(CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int)))

/* It points into itself: not to be copied. */
struct passing {
	struct msghdr	msg;		/* for sendmsg(2) or recvmsg(2) */
	struct iovec	iov;
	char		octet;
	union {
		char		buf[PASSING_ROOM];
		struct cmsghdr	align;
	} control;
};

/* Makes PASSING one to send: OCTET, and FD, which stays the caller's. */
void	passing_fill(struct passing *passing, char octet, int fd);

/* Makes PASSING one to receive into, again after a recvmsg(2) that failed. */
void	passing_empty(struct passing *passing);

/*
 * The one descriptor that was received, now the caller's to close; any other
 * number of them is closed, and it is -1.
 */
int	passing_take(struct passing *passing) _must_check_;

#endif
