/* Whose conversation a connection counts as. */
#ifndef ENDPOINT_CALLER_H
#define ENDPOINT_CALLER_H

#include <sys/types.h>
#include <stdbool.h>

#include "base/cleanup.h"

/*
 * Callers are counted by their real uid, so that one user's many su do not keep
 * others out; root's by program name too, so that sshd does not keep login out.
 */
struct caller {
	uid_t	uid;		/* real, or effective where that is not 0 */
	bool	is_user;	/* the effective uid is not 0 */
	char	program[17];	/* comm of a real uid 0, if it can be read */
};

/*
 * Has FD deliver who sends (SO_PASSCRED): on the listening socket, from which
 * those that are accepted have it.
 */
bool	caller_watch(int fd) _must_check_;

/*
 * The caller at the other end of FD. One whose effective uid is not 0 is who it
 * was when it connected (SO_PEERCRED), whoever it has write for it later. Of
 * set-uid programs it is what the kernel says of the sender of the first octet,
 * which is left to be read: SO_PEERCRED has no real uid, and /proc may be
 * mounted with hidepid.
 *  1   *ret is the caller
 *  0   nothing was sent so far
 *  -1  it has gone
 */
int	caller_find(int fd, struct caller *ret) _must_check_;

/* The same by SO_PEERCRED alone. False: it can't be told. */
bool	caller_find_connected(int fd, struct caller *ret) _must_check_;

bool	caller_is_same(const struct caller *a, const struct caller *b);

#endif
