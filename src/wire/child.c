#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "wire/child.h"
#include "wire/frame.h"

#define STATUS	    126 /* of exit; no one looks at it */
#define DESCRIPTORS (1 << 20) /* fs.nr_open's default */

void
child_leave(void)
{
	for (;;)
		(void)syscall(SYS_exit_group, STATUS);
}

void
child_close(unsigned first, unsigned last)
{
	unsigned fd;

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	/* Before Linux 5.9. The limit may be lower than what is open. */
	for (fd = first; fd <= last && fd < DESCRIPTORS; fd++)
		(void)syscall(SYS_close, fd);
}

static bool
has_ids(uid_t uid, gid_t gid)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) != 0 || getresgid(&rg, &eg, &sg) != 0)
		return false;
	return r == uid && e == uid && s == uid && rg == gid && eg == gid &&
	    sg == gid;
}

bool
child_become(uid_t uid, gid_t gid, bool keep_groups)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	static const struct __user_cap_data_struct
	    none[_LINUX_CAPABILITY_U32S_3];

	if (!keep_groups &&
	    (syscall(CHILD_SETGROUPS, 0, NULL) != 0 || getgroups(0, NULL) != 0))
		return false;
	if (syscall(CHILD_SETRESGID, gid, gid, gid) != 0 ||
	    syscall(CHILD_SETRESUID, uid, uid, uid) != 0 || !has_ids(uid, gid))
		return false;
	/* Whatever the secure bits were; ambient ones go with the others. */
	if (syscall(SYS_capset, &header, none) != 0)
		return false;
	return syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

pid_t
child_start(void (*run)(const void *arg), const void *arg)
{
	unsigned long all[CHILD_SIGSET_WORDS], before[CHILD_SIGSET_WORDS];
	size_t i;
	int saved;
	pid_t pid;

	for (i = 0; i < CHILD_SIGSET_WORDS; i++)
		all[i] = ~0UL;
	/* No handler of the host may run in the child. */
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, before,
		CHILD_SIGSET_OCTETS) != 0)
		return -1;
	/* A fork with exit signal 0; zeros need no order of arguments. */
	pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0) {
		run(arg);
		child_leave();
	}
	saved = errno;
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, before, NULL,
	    CHILD_SIGSET_OCTETS);
	errno = saved;
	return pid;
}

/* Reaped, by this call or by a host that waits for clones too. */
static bool
is_gone(pid_t pid)
{
	pid_t n;

	do
		n = waitpid(pid, NULL, __WCLONE | WNOHANG);
	while (n == -1 && errno == EINTR);
	return n != 0;
}

bool
child_is_gone_within(pid_t pid, int64_t ms)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	_cleanup_(closep) int pidfd = -1;
	int64_t deadline = wire_now() + ms, left;
	struct pollfd pfd;

	/*
	 * Where there is none (Linux before 5.3, no descriptor left): polling.
	 */
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	pfd = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	while (!is_gone(pid)) {
		if ((left = deadline - wire_now()) <= 0)
			return false;
		if (pidfd == -1)
			(void)nanosleep(&pause, NULL);
		else
			(void)poll(&pfd, 1, (int)left);
	}
	return true;
}
