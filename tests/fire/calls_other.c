/* Calls whose parameters vary, and what a test is better off without. */
#include <sys/prctl.h>

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "fire/calls.h"

int	__real_open(const char *path, int flags, ...);
int	__wrap_open(const char *path, int flags, ...);
int	__real_openat(int dir, const char *path, int flags, ...);
int	__wrap_openat(int dir, const char *path, int flags, ...);
int	__wrap___openat_2(int dir, const char *path, int flags);
int	__real_fcntl(int fd, int command, ...);
int	__wrap_fcntl(int fd, int command, ...);
int	__real_prctl(int option, ...);
int	__wrap_prctl(int option, ...);
int	__wrap_clock_nanosleep(clockid_t id, int flags,
	    const struct timespec *time, struct timespec *left);
void	__wrap_syslog(int priority, const char *format, ...);
void	__wrap___syslog_chk(int priority, int flag, const char *format, ...);
void	__real__exit(int status) __attribute__((noreturn));
void	__wrap__exit(int status) __attribute__((noreturn));
void	__lsan_do_leak_check(void) __attribute__((weak));

static int
fails(const char *name, int e)
{
	if (!plan_take(name, INTERRUPTIBLE))
		return 0;
	errno = plan_how() == PLAN_INTERRUPTED ? EINTR : e;
	return -1;
}

int
__wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return fails("open", EMFILE) ? -1 : __real_open(path, flags, mode);
}

int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return fails("openat", (flags & O_CREAT) != 0 ? ENOSPC : EMFILE)
	    ? -1
	    : __real_openat(dir, path, flags, mode);
}

/* What _FORTIFY_SOURCE makes of an openat(2) without a mode. */
int
__wrap___openat_2(int dir, const char *path, int flags)
{
	return fails("openat", EMFILE) ? -1 : __real_openat(dir, path, flags);
}

int
__wrap_fcntl(int fd, int command, ...)
{
	va_list ap;
	long arg;

	va_start(ap, command);
	arg = va_arg(ap, long);
	va_end(ap);
	return fails("fcntl", ENOLCK) ? -1 : __real_fcntl(fd, command, arg);
}

/* The sanitizers look at leaks by ptrace(2), which this would refuse. */
int
__wrap_prctl(int option, ...)
{
	unsigned long arg;
	va_list ap;

	va_start(ap, option);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	if (plan_take("prctl", AT_ONCE)) {
		errno = EINVAL;
		return -1;
	}
	return option == PR_SET_DUMPABLE ? 0
					 : __real_prctl(option, arg, 0, 0, 0);
}

/* Denials take no time here: there are thousands of them. */
int
__wrap_clock_nanosleep(clockid_t id, int flags, const struct timespec *time,
    struct timespec *left)
{
	(void)id;
	(void)flags;
	(void)time;
	(void)left;
	return 0;
}

static void
say(int priority, const char *format, va_list ap)
{
	char line[PLAN_SAID];
	va_list again;

	va_copy(again, ap);
	(void)vsnprintf(line, sizeof(line), format, ap);
	plan_say(line);
	vsyslog(priority, format, again);
	va_end(again);
}

void
__wrap_syslog(int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(priority, format, ap);
	va_end(ap);
}

void
__wrap___syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, format);
	say(priority, format, ap);
	va_end(ap);
}

/* A worker's end: no handler of exit(3)'s looks for leaks there. */
void
__wrap__exit(int status)
{
	if (__lsan_do_leak_check != NULL)
		__lsan_do_leak_check();
	__real__exit(status);
}
