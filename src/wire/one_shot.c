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
 * Everything between clone and execve is a plain system call: see child.h.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "wire/child.h"
#include "wire/one_shot.h"

#define CONVERSATION_FD	3
#define END_MS		1000 /* time to end by itself */
#define KILL_MS		500 /* time for the keeper to kill it */

#define SIGSET_BIT(sig) (1UL << (((sig)-1) % (8 * sizeof(unsigned long))))

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

	for (sig = 1; sig <= CHILD_SIGNALS; sig++) {
		if (sig == SIGKILL || sig == SIGSTOP)
			continue;
		if (syscall(SYS_rt_sigaction, sig, action, NULL,
			CHILD_SIGSET_OCTETS) != 0)
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

/* The conversation on 3, /dev/null on 0 to 2, nothing else. */
static bool
set_descriptors(int conversation)
{
	/* All others first: then nothing is in the way, or runs out. */
	if (conversation > 0)
		child_close(0, (unsigned)conversation - 1);
	child_close((unsigned)conversation + 1, ~0U);
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

/* In the keeper's child. */
static _Noreturn void
become_endpoint(const struct one_shot *o, int fd, pid_t keeper)
{
	static const unsigned long none[CHILD_SIGSET_WORDS];
	char *const argv[] = { "awsmfa-endpoint", "--one-shot", NULL };
	char *const envp[] = { NULL };

	if (!set_descriptors(fd) || !child_become(o->uid, o->gid, false))
		child_leave();
	/* A change of ids undoes both; the latter lasts beyond execve. */
	if (syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    syscall(SYS_getppid) != keeper)
		child_leave();
	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL,
		CHILD_SIGSET_OCTETS) != 0)
		child_leave();
	(void)syscall(SYS_execve, o->endpoint, argv, envp);
	child_leave();
}

/*
 * Waits for the endpoint, and kills it on SIGTERM; both signals are blocked and
 * taken one by one, so that none is missed.
 */
static _Noreturn void
keep(pid_t endpoint)
{
	unsigned long set[CHILD_SIGSET_WORDS] = { 0 };
	long sig, pid;

	set[(SIGTERM - 1) / (8 * sizeof(*set))] |= SIGSET_BIT(SIGTERM);
	set[(SIGCHLD - 1) / (8 * sizeof(*set))] |= SIGSET_BIT(SIGCHLD);
	for (;;) {
		pid = syscall(SYS_wait4, endpoint, NULL, WNOHANG, NULL);
		if (pid != 0)
			child_leave();
		sig = syscall(SYS_rt_sigtimedwait, set, NULL, NULL,
		    CHILD_SIGSET_OCTETS);
		if (sig == SIGTERM)
			(void)syscall(SYS_kill, endpoint, SIGKILL);
	}
}

struct start {
	const struct one_shot *one_shot;
	int fd;
};

/* In the child of the host, with all signals blocked. */
static void
become_keeper(const void *arg)
{
	pid_t keeper = (pid_t)syscall(SYS_getpid), endpoint;
	const struct start *start = arg;

	/* It has the host's memory: for no one to trace, signal or read. */
	if (syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    syscall(CHILD_SETRESUID, 0, 0, 0) != 0 || !leave_surroundings())
		child_leave();
	/* A copy of the memory would be let go of by execve(2) at once. */
	if ((endpoint = vfork()) == -1)
		child_leave();
	if (endpoint == 0)
		become_endpoint(start->one_shot, start->fd, keeper);
	child_close(0, ~0U);
	keep(endpoint);
}

pid_t
one_shot_start(const struct one_shot *one_shot, int fd)
{
	const struct start start = { one_shot, fd };

	return child_start(become_keeper, &start);
}

void
one_shot_end(pid_t pid)
{
	if (child_is_gone_within(pid, END_MS))
		return;
	(void)kill(pid, SIGTERM);
	if (child_is_gone_within(pid, KILL_MS))
		return;
	(void)kill(pid, SIGKILL);
	while (!child_is_gone_within(pid, KILL_MS))
		continue;
}
