/*
 * The host is set-uid and its process is the attacker's: limits, signals,
 * descriptors and folders are whatever the user made them. So the endpoint is
 * given nothing of it, and the host notices nothing of the endpoint.
 *
 * execve(2) sets the signal that ends a child back to SIGCHLD. Hence two
 * processes: the keeper, cloned with exit signal 0, which never calls execve(2)
 * and so stays invisible to the host, and its child, which becomes the
 * endpoint. The keeper reaps it, and kills it when one_shot_end() says so.
 *
 * The host may have threads, so everything between clone and execve is a plain
 * system call. glibc's wrappers are avoided where they do more: setuid(2) and
 * its like tell all threads, and cancellation points act on a cancellation of
 * the host's thread.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "wire/frame.h"
#include "wire/one_shot.h"

#define CONVERSATION_FD 3
#define STATUS		126 /* of exit; no one looks at it */
#define END_MS		1000 /* time to end by itself */
#define KILL_MS		500 /* time for the keeper to kill it */
#define DESCRIPTORS	(1 << 20) /* fs.nr_open's default */

/* The kernel's signal set, not libc's. */
#define SIGNALS		64
#define SIGSET_OCTETS	(SIGNALS / 8)
#define SIGSET_WORDS	(SIGSET_OCTETS / sizeof(unsigned long))
#define SIGSET_BIT(sig) (1UL << (((sig)-1) % (8 * sizeof(unsigned long))))

/* Old architectures have calls for 16-bit ids under the plain names. */
#ifdef SYS_setresuid32
#define CALL_SETGROUPS SYS_setgroups32
#define CALL_SETRESGID SYS_setresgid32
#define CALL_SETRESUID SYS_setresuid32
#else
#define CALL_SETGROUPS SYS_setgroups
#define CALL_SETRESGID SYS_setresgid
#define CALL_SETRESUID SYS_setresuid
#endif

/*
 * Where root may not raise a hard limit (a container without CAP_SYS_RESOURCE),
 * the one that is there will do from LEAST up. With less there is no sign-in.
 */
static const struct {
	int resource;
	rlim_t want;
	rlim_t least;
} limits[] = {
	{ RLIMIT_CPU, RLIM_INFINITY, 60 },
	{ RLIMIT_FSIZE, RLIM_INFINITY, 1 << 20 },
	{ RLIMIT_DATA, RLIM_INFINITY, 64 << 20 },
	{ RLIMIT_STACK, 8 << 20, 1 << 20 },
	{ RLIMIT_CORE, 0, 0 },
	{ RLIMIT_NPROC, RLIM_INFINITY, 64 },
	{ RLIMIT_NOFILE, 1024, 64 },
	{ RLIMIT_MEMLOCK, 64 << 10, 0 },
	{ RLIMIT_AS, RLIM_INFINITY, 256 << 20 },
	{ RLIMIT_LOCKS, RLIM_INFINITY, 64 },
	{ RLIMIT_SIGPENDING, 1024, 0 },
	{ RLIMIT_MSGQUEUE, 0, 0 },
	{ RLIMIT_NICE, 0, 0 },
	{ RLIMIT_RTPRIO, 0, 0 },
	{ RLIMIT_RTTIME, RLIM_INFINITY, 0 },
};

static bool
set_limit(int resource, rlim_t want, rlim_t least)
{
	struct rlimit limit = { .rlim_cur = want, .rlim_max = want };

	if (setrlimit(resource, &limit) == 0)
		return true;
	if (errno != EPERM || getrlimit(resource, &limit) != 0 ||
	    limit.rlim_max < least)
		return false;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit) == 0;
}

static bool
set_limits(void)
{
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (!set_limit(limits[i].resource, limits[i].want,
			limits[i].least))
			return false;
	}
	return true;
}

/* Handlers of libc's own (32, 33) and ignored signals too; the mask stays. */
static bool
reset_handlers(void)
{
	/* All zeros is SIG_DFL in every architecture's struct. */
	static const unsigned long action[16];
	int sig;

	for (sig = 1; sig <= SIGNALS; sig++) {
		if (sig == SIGKILL || sig == SIGSTOP)
			continue;
		if (syscall(SYS_rt_sigaction, sig, action, NULL,
			SIGSET_OCTETS) != 0)
			return false;
	}
	return true;
}

/* What a caller may have worsened; better is not always permitted. */
static void
reset_scheduling(void)
{
	static const struct sched_param normal;
	unsigned long cpus[1024 / sizeof(unsigned long)];
	size_t i;

	for (i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++)
		cpus[i] = ~0UL;
	(void)syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &normal);
	(void)syscall(SYS_setpriority, PRIO_PROCESS, 0, 0);
	(void)syscall(SYS_sched_setaffinity, 0, sizeof(cpus), cpus);
	(void)syscall(SYS_ioprio_set, 1, 0, 0);
	(void)syscall(SYS_prctl, PR_SET_TIMERSLACK, 0, 0, 0, 0);
}

static bool
leave_surroundings(void)
{
	if (!reset_handlers())
		return false;
	if (syscall(SYS_setsid) == -1)
		return false;
	if (syscall(SYS_chdir, "/") != 0)
		return false;
	(void)syscall(SYS_umask, 077);
	(void)syscall(SYS_personality, 0);
	reset_scheduling();
	return set_limits();
}

/* Closes FIRST to LAST. */
static void
close_all(unsigned first, unsigned last)
{
	unsigned fd;

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	/* Before Linux 5.9. The limit may be lower than what is open. */
	for (fd = first; fd <= last && fd < DESCRIPTORS; fd++)
		(void)syscall(SYS_close, fd);
}

/* The conversation on 3, /dev/null on 0 to 2, nothing else. */
static bool
set_descriptors(int conversation)
{
	/* All others first: then nothing is in the way, or runs out. */
	if (conversation > 0)
		close_all(0, (unsigned)conversation - 1);
	close_all((unsigned)conversation + 1, ~0U);
	if (conversation != CONVERSATION_FD) {
		if (dup2(conversation, CONVERSATION_FD) != CONVERSATION_FD)
			return false;
		(void)syscall(SYS_close, conversation);
	}
	if (syscall(SYS_fcntl, CONVERSATION_FD, F_SETFD, 0) != 0)
		return false;
	if (syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR) != 0)
		return false;
	return dup2(0, 1) == 1 && dup2(0, 2) == 2;
}

static bool
is_account(uid_t uid, gid_t gid)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) != 0 || getresgid(&rg, &eg, &sg) != 0)
		return false;
	return r == uid && e == uid && s == uid && rg == gid && eg == gid &&
	    sg == gid && getgroups(0, NULL) == 0;
}

static bool
become_account(const struct one_shot *o)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	static const struct __user_cap_data_struct
	    none[_LINUX_CAPABILITY_U32S_3];

	if (syscall(CALL_SETGROUPS, 0, NULL) != 0 ||
	    syscall(CALL_SETRESGID, o->gid, o->gid, o->gid) != 0 ||
	    syscall(CALL_SETRESUID, o->uid, o->uid, o->uid) != 0)
		return false;
	if (!is_account(o->uid, o->gid))
		return false;
	/* Whatever the secure bits were; ambient ones go with the others. */
	if (syscall(SYS_capset, &header, none) != 0)
		return false;
	return syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static _Noreturn void
leave(void)
{
	for (;;)
		(void)syscall(SYS_exit_group, STATUS);
}

/* In the keeper's child. */
static _Noreturn void
become_endpoint(const struct one_shot *o, int fd, pid_t keeper)
{
	static const unsigned long none[SIGSET_WORDS];
	char *const argv[] = { "awsmfa-endpoint", "--one-shot", NULL };
	char *const envp[] = { NULL };

	if (!set_descriptors(fd) || !become_account(o))
		leave();
	/* After the ids, which clear it; it lasts beyond execve. */
	if (syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    syscall(SYS_getppid) != keeper)
		leave();
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL,
		SIGSET_OCTETS) != 0)
		leave();
	(void)syscall(SYS_execve, o->endpoint, argv, envp);
	leave();
}

/*
 * Waits for the endpoint, and kills it on SIGTERM; both signals are blocked and
 * taken one by one, so that none is missed.
 */
static _Noreturn void
keep(pid_t endpoint)
{
	unsigned long set[SIGSET_WORDS] = { 0 };
	long sig, pid;

	set[(SIGTERM - 1) / (8 * sizeof(*set))] |= SIGSET_BIT(SIGTERM);
	set[(SIGCHLD - 1) / (8 * sizeof(*set))] |= SIGSET_BIT(SIGCHLD);
	for (;;) {
		pid = syscall(SYS_wait4, endpoint, NULL, WNOHANG, NULL);
		if (pid != 0)
			leave();
		sig = syscall(SYS_rt_sigtimedwait, set, NULL, NULL,
		    SIGSET_OCTETS);
		if (sig == SIGTERM)
			(void)syscall(SYS_kill, endpoint, SIGKILL);
	}
}

/* In the child of the host, with all signals blocked. */
static _Noreturn void
become_keeper(const struct one_shot *o, int fd)
{
	pid_t keeper = (pid_t)syscall(SYS_getpid), endpoint;

	/* It has the host's memory: for no one to trace, signal or read. */
	if (syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    syscall(CALL_SETRESUID, 0, 0, 0) != 0 || !leave_surroundings())
		leave();
	if ((endpoint = _Fork()) == -1)
		leave();
	if (endpoint == 0)
		become_endpoint(o, fd, keeper);
	close_all(0, ~0U);
	keep(endpoint);
}

pid_t
one_shot_start(const struct one_shot *one_shot, int fd)
{
	unsigned long all[SIGSET_WORDS], before[SIGSET_WORDS];
	size_t i;
	int saved;
	pid_t pid;

	for (i = 0; i < SIGSET_WORDS; i++)
		all[i] = ~0UL;
	/* No handler of the host may run in the child. */
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, before,
		SIGSET_OCTETS) != 0)
		return -1;
	/* A fork with exit signal 0; zeros need no order of arguments. */
	pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		become_keeper(one_shot, fd);
	saved = errno;
	(void)syscall(SYS_rt_sigprocmask, SIG_SETMASK, before, NULL,
	    SIGSET_OCTETS);
	errno = saved;
	return pid;
}

/* Reaped, by this call or by a host that waits for clones too. */
static bool
is_gone(pid_t pid, int flags)
{
	pid_t n;

	do
		n = waitpid(pid, NULL, __WCLONE | flags);
	while (n == -1 && errno == EINTR);
	return n != 0;
}

static bool
is_gone_within(pid_t pid, int64_t ms)
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
	while (!is_gone(pid, WNOHANG)) {
		if ((left = deadline - wire_now()) <= 0)
			return false;
		if (pidfd == -1)
			(void)nanosleep(&pause, NULL);
		else
			(void)poll(&pfd, 1, (int)left);
	}
	return true;
}

void
one_shot_end(pid_t pid)
{
	if (is_gone_within(pid, END_MS))
		return;
	(void)kill(pid, SIGTERM);
	if (is_gone_within(pid, KILL_MS))
		return;
	(void)kill(pid, SIGKILL);
	(void)is_gone(pid, 0);
}
