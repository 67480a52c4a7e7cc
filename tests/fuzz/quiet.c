/*
 * In place of what would slow a target down, or reach the host: the waits that
 * end denials, and the log, of which each line must be one.
 */
#include <stdarg.h>
#include <time.h>

#include "tests/fuzz/fuzz.h"

int	__wrap_clock_nanosleep(clockid_t clock, int flags,
	    const struct timespec *time, struct timespec *ret);
void	__wrap_syslog(int priority, const char *fmt, ...);
void	__wrap___syslog_chk(int priority, int flag, const char *fmt, ...);

int
__wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
    struct timespec *ret)
{
	(void)clock;
	(void)flags;
	(void)time;
	(void)ret;
	return 0;
}

static void
check_line(const char *fmt, va_list ap)
{
	char line[8192];
	size_t i;

	must(vsnprintf(line, sizeof(line), fmt, ap) < (int)sizeof(line));
	for (i = 0; line[i] != '\0'; i++)
		must((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
}

void
__wrap_syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	(void)priority;
	va_start(ap, fmt);
	check_line(fmt, ap);
	va_end(ap);
}

void
__wrap___syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)priority;
	(void)flag;
	va_start(ap, fmt);
	check_line(fmt, ap);
	va_end(ap);
}
