/* Whose conversation a connection counts as. */
#ifndef ENDPOINT_CALLER_H
#define ENDPOINT_CALLER_H

#include <sys/types.h>
#include <stdbool.h>

/*
 * Callers are counted by their real uid, so that one user's many su do not keep
 * others out; root's by program name too, so that sshd does not keep login out.
 */
struct caller {
	uid_t	uid;		/* real; (uid_t)-1 where it can't be told */
	char	program[17];	/* comm of a real uid 0, else "" */
};

/* The caller at the other end of the Unix socket FD. */
void	caller_find(int fd, struct caller *ret);

bool	caller_is_same(const struct caller *a, const struct caller *b);

#endif
