#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "wire/agent_socket.h"
#include "wire/child.h"
#include "wire/client.h"
#include "wire/frame.h"
#include "wire/passing.h"

#define END_MS	200 /* time to end by itself */
#define KILL_MS	5000 /* and after a kill, on a machine that is busy */

struct start {
	struct sockaddr_un address;
	int pair; /* where the descriptor is sent */
	uid_t uid;
	gid_t gid;
	bool keep_groups;
	pid_t host;
};

/* A WIRE_AGENT frame, as wire_send_fd() sends it. */
static bool
hand_over(int pair, int fd)
{
	static const uint8_t header[WIRE_HEADER_SIZE] = { WIRE_VERSION,
		WIRE_AGENT, 0, 0, 0, 0, 0, 1 };
	struct passing passing;

	passing_fill(&passing, '1', fd);
	if (syscall(SYS_sendto, pair, header, sizeof(header), MSG_NOSIGNAL,
		NULL, 0) != (long)sizeof(header))
		return false;
	return syscall(SYS_sendmsg, pair, &passing.msg, MSG_NOSIGNAL) == 1;
}

/* It has the host's memory: for no one to trace or read, nor to outlive it. */
static bool
hide(pid_t host)
{
	return syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
	    syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
	    syscall(SYS_getppid) == host;
}

/* In the child of the host, with all signals blocked. */
static void
connect_as_user(const void *arg)
{
	const struct start *start = arg;
	long fd;

	if (start->pair > 0)
		child_close(0, (unsigned)start->pair - 1);
	child_close((unsigned)start->pair + 1, ~0U);
	/* Again after the ids, a change of which undoes both. */
	if (!hide(start->host) ||
	    !child_become(start->uid, start->gid, start->keep_groups) ||
	    !hide(start->host))
		child_leave();
	fd = syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    syscall(SYS_connect, fd, &start->address, sizeof(start->address)) !=
		0 ||
	    syscall(SYS_fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK) != 0)
		child_leave();
	(void)hand_over(start->pair, (int)fd);
	child_leave();
}

/* The descriptor that the child sends; -1: none, in time. */
static int
receive(int pair)
{
	_cleanup_(wire_clear) struct wire_frame frame = { 0 };
	_cleanup_(closep) int fd = -1;
	struct mfa_error ignored;
	int moved;

	if (wire_receive(pair, wire_now() + AGENT_SOCKET_TIMEOUT_MS, &frame,
		&ignored) != MFA_OK)
		return -1;
	fd = wire_take_fd(&frame);
	if (fd == -1 || !client_move_fd(&fd))
		return -1;
	moved = fd;
	fd = -1;
	return moved;
}

static void
end(pid_t child)
{
	if (child_is_gone_within(child, END_MS))
		return;
	(void)kill(child, SIGKILL);
	/* A path of the user's can hold it for as long as that user likes. */
	if (!child_is_gone_within(child, KILL_MS))
		return;
}

static int
run(struct start *start)
{
	_cleanup_(closep) int pair = -1;
	_cleanup_(closep) int peer = -1;
	pid_t child;
	int fds[2], fd;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return -1;
	pair = fds[0];
	peer = fds[1];
	start->pair = peer;
	if ((child = child_start(connect_as_user, start)) == -1)
		return -1;
	/* The child's end alone is left: its death is the pair's. */
	closep(&peer);
	peer = -1;
	fd = receive(pair);
	closep(&pair);
	pair = -1;
	end(child);
	return fd;
}

int
agent_socket_open(const char *path)
{
	struct start start = {
		.address = { .sun_family = AF_UNIX },
		.uid = getuid(),
		.gid = getgid(),
		/* No one else may change them, nor has any but the user's. */
		.keep_groups = geteuid() != 0,
		.host = getpid(),
	};
	size_t len;

	if (start.uid == 0 || path == NULL || path[0] != '/')
		return -1;
	len = strnlen(path, sizeof(start.address.sun_path));
	if (len == sizeof(start.address.sun_path))
		return -1;
	memcpy(start.address.sun_path, path, len + 1);
	return run(&start);
}

static bool
has_option(int fd, int option, int value)
{
	int got = -1;
	socklen_t len = sizeof(got);

	return getsockopt(fd, SOL_SOCKET, option, &got, &len) == 0 &&
	    got == value;
}

int
agent_socket_take(struct wire_frame *frame)
{
	static const struct linger none = { 0, 0 };
	int fd = wire_take_fd(frame);

	if (fd == -1 ||
	    (has_option(fd, SO_DOMAIN, AF_UNIX) &&
		has_option(fd, SO_TYPE, SOCK_STREAM)))
		return fd;
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	closep(&fd);
	return -1;
}
