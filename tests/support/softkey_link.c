#include <sys/ioctl.h>
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "support/softkey_link.h"

#define WRITE_TIMEOUT	1000	/* ms */

static bool
is_packets(int fd)
{
	int type;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type != SOCK_STREAM;
}

/* Raw, and a read waits for a whole report: libfido2 refuses a short one. */
static bool
make_raw(int slave)
{
	struct termios termios;

	if (tcgetattr(slave, &termios) != 0)
		return false;
	cfmakeraw(&termios);
	termios.c_cc[VMIN] = SOFTKEY_REPORT_SIZE;
	termios.c_cc[VTIME] = 0;
	return tcsetattr(slave, TCSANOW, &termios) == 0;
}

/* Puts a link to TARGET at PATH, whatever is there. */
static bool
replace_symlink(const char *target, const char *path)
{
	_cleanup_(freep) char *fresh = NULL;
	size_t size = strlen(path) + sizeof(".new");

	if ((fresh = malloc(size)) == NULL)
		return false;
	memcpy(fresh, path, strlen(path));
	memcpy(fresh + strlen(path), ".new", sizeof(".new"));
	(void)unlink(fresh);
	return symlink(target, fresh) == 0 && rename(fresh, path) == 0;
}

/*
 * Makes the pty the terminal of this session, so that it does not become that
 * of whoever opens it: /dev/tty would be the key.
 */
static void
own_terminal(int slave)
{
	(void)signal(SIGHUP, SIG_IGN);
	(void)setsid();
	(void)ioctl(slave, TIOCSCTTY, 0);
}

static bool
open_pty(struct softkey_link *link)
{
	_cleanup_(closep) int master = -1;
	_cleanup_(closep) int slave = -1;
	char name[64];

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
	    fcntl(master, F_SETFL, O_NONBLOCK) != 0)
		return false;
	if ((errno = ptsname_r(master, name, sizeof(name))) != 0)
		return false;
	if ((slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 ||
	    !make_raw(slave))
		return false;
	own_terminal(slave);
	if (!replace_symlink(name, link->path))
		return false;
	link->fd = master;
	link->slave = slave;
	master = slave = -1;
	return true;
}

bool
link_plug(struct softkey_link *link)
{
	link->have = 0;
	if (link->kind == LINK_PTY)
		return link->fd >= 0 || open_pty(link);
	if (link->kind == LINK_DEVICE && link->fd < 0)
		link->fd = open(link->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (link->kind == LINK_FD && link->fd < 0)
		errno = ENOTCONN;
	if (link->fd < 0)
		return false;
	link->is_packets = link->kind == LINK_DEVICE || is_packets(link->fd);
	return fcntl(link->fd, F_SETFL, O_NONBLOCK) == 0;
}

void
link_unplug(struct softkey_link *link)
{
	if (link->kind == LINK_PTY && link->fd >= 0)
		(void)unlink(link->path);
	closep(&link->fd);
	closep(&link->slave);
}

static ssize_t
retry_read(int fd, void *buf, size_t len)
{
	ssize_t n;

	do {
		n = read(fd, buf, len);
	} while (n < 0 && errno == EINTR);
	return n;
}

enum link_result
link_read(struct softkey_link *link, uint8_t ret[static SOFTKEY_REPORT_SIZE])
{
	size_t skip = link->is_bare || link->kind == LINK_DEVICE ? 0 : 1;
	size_t size = skip + SOFTKEY_REPORT_SIZE;
	ssize_t n;

	if (link->is_packets)
		link->have = 0;
	n = retry_read(link->fd, link->part + link->have, size - link->have);
	if (n <= 0)
		return n < 0 && errno == EAGAIN ? LINK_NOTHING : LINK_GONE;
	link->have += (size_t)n;
	if (link->is_packets) {
		if (link->have < SOFTKEY_REPORT_SIZE)
			return LINK_NOTHING;
		skip = link->have - SOFTKEY_REPORT_SIZE;
	} else if (link->have < size)
		return LINK_NOTHING;
	memcpy(ret, link->part + skip, SOFTKEY_REPORT_SIZE);
	link->have = 0;
	return LINK_REPORT;
}

void
link_write(struct softkey_link *link,
    const uint8_t report[static SOFTKEY_REPORT_SIZE])
{
	struct pollfd pollfd = { .fd = link->fd, .events = POLLOUT };
	size_t done = 0;
	ssize_t n;

	while (link->fd >= 0 && done < SOFTKEY_REPORT_SIZE) {
		n = write(link->fd, report + done, SOFTKEY_REPORT_SIZE - done);
		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno == EAGAIN &&
		    poll(&pollfd, 1, WRITE_TIMEOUT) <= 0)
			return;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return;
	}
}

void
link_flush(struct softkey_link *link)
{
	if (link->slave >= 0)
		(void)tcflush(link->slave, TCIFLUSH);
}
