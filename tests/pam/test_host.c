/*
 * Law 10: the host stays as it was, whatever host it is and whatever happens in
 * the call. Each host is a process of its own; $MFA_TEST_ROUNDS is how often it
 * signs in (1000).
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pamtest.h"
#include "support/snapshot.h"

#define GOOD	"read\nframe 33 Hi\nframe 32 C: \nanswer\n" \
	"frame 34 AWSMFA_A=1\nframe 35 Success\n"
#define WRONG	"read\nframe 32 C: \nanswer\nframe 35 AccessDenied\n"
#define BREACH	"read\nframe 34 AWSMFA_A=1\nframe 32 C: \nanswer\nraw 00\n"
#define TAP	"read\nframe 33 Tap\nframe 37 30\nframe 32 PIN: \nanswer\n" \
	"frame 37 30\nframe 35 Success\n"
#define WARM_UP	20
#define GROWTH	4096		/* octets of heap that a host may grow by */

static volatile sig_atomic_t signals;

static unsigned
rounds(void)
{
	const char *text = getenv("MFA_TEST_ROUNDS");

	return text != NULL ? (unsigned)atoi(text) : 1000;
}

static int
setup_service(void **state)
{
	(void)state;
	pamhost_setup(&host, pamhost_account());
	host.answers[0] = "123456";
	pamhost_listen(&host, geteuid());
	return 0;
}

static void
on_signal(int sig)
{
	int saved = errno;

	if (sig == SIGCHLD) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
	signals++;
	errno = saved;
}

/* Signs in COUNT times; what has changed, or NULL. */
static const char *
run(const char *script, int want, unsigned count)
{
	static struct snapshot before, after;
	static char what[64];
	const char *difference;
	size_t used = 0;
	unsigned i;
	int code;

	pamhost_script(&host, script);
	snapshot_take(&before);
	for (i = 0; i <= count + WARM_UP; i++) {
		if (i == WARM_UP)
			used = mallinfo2().uordblks;
		if ((code = pamhost_sign_in(&host, "alice")) != want) {
			snprintf(what, sizeof(what), "code %d in round %u",
			    code, i);
			return what;
		}
	}
	if (mallinfo2().uordblks > used + GROWTH)
		return "memory";
	snapshot_take(&after);
	if ((difference = snapshot_differ(&before, &after)) != NULL)
		return difference;
	return signals != 0 ? "a signal was raised" : NULL;
}

static const char *
run_all(unsigned count)
{
	const char *what;

	if ((what = run(GOOD, PAM_SUCCESS, count)) != NULL ||
	    (what = run(TAP, PAM_SUCCESS, count / 10)) != NULL ||
	    (what = run(WRONG, PAM_AUTH_ERR, count / 10)) != NULL ||
	    (what = run(BREACH, PAM_AUTHINFO_UNAVAIL, count / 10)) != NULL ||
	    (what = run("", PAM_AUTHINFO_UNAVAIL, count / 10)) != NULL)
		return what;
	host.answers[0] = NULL;
	return run(GOOD, PAM_CONV_ERR, count / 10);
}

/* BECOME makes the child the host that is meant. */
static void
check_host(void (*become)(void), unsigned count)
{
	int report[2], status;
	char text[SNAPSHOT_TEXT];
	const char *what;
	ssize_t n;
	pid_t pid;

	/* Only root starts a one-shot endpoint. */
	if (host.listener == 0 && geteuid() != 0)
		skip();
	assert_int_equal(pipe2(report, O_CLOEXEC), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		/* Beyond what BECOME closes. */
		report[1] = fcntl(report[1], F_DUPFD_CLOEXEC, 20);
		/* libc's own lazy work comes before. */
		pamhost_script(&host, GOOD);
		(void)pamhost_sign_in(&host, "alice");
		if (become != NULL)
			become();
		if ((what = run_all(count)) != NULL)
			(void)!write(report[1], what, strlen(what));
		exit(0);
	}
	close(report[1]);
	n = read(report[0], text, sizeof(text) - 1);
	close(report[0]);
	text[n > 0 ? n : 0] = '\0';
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_string_equal(text, "");
	assert_int_equal(status, 0);
}

static void
handle_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	int sig;

	for (sig = 1; sig < _NSIG; sig++) {
		if (sig != SIGSEGV && sig != SIGBUS && sig != SIGABRT)
			(void)sigaction(sig, &action, NULL);
	}
}

static void
ignore_signals(void)
{
	int sig;

	for (sig = 1; sig < _NSIG; sig++)
		(void)signal(sig, SIG_IGN);
}

static void
block_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
}

static void
close_standard(void)
{
	(void)close(0);
	(void)close(1);
	(void)close(2);
	/* As a host does that does not know: nobody may get to read it. */
	host.chatty = true;
}

static void
lower_limits(void)
{
	struct rlimit few;

	(void)getrlimit(RLIMIT_NOFILE, &few);
	few.rlim_cur = 12;
	(void)setrlimit(RLIMIT_NOFILE, &few);
	(void)umask(0);
	(void)!chdir("/tmp");
	(void)setlocale(LC_ALL, "C.UTF-8");
	(void)alarm(3600);
}

static void *
spin(void *arg)
{
	void *p;

	for (;;) {
		if ((p = malloc(100)) != NULL)
			free(p);
		(void)getppid();
		usleep(100);
	}
	return arg;
}

static void
start_threads(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < 4; i++)
		(void)pthread_create(&thread, NULL, spin, NULL);
}

/* Takes connections, counts them, and says nothing. */
static void
be_agent(int fd, volatile unsigned *count)
{
	char octets[16];
	int conn;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if ((conn = accept(fd, NULL, NULL)) == -1)
			continue;
		(*count)++;
		(void)!read(conn, octets, sizeof(octets));
		close(conn);
	}
}

/* A process beside the host, whose end is the caller's business. */
static pid_t
start_agent(volatile unsigned *count)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/agent",
	    host.folder);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	assert_int_equal(listen(fd, 128), 0);
	assert_int_equal(chmod(address.sun_path, 0777), 0);
	(void)setenv("SSH_AUTH_SOCK", address.sun_path, 1);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		be_agent(fd, count);
	close(fd);
	return pid;
}

static void
be_set_uid(void)
{
	if (geteuid() == 0 && setresuid(12345, 0, 0) != 0)
		exit(1);
	handle_signals();
}

static int
setup_one_shot(void **state)
{
	(void)state;
	pamhost_setup(&host, pamhost_account());
	host.answers[0] = "123456";
	pamhost_install(&host);
	return 0;
}

static void
plain_host(void **state)
{
	(void)state;
	check_host(NULL, rounds());
}

static void
host_with_a_handler_for_every_signal(void **state)
{
	(void)state;
	check_host(handle_signals, rounds() / 5);
}

static void
host_that_ignores_every_signal(void **state)
{
	(void)state;
	check_host(ignore_signals, rounds() / 5);
}

static void
host_that_blocks_every_signal(void **state)
{
	(void)state;
	check_host(block_signals, rounds() / 5);
}

static void
host_without_standard_descriptors(void **state)
{
	(void)state;
	check_host(close_standard, rounds() / 5);
}

static void
host_with_few_descriptors_and_a_timer(void **state)
{
	(void)state;
	check_host(lower_limits, rounds() / 5);
}

static void
host_with_threads(void **state)
{
	(void)state;
	check_host(start_threads, rounds() / 5);
}

static void
host_that_is_set_uid_with_an_agent(void **state)
{
	unsigned *count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	(void)state;
	if (host.listener == 0 && geteuid() != 0)
		skip();
	assert_true(count != MAP_FAILED);
	pid = start_agent(count);
	check_host(be_set_uid, rounds());
	(void)unsetenv("SSH_AUTH_SOCK");
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_in_range(*count, rounds(), 2 * rounds() + 1000);
	(void)munmap(count, sizeof(*count));
}

#define SERVICE(f)	cmocka_unit_test_setup_teardown(f, setup_service, \
	pamtest_teardown)
#define ONE_SHOT(f)	{ #f "_one_shot", f, setup_one_shot, \
	pamtest_teardown, NULL }

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVICE(plain_host),
		SERVICE(host_with_a_handler_for_every_signal),
		SERVICE(host_that_ignores_every_signal),
		SERVICE(host_that_blocks_every_signal),
		SERVICE(host_without_standard_descriptors),
		SERVICE(host_with_few_descriptors_and_a_timer),
		SERVICE(host_with_threads),
		SERVICE(host_that_is_set_uid_with_an_agent),
		ONE_SHOT(plain_host),
		ONE_SHOT(host_with_a_handler_for_every_signal),
		ONE_SHOT(host_that_ignores_every_signal),
		ONE_SHOT(host_that_blocks_every_signal),
		ONE_SHOT(host_without_standard_descriptors),
		ONE_SHOT(host_with_few_descriptors_and_a_timer),
		ONE_SHOT(host_with_threads),
		ONE_SHOT(host_that_is_set_uid_with_an_agent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
