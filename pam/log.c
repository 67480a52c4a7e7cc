/*
 * Not syslog(3), and so not pam_syslog(3): it keeps libc's descriptor open in
 * the host, and writes under whatever name and options the host's openlog(3)
 * has set.
 *
 * RFC 3164 without its time stamp: the daemon sets that by its own clock
 * (section 4.3.2). A local time from here would follow TZ, which the user who
 * started a set-uid host has chosen.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "pam/log.h"

#define LOG_LINE_SIZE 1024
#define LOG_FACILITY  (10 << 3) /* authpriv */

/* Daemons take datagrams; a few of the old ones only a stream. */
static int
connect_daemon(int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    log_socket);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
	    0)
		return fd;
	closep(&fd);
	return -1;
}

static void
send_line(const char *line, size_t len)
{
	_cleanup_(closep) int fd = -1;

	if ((fd = connect_daemon(SOCK_DGRAM)) == -1) {
		fd = connect_daemon(SOCK_STREAM);
		len++; /* the NUL ends a line in a stream */
	}
	if (fd != -1)
		(void)send(fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
log_write(const char *service, const char *type, enum log_severity severity,
    const char *fmt, ...)
{
	char message[LOG_LINE_SIZE], clean[LOG_LINE_SIZE];
	char line[LOG_LINE_SIZE + 64];
	size_t len;
	va_list ap;

	len = (size_t)snprintf(message, sizeof(message),
	    "pam_awsmfa(%.64s:%s): ", service != NULL ? service : "-", type);
	va_start(ap, fmt);
	(void)vsnprintf(message + len, sizeof(message) - len, fmt, ap);
	va_end(ap);
	text_sanitise(clean, sizeof(clean), message);
	len = (size_t)snprintf(line, sizeof(line), "<%d>pam_awsmfa[%ld]: %s",
	    LOG_FACILITY | (int)severity, (long)getpid(), clean);
	send_line(line, len);
}
