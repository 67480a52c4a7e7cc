/* System calls, and what libc makes of them. */
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "fire/calls.h"

/* Files. */
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), AT_ONCE, -1, EIO)
WRAP(int, stat, (const char *path, struct stat *st), (path, st), AT_ONCE, -1,
    EIO)
WRAP(int, lstat, (const char *path, struct stat *st), (path, st), AT_ONCE, -1,
    EIO)
WRAP(int, fstatat, (int dir, const char *path, struct stat *st, int flags),
    (dir, path, st, flags), AT_ONCE, -1, EIO)
WRAP(int, faccessat, (int dir, const char *path, int mode, int flags),
    (dir, path, mode, flags), AT_ONCE, -1, EIO)
WRAP(int, fdatasync, (int fd), (fd), INTERRUPTIBLE | EFFECTIVE, -1, EIO)
WRAP(int, fsync, (int fd), (fd), INTERRUPTIBLE | EFFECTIVE, -1, EIO)
WRAP(int, syncfs, (int fd), (fd), EFFECTIVE, -1, EIO)
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), EFFECTIVE, -1, EPERM)
WRAP(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode),
    EFFECTIVE, -1, ENOSPC)
WRAP(int, renameat, (int d1, const char *p1, int d2, const char *p2),
    (d1, p1, d2, p2), EFFECTIVE, -1, ENOSPC)
WRAP(int, renameat2,
    (int d1, const char *p1, int d2, const char *p2, unsigned flags),
    (d1, p1, d2, p2, flags), EFFECTIVE, -1, ENOSPC)
WRAP(int, linkat, (int d1, const char *p1, int d2, const char *p2, int flags),
    (d1, p1, d2, p2, flags), EFFECTIVE, -1, EMLINK)
WRAP(int, unlinkat, (int dir, const char *path, int flags),
    (dir, path, flags), EFFECTIVE, -1, EROFS)
WRAP(int, close, (int fd), (fd), PLAN_BIT(PLAN_LATE), -1, EIO)
WRAP(DIR *, opendir, (const char *path), (path), AT_ONCE, NULL, EMFILE)
WRAP(DIR *, fdopendir, (int fd), (fd), AT_ONCE, NULL, EMFILE)
WRAP(struct dirent *, readdir, (DIR *folder), (folder), AT_ONCE, NULL, EIO)

/* Processes, users and the clock. */
WRAP(pid_t, fork, (void), (), AT_ONCE, -1, EAGAIN)
WRAP(pid_t, waitpid, (pid_t pid, int *status, int options),
    (pid, status, options), PLAN_BIT(PLAN_INTERRUPTED), -1, EINTR)
WRAP(int, clock_gettime, (clockid_t id, struct timespec *ret), (id, ret),
    AT_ONCE, -1, EINVAL)
WRAP(int, nanosleep, (const struct timespec *time, struct timespec *left),
    (time, left), INTERRUPTIBLE, -1, EINVAL)
WRAP(struct passwd *, getpwnam, (const char *name), (name), AT_ONCE, NULL, EIO)
WRAP(struct passwd *, getpwuid, (uid_t uid), (uid), AT_ONCE, NULL, EIO)
WRAP(int, getresuid, (uid_t *r, uid_t *e, uid_t *s), (r, e, s), AT_ONCE, -1,
    EFAULT)
WRAP(int, getresgid, (gid_t *r, gid_t *e, gid_t *s), (r, e, s), AT_ONCE, -1,
    EFAULT)
WRAP(int, getgrouplist, (const char *name, gid_t gid, gid_t *ret, int *count),
    (name, gid, ret, count), AT_ONCE, -1, ENOMEM)
WRAP(int, sigprocmask, (int how, const sigset_t *set, sigset_t *old),
    (how, set, old), AT_ONCE, -1, EINVAL)
WRAP(int, sigaction,
    (int number, const struct sigaction *act, struct sigaction *old),
    (number, act, old), AT_ONCE, -1, EINVAL)
WRAP(int, signalfd, (int fd, const sigset_t *mask, int flags),
    (fd, mask, flags), AT_ONCE, -1, EMFILE)
WRAP(int, setitimer,
    (enum __itimer_which which, const struct itimerval *value,
	struct itimerval *old),
    (which, value, old), AT_ONCE, -1, EINVAL)
WRAP(int, setrlimit,
    (enum __rlimit_resource resource, const struct rlimit *limit),
    (resource, limit), AT_ONCE, -1, EPERM)
WRAP(int, getrlimit, (enum __rlimit_resource resource, struct rlimit *limit),
    (resource, limit), AT_ONCE, -1, EFAULT)
WRAP(void *, dlopen, (const char *path, int flags), (path, flags), AT_ONCE,
    NULL, ENOMEM)
WRAP(void *, dlsym, (void *library, const char *name), (library, name),
    AT_ONCE, NULL, ENOMEM)
WRAP(struct tm *, gmtime_r, (const time_t *time, struct tm *ret), (time, ret),
    AT_ONCE, NULL, EOVERFLOW)
WRAP(struct tm *, localtime_r, (const time_t *time, struct tm *ret),
    (time, ret), AT_ONCE, NULL, EOVERFLOW)
WRAP(int, gethostname, (char *ret, size_t size), (ret, size), AT_ONCE, -1,
    ENAMETOOLONG)

/* These return an error's number. */
#define WRAP_NUMBER(name, parameters, arguments)			\
	int __real_##name parameters;					\
	int __wrap_##name parameters;					\
	int								\
	__wrap_##name parameters					\
	{								\
		if (!plan_take(#name, INTERRUPTIBLE))			\
			return __real_##name arguments;			\
		*found = NULL;						\
		return plan_how() == PLAN_INTERRUPTED ? EINTR : EIO;	\
	}

WRAP_NUMBER(getpwnam_r,
    (const char *name, struct passwd *entry, char *buf, size_t size,
	struct passwd **found),
    (name, entry, buf, size, found))
WRAP_NUMBER(getgrgid_r,
    (gid_t gid, struct group *entry, char *buf, size_t size,
	struct group **found),
    (gid, entry, buf, size, found))

/* Sockets. */
WRAP(int, socket, (int domain, int type, int protocol),
    (domain, type, protocol), AT_ONCE, -1, EMFILE)
WRAP(int, socketpair, (int domain, int type, int protocol, int fds[2]),
    (domain, type, protocol, fds), AT_ONCE, -1, EMFILE)
WRAP(int, accept4,
    (int fd, struct sockaddr *address, socklen_t *len, int flags),
    (fd, address, len, flags), INTERRUPTIBLE, -1, EMFILE)
WRAP(int, connect, (int fd, const struct sockaddr *address, socklen_t len),
    (fd, address, len), INTERRUPTIBLE, -1, ECONNREFUSED)
WRAP(int, getsockname, (int fd, struct sockaddr *address, socklen_t *len),
    (fd, address, len), AT_ONCE, -1, ENOBUFS)
WRAP(int, getsockopt,
    (int fd, int level, int option, void *value, socklen_t *len),
    (fd, level, option, value, len), AT_ONCE, -1, ENOBUFS)
WRAP(int, setsockopt,
    (int fd, int level, int option, const void *value, socklen_t len),
    (fd, level, option, value, len), AT_ONCE, -1, ENOBUFS)
WRAP(int, shutdown, (int fd, int how), (fd, how), AT_ONCE, -1, ENOTCONN)
WRAP(int, poll, (struct pollfd *fds, nfds_t count, int ms), (fds, count, ms),
    INTERRUPTIBLE, -1, ENOMEM)
WRAP(ssize_t, recvmsg, (int fd, struct msghdr *msg, int flags),
    (fd, msg, flags), INTERRUPTIBLE, -1, ENOMEM)
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *msg, int flags),
    (fd, msg, flags), INTERRUPTIBLE | EFFECTIVE, -1, ENOBUFS)
WRAP(int, dup2, (int from, int to), (from, to), AT_ONCE, -1, EMFILE)
WRAP(int, dup3, (int from, int to, int flags), (from, to, flags), AT_ONCE, -1,
    EMFILE)
WRAP(int, close_range, (unsigned first, unsigned last, int flags),
    (first, last, flags), AT_ONCE, -1, ENOMEM)

/* Octets: half of SIZE where the call is short. */
#define WRAP_OCTETS(name, parameters, arguments, hows, e)		\
	ssize_t __real_##name parameters;				\
	ssize_t __wrap_##name parameters;				\
	ssize_t								\
	__wrap_##name parameters					\
	{								\
		if (!plan_take(#name, (hows) | PLAN_BIT(PLAN_SHORT)))	\
			return __real_##name arguments;			\
		if (plan_how() == PLAN_SHORT) {				\
			size /= 2;					\
			return size == 0 ? 0 : __real_##name arguments;	\
		}							\
		if (plan_how() == PLAN_LATE)				\
			(void)!__real_##name arguments;			\
		errno = plan_how() == PLAN_INTERRUPTED ? EINTR : (e);	\
		return -1;						\
	}

WRAP_OCTETS(read, (int fd, void *buf, size_t size), (fd, buf, size),
    INTERRUPTIBLE, EIO)
WRAP_OCTETS(__read_chk, (int fd, void *buf, size_t size, size_t room),
    (fd, buf, size, room), INTERRUPTIBLE, EIO)
WRAP_OCTETS(pread, (int fd, void *buf, size_t size, off_t at),
    (fd, buf, size, at), INTERRUPTIBLE, EIO)
WRAP_OCTETS(__pread_chk,
    (int fd, void *buf, size_t size, off_t at, size_t room),
    (fd, buf, size, at, room), INTERRUPTIBLE, EIO)
WRAP_OCTETS(write, (int fd, const void *buf, size_t size), (fd, buf, size),
    INTERRUPTIBLE | EFFECTIVE, ENOSPC)
WRAP_OCTETS(pwrite, (int fd, const void *buf, size_t size, off_t at),
    (fd, buf, size, at), INTERRUPTIBLE | EFFECTIVE, ENOSPC)
WRAP_OCTETS(recv, (int fd, void *buf, size_t size, int flags),
    (fd, buf, size, flags), INTERRUPTIBLE, ENOMEM)
WRAP_OCTETS(send, (int fd, const void *buf, size_t size, int flags),
    (fd, buf, size, flags), INTERRUPTIBLE | EFFECTIVE, ENOBUFS)
WRAP_OCTETS(getrandom, (void *buf, size_t size, unsigned flags),
    (buf, size, flags), INTERRUPTIBLE, ENOSYS)
