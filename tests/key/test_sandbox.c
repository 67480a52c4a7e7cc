/*
 * What a worker that was taken over can still do: each attempt is made in a
 * process of its own, in the sandbox.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "key/sandbox.h"

#define FINE	   42 /* exit status of an attempt that went through */
#define NO_SANDBOX 43
#define BIG	   (8 << 20)
#define TOO_BIG	   ((size_t)600 << 20)
#define FILTER_MS  20000 /* until the filter is in force */
#define STEP_MS	   5

static int device, conversation;

/* Enters the sandbox with a socket each, and some descriptors too many. */
static void
enter(void)
{
	struct mfa_error err;
	int a[2], b[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, a) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, b) == -1 ||
	    open("/dev/null", O_RDWR) == -1)
		_exit(NO_SANDBOX);
	device = a[1];
	conversation = b[0];
	if (sandbox_prepare(getppid(), &err) != MFA_OK ||
	    sandbox_enter(device, conversation, &err) != MFA_OK)
		_exit(NO_SANDBOX);
}

/* waitpid(2)'s status of a process that does ATTEMPT. */
static int
status_of(void (*attempt)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		enter();
		attempt();
		_exit(FINE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
try_open(void)
{
	(void)syscall(SYS_open, "/etc/passwd", O_RDONLY);
}

static void
try_openat(void)
{
	(void)open("/etc/passwd", O_RDONLY);
}

static void
try_socket(void)
{
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void
try_execve(void)
{
	char *const argv[] = { "true", NULL };

	(void)execve("/bin/true", argv, NULL);
}

static void
try_fork(void)
{
	(void)syscall(SYS_fork);
}

static void
try_clone(void)
{
	(void)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void
try_clone3(void)
{
	(void)syscall(SYS_clone3, NULL, 0);
}

static void
try_ptrace(void)
{
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void
try_kill(void)
{
	(void)kill(getpid(), 0);
}

static void
try_prctl(void)
{
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void
try_setrlimit(void)
{
	const struct rlimit limit = { 0, 0 };

	(void)setrlimit(RLIMIT_CPU, &limit);
}

static void
try_sigaction(void)
{
	(void)signal(SIGTERM, SIG_IGN);
}

static void
try_sigprocmask(void)
{
	sigset_t set;

	(void)sigfillset(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static void
try_sigreturn(void)
{
	(void)syscall(SYS_rt_sigreturn);
}

static void
try_ppoll_with_mask(void)
{
	const struct timespec none = { 0, 0 };
	sigset_t set;

	(void)sigfillset(&set);
	(void)ppoll(NULL, 0, &none, &set);
}

static void
try_executable_memory(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
try_file_memory(void)
{
	(void)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, device, 0);
}

static void
try_shared_memory(void)
{
	(void)mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void
try_mprotect(void)
{
	(void)syscall(SYS_mprotect, 0, 4096, PROT_EXEC);
}

static void
try_ioctl(void)
{
	int n;

	(void)ioctl(device, FIONREAD, &n);
}

static void
try_dup(void)
{
	(void)!dup(device);
}

static void
try_stdin(void)
{
	char octet;

	(void)!read(STDIN_FILENO, &octet, 1);
}

static void
try_passing_descriptors(void)
{
	struct msghdr msg = { 0 };

	(void)recvmsg(conversation, &msg, MSG_DONTWAIT);
}

static void
try_writing_past_the_protocol(void)
{
	(void)!write(conversation, "x", 1);
}

static void
try_i386_call(void)
{
#ifdef __x86_64__
	/* getpid, which as a call of this architecture is allowed */
	__asm__ volatile("int $0x80" : : "a"(20) : "memory");
#else
	(void)syscall(SYS_dup, device);
#endif
}

#define ATTEMPT(f) { #f, f }
static const struct {
	const char *name;
	void (*function)(void);
} attempts[] = {
	ATTEMPT(try_open),
	ATTEMPT(try_openat),
	ATTEMPT(try_socket),
	ATTEMPT(try_execve),
	ATTEMPT(try_fork),
	ATTEMPT(try_clone),
	ATTEMPT(try_clone3),
	ATTEMPT(try_ptrace),
	ATTEMPT(try_kill),
	ATTEMPT(try_prctl),
	ATTEMPT(try_setrlimit),
	ATTEMPT(try_sigaction),
	ATTEMPT(try_sigprocmask),
	ATTEMPT(try_sigreturn),
	ATTEMPT(try_ppoll_with_mask),
	ATTEMPT(try_executable_memory),
	ATTEMPT(try_file_memory),
	ATTEMPT(try_shared_memory),
	ATTEMPT(try_mprotect),
	ATTEMPT(try_ioctl),
	ATTEMPT(try_dup),
	ATTEMPT(try_stdin),
	ATTEMPT(try_passing_descriptors),
	ATTEMPT(try_writing_past_the_protocol),
	ATTEMPT(try_i386_call),
};

static void
forbidden_calls_kill_the_worker(void **state)
{
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		status = status_of(attempts[i].function);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %#x", attempts[i].name,
			    (unsigned)status);
	}
}

/* What libfido2 and the conversation need. */
static void
try_work(void)
{
	struct msghdr msg = { 0 };
	struct pollfd pfds[] = { { device, POLLIN, 0 },
		{ conversation, POLLIN, 0 } };
	struct timespec ts = { 0, 1000 };
	char octet;
	char *memory;

	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	(void)nanosleep(&(struct timespec){ 0, 1000 }, NULL);
	(void)poll(pfds, 2, 0);
	(void)recv(conversation, &octet, 1, MSG_DONTWAIT);
	(void)sendmsg(conversation, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)syscall(SYS_getrandom, &octet, 1, 0);
	if ((memory = malloc(BIG)) == NULL ||
	    (memory = realloc(memory, 2 * BIG)) == NULL)
		_exit(NO_SANDBOX);
	free(memory);
}

static void
work_goes_on(void **state)
{
	int status;

	(void)state;
	status = status_of(try_work);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), FINE);
}

static void
try_too_much_memory(void)
{
	if (mmap(NULL, TOO_BIG, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		_exit(NO_SANDBOX);
}

static void
memory_has_an_end(void **state)
{
	int status;

	(void)state;
	status = status_of(try_too_much_memory);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), FINE);
}

/* The value after NAME in /proc/PID/FILE. */
static void
read_value(pid_t pid, const char *file, const char *name, char ret[64])
{
	char path[64], line[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	assert_non_null(f = fopen(path, "r"));
	*ret = '\0';
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			(void)sscanf(line + strlen(name), " %63[0-9a-z]", ret);
	}
	fclose(f);
}

/* In the sandbox, until it is killed. */
static pid_t
start_idle(void)
{
	char mode[64] = "";
	pid_t pid = fork();
	int ms;

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		enter();
		(void)poll(NULL, 0, -1);
		_exit(FINE);
	}
	for (ms = 0; ms < FILTER_MS && strcmp(mode, "2") != 0; ms += STEP_MS) {
		(void)poll(NULL, 0, STEP_MS);
		read_value(pid, "status", "Seccomp:", mode);
	}
	assert_string_equal(mode, "2");
	return pid;
}

static void
end_idle(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int
count_descriptors(pid_t pid, char *ret_names, size_t size)
{
	const struct dirent *entry;
	char path[64];
	size_t len = 0;
	DIR *dir;
	int n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if ((dir = opendir(path)) == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		len += (size_t)snprintf(ret_names + len, size - len, " %s",
		    entry->d_name);
		n++;
	}
	closedir(dir);
	return n;
}

static void
has_five_descriptors_only(void **state)
{
	char names[256] = "";
	pid_t pid;
	int n;

	(void)state;
	if (geteuid() != 0)
		skip(); /* the process is not dumpable: not ours to see */
	pid = start_idle();
	n = count_descriptors(pid, names, sizeof(names));
	end_idle(pid);
	if (n != 5)
		fail_msg("descriptors:%s", names);
}

static void
limits_are_in_force(void **state)
{
	static const struct {
		const char *file, *name, *value;
	} expected[] = {
		{ "status", "NoNewPrivs:", "1" },
		{ "status", "Seccomp:", "2" },
		{ "limits", "Max core file size", "0" },
		{ "limits", "Max file size", "0" },
		{ "limits", "Max processes", "0" },
		{ "limits", "Max cpu time", "10" },
		{ "limits", "Max locked memory", "0" },
	};
	char value[64];
	size_t i;
	pid_t pid;

	(void)state;
	pid = start_idle();
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		read_value(pid, expected[i].file, expected[i].name, value);
		if (strcmp(value, expected[i].value) != 0) {
			end_idle(pid);
			fail_msg("%s %s", expected[i].name, value);
		}
	}
	end_idle(pid);
}

static void
parent_that_is_gone_is_noticed(void **state)
{
	struct mfa_error err;
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0)
		_exit(sandbox_prepare(getpid(), &err) == MFA_OK ? FINE : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
standard_descriptors_are_no_device(void **state)
{
	struct mfa_error err;
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0)
		_exit(sandbox_enter(0, 3, &err) == MFA_OK ||
			sandbox_enter(3, 3, &err) == MFA_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
landlock_alone_bars_files(void **state)
{
	struct mfa_error err;
	int status;
	pid_t pid;

	(void)state;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 1)
		skip();
	if ((pid = fork()) == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
		    landlock_enter(&err) != MFA_OK)
			_exit(NO_SANDBOX);
		_exit(open("/etc/passwd", O_RDONLY) == -1 && errno == EACCES ?
			FINE :
			NO_SANDBOX);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), FINE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forbidden_calls_kill_the_worker),
		cmocka_unit_test(work_goes_on),
		cmocka_unit_test(memory_has_an_end),
		cmocka_unit_test(has_five_descriptors_only),
		cmocka_unit_test(limits_are_in_force),
		cmocka_unit_test(parent_that_is_gone_is_noticed),
		cmocka_unit_test(standard_descriptors_are_no_device),
		cmocka_unit_test(landlock_alone_bars_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
