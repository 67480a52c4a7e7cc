/*
 * awsmfa-key as the endpoint starts it: a program with a socket on descriptor
 * 3, that refuses everything else.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/frame.h"
#include "wire/keymsg.h"

#define CONVERSATION_FD 3
#define OTHER_FD	10
#define NOBODY		65534
#define PATIENCE_MS	20000

static char program[4096];
static struct keymsg_request request;
static struct keymsg_answer answer;

struct start {
	bool as_root;		/* where the test is root */
	bool without_socket;
	char *argument;
};

static int
setup(void **state)
{
	const char *build = getenv("top_builddir");

	(void)state;
	(void)snprintf(program, sizeof(program), "%s/awsmfa-key",
	    build == NULL ? "." : build);
	memset(&request, 0, sizeof(request));
	request.what = KEY_INFO;
	request.timeout = 1000;
	return 0;
}

static _Noreturn void
become_worker(const struct start *start, int fd)
{
	char *const argv[] = { "awsmfa-key", start->argument, NULL };
	char *const envp[] = { NULL };
	int null = open("/dev/null", O_RDWR), i;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i <= STDERR_FILENO; i++)
		(void)dup2(null, i);
	fd = fcntl(fd, F_DUPFD, OTHER_FD);
	(void)close_range(CONVERSATION_FD, OTHER_FD - 1, 0);
	if (!start->without_socket)
		(void)dup2(fd, CONVERSATION_FD);
	if (geteuid() == 0 && !start->as_root &&
	    (setgroups(0, NULL) == -1 ||
		setresgid(NOBODY, NOBODY, NOBODY) == -1 ||
		setresuid(NOBODY, NOBODY, NOBODY) == -1))
		_exit(127);
	(void)execve(program, argv, envp);
	_exit(127);
}

static pid_t
start_worker(struct start start, int *ret_fd)
{
	int pair[2];
	pid_t pid;

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	if ((pid = fork()) == 0)
		become_worker(&start, pair[1]);
	assert_int_not_equal(pid, -1);
	close(pair[1]);
	*ret_fd = pair[0];
	return pid;
}

static int
exit_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 127)
		fail_msg("%s can't be started", program);
	return WEXITSTATUS(status);
}

/* The answer to the request, after a KEY_STATUS_WAITING or none. */
static enum keymsg_error
ask(void)
{
	struct keymsg_progress progress;
	struct mfa_error err;
	bool is_answer = false;
	pid_t pid;
	int fd;

	pid = start_worker((struct start){ 0 }, &fd);
	assert_int_equal(
	    keymsg_send_request(fd, &request, wire_now() + PATIENCE_MS, &err),
	    MFA_OK);
	while (!is_answer) {
		if (keymsg_receive(fd, wire_now() + PATIENCE_MS, &is_answer,
			&progress, &answer, &err) != MFA_OK)
			fail_msg("%s", mfa_error_text(&err));
		assert_true(is_answer ||
		    progress.status == KEY_STATUS_WAITING);
	}
	close(fd);
	assert_int_equal(exit_status(pid), EXIT_SUCCESS);
	return answer.error;
}

static void
refuses(struct start start)
{
	pid_t pid;
	int fd;

	pid = start_worker(start, &fd);
	assert_int_equal(exit_status(pid), EXIT_FAILURE);
	close(fd);
}

static void
root_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	refuses((struct start){ .as_root = true });
}

static void
arguments_are_refused(void **state)
{
	(void)state;
	refuses((struct start){ .argument = "--help" });
}

static void
missing_conversation_is_refused(void **state)
{
	(void)state;
	refuses((struct start){ .without_socket = true });
}

static void
node_that_is_not_there_is_gone(void **state)
{
	(void)state;
	strcpy(request.node, "/dev/hidraw987654321");
	assert_int_equal(ask(), KEY_GONE);
}

static void
other_devices_are_not_opened(void **state)
{
	(void)state;
	strcpy(request.node, "/dev/null");
	assert_int_equal(ask(), KEY_FAILED);
}

static void
insertion_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(ask(), KEY_TIMEOUT);
}

static void
malformed_request_ends_it(void **state)
{
	struct mfa_error err;
	pid_t pid;
	int fd;

	(void)state;
	pid = start_worker((struct start){ 0 }, &fd);
	assert_int_equal(wire_send(fd, WIRE_KEY_REQUEST, "x", 1,
			     wire_now() + PATIENCE_MS, &err),
	    MFA_OK);
	assert_int_equal(exit_status(pid), EXIT_FAILURE);
	close(fd);
}

static void
closed_conversation_ends_it(void **state)
{
	pid_t pid;
	int fd;

	(void)state;
	pid = start_worker((struct start){ 0 }, &fd);
	close(fd);
	assert_int_equal(exit_status(pid), EXIT_FAILURE);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(root_is_refused),
		TEST(arguments_are_refused),
		TEST(missing_conversation_is_refused),
		TEST(node_that_is_not_there_is_gone),
		TEST(other_devices_are_not_opened),
		TEST(insertion_is_waited_for),
		TEST(malformed_request_ends_it),
		TEST(closed_conversation_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
