/*
 * Loaded before libc (ld.so.preload), has programs take for the host's time
 * what the file /run/bed/clock says, in seconds since the epoch, where there is
 * one. Other clocks go on as they are.
 */
#include <sys/syscall.h>
#include <sys/time.h>

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CLOCK "/run/bed/clock"

/* 0: as it is. */
static time_t
told(void)
{
	char text[32] = "";
	ssize_t n;
	int fd;

	fd = (int)syscall(SYS_openat, AT_FDCWD, CLOCK, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	n = syscall(SYS_read, fd, text, sizeof(text) - 1);
	(void)syscall(SYS_close, fd);
	return n > 0 ? strtol(text, NULL, 10) : 0;
}

int
clock_gettime(clockid_t clock, struct timespec *ret)
{
	int result = (int)syscall(SYS_clock_gettime, clock, ret);
	time_t now;

	if (result == 0 && clock == CLOCK_REALTIME && (now = told()) != 0)
		ret->tv_sec = now;
	return result;
}

time_t
time(time_t *ret)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (ret != NULL)
		*ret = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	ret->tv_sec = now.tv_sec;
	ret->tv_usec = now.tv_nsec / 1000;
	return 0;
}
