#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ptrace.h>

#include "support/killcall.h"

#define TASKS_MAX 512
#define REST_US	  20000 /* without a stop: all are at rest */
#define OPTIONS                                                \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |          \
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)

struct task {
	pid_t pid; /* 0: the place is free */
	enum part part;
	bool begun; /* its stops are counted */
	uint64_t call; /* that it is in */
};

static struct {
	struct task tasks[TASKS_MAX];
	struct killing killing;
	struct killed killed;
} run;

static const char *const names[PARTS] = {
	[PART_HOST] = "host",
	[PART_KEEPER] = "keeper",
	[PART_ENDPOINT] = "endpoint",
	[PART_PARENT] = "parent",
	[PART_WORKER] = "worker",
	[PART_FRESH] = "fresh",
};

bool
part_parse(const char *name, enum part *ret)
{
	unsigned i;

	for (i = 0; i < PARTS; i++) {
		if (strcmp(names[i], name) == 0) {
			*ret = (enum part)i;
			return true;
		}
	}
	return false;
}

static struct task *
find(pid_t pid)
{
	size_t i;

	for (i = 0; i < TASKS_MAX; i++) {
		if (run.tasks[i].pid == pid)
			return &run.tasks[i];
	}
	return NULL;
}

static void
add(pid_t pid, enum part part)
{
	struct task *task = find(0);

	if (task == NULL)
		errx(1, "too many processes");
	*task = (struct task){ .pid = pid, .part = part };
}

/* What the child of such a one is. */
static enum part
child_of(enum part part)
{
	switch (part) {
	case PART_HOST:
		return PART_KEEPER;
	case PART_KEEPER:
		return PART_ENDPOINT;
	case PART_PARENT:
		return PART_FRESH;
	case PART_ENDPOINT:
	case PART_WORKER:
	case PART_FRESH:
	case PARTS:
		break;
	}
	return part;
}

static bool
seize(pid_t pid, enum part part)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)OPTIONS) != 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0)
		return false;
	add(pid, part);
	return true;
}

/* How many there are; a worker may just have ended. */
static size_t
seize_service(pid_t service)
{
	size_t count = 1;
	char path[64];
	FILE *children;
	int pid;

	if (!seize(service, PART_PARENT))
		err(1, "ptrace of the service");
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)service, (int)service);
	if ((children = fopen(path, "re")) == NULL)
		err(1, "%s", path);
	while (fscanf(children, "%d", &pid) == 1)
		count += seize(pid, PART_WORKER);
	(void)fclose(children);
	return count;
}

/* What came before has nothing to do with the endpoint, or not with this. */
static bool
has_begun(const struct task *task, const struct __ptrace_syscall_info *info)
{
	bool entry = info->op == PTRACE_SYSCALL_INFO_ENTRY;

	switch (task->part) {
	case PART_HOST:
		return entry && task->call == SYS_socket;
	case PART_PARENT: /* hears of a worker's connection */
		return entry && task->call == SYS_recvfrom;
	case PART_WORKER:
		return !entry && task->call == SYS_accept4 &&
		    info->exit.rval >= 0;
	case PART_KEEPER:
	case PART_ENDPOINT:
	case PART_FRESH:
	case PARTS:
		break;
	}
	return true;
}

/* Does the call that begins change anything for others? */
static bool
changes(const struct __ptrace_syscall_info *info)
{
	static const uint64_t calls[] = { SYS_write, SYS_writev, SYS_pwrite64,
		SYS_ftruncate, SYS_fsync, SYS_fdatasync, SYS_rename,
		SYS_renameat, SYS_renameat2, SYS_link, SYS_linkat, SYS_unlink,
		SYS_unlinkat, SYS_mkdir, SYS_mkdirat, SYS_rmdir, SYS_sendto,
		SYS_sendmsg, SYS_exit_group };
	size_t i;

	if (info->op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	if (info->entry.nr == SYS_openat)
		return (info->entry.args[2] & O_CREAT) != 0;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (info->entry.nr == calls[i])
			return true;
	}
	return false;
}

/* Is the stop that TASK is at one that is counted? */
static bool
look_at_call(struct task *task)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, sizeof(info), &info) <=
	    0)
		return task->begun && !run.killing.changes;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		task->call = info.entry.nr;
	task->begun |= has_begun(task, &info);
	return task->begun && (!run.killing.changes || changes(&info));
}

/* True where TASK is no more. */
static bool
count(struct task *task)
{
	bool counts = look_at_call(task);

	if (run.killed.killed || task->part != run.killing.part || !counts ||
	    ++run.killed.stops != run.killing.at)
		return false;
	if (kill(task->pid, SIGKILL) != 0)
		err(1, "kill");
	run.killed.killed = true;
	return true;
}

/* Deals with a stop, and lets the task go on. */
static void
go_on(struct task *task, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;
	unsigned long child;

	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	    event == PTRACE_EVENT_CLONE) {
		if (ptrace(PTRACE_GETEVENTMSG, task->pid, NULL, &child) == 0 &&
		    find((pid_t)child) == NULL)
			add((pid_t)child, child_of(task->part));
	} else if (event == 0 && signal == (SIGTRAP | 0x80)) {
		if (count(task))
			return;
	}
	if (event != 0 || signal == (SIGTRAP | 0x80))
		signal = 0;
	(void)ptrace(PTRACE_SYSCALL, task->pid, NULL, (void *)(long)signal);
}

static void
on_alarm(int signal)
{
	(void)signal;
}

/* waitpid(2) for whatever comes; false where nothing does for REST_US. */
static bool
wait_for_stop(pid_t *ret_pid, int *ret_status)
{
	static const struct itimerval rest = { { 0, REST_US }, { 0, REST_US } };
	static const struct itimerval none;
	int saved;

	(void)setitimer(ITIMER_REAL, &rest, NULL);
	*ret_pid = waitpid(-1, ret_status, __WALL);
	saved = errno;
	(void)setitimer(ITIMER_REAL, &none, NULL);
	if (*ret_pid == -1 && saved != EINTR && saved != ECHILD)
		errx(1, "waitpid: %s", strerror(saved));
	return *ret_pid != -1;
}

/*
 * The first stop of a child may come before its parent's tells of it: it waits
 * then, as PTRACE_SYSCALL follows from the parent's.
 */
static void
follow(pid_t pid, int status)
{
	static struct {
		pid_t pid;
		int status;
	} early[TASKS_MAX];
	struct task *task = find(pid);
	size_t i;

	if (task == NULL && WIFSTOPPED(status)) {
		for (i = 0; i < TASKS_MAX && early[i].pid != 0; i++)
			continue;
		if (i == TASKS_MAX)
			errx(1, "too many processes");
		early[i].pid = pid;
		early[i].status = status;
		return;
	}
	if (task == NULL)
		return;
	if (!WIFSTOPPED(status)) {
		task->pid = 0;
		return;
	}
	go_on(task, status);
	for (i = 0; i < TASKS_MAX; i++) {
		if (early[i].pid == 0 || (task = find(early[i].pid)) == NULL)
			continue;
		early[i].pid = 0;
		go_on(task, early[i].status);
	}
}

/* Waits until all that were seized have stopped once. HOST stays so. */
static void
gather(pid_t host, size_t seized)
{
	pid_t pid;
	int status;

	while (seized > 0) {
		if (!wait_for_stop(&pid, &status))
			continue;
		seized -= !WIFSTOPPED(status) ||
		    status >> 16 == PTRACE_EVENT_STOP;
		if (pid != host)
			follow(pid, status);
	}
}

struct killed
killcall(pid_t host, pid_t service, const struct killing *killing)
{
	struct sigaction action = { .sa_handler = on_alarm };
	bool ended = false;
	size_t seized = 1;
	pid_t pid;
	int status;

	memset(&run, 0, sizeof(run));
	run.killing = *killing;
	if (sigaction(SIGALRM, &action, NULL) != 0)
		err(1, "sigaction");
	if (!seize(host, PART_HOST))
		err(1, "ptrace of the host");
	if (service != 0)
		seized += seize_service(service);
	gather(host, seized);
	(void)ptrace(PTRACE_SYSCALL, host, NULL, NULL);
	(void)kill(host, SIGCONT);
	while (!(ended && run.killed.killed) &&
	    (wait_for_stop(&pid, &status) || !ended)) {
		if (pid == -1)
			continue;
		follow(pid, status);
		if (pid == host && !WIFSTOPPED(status)) {
			run.killed.status = status;
			ended = true;
		}
	}
	return run.killed;
}
