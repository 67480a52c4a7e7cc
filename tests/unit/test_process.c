#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint/process.h"

/* A child that lives until its standard input ends; *RET_FD ends it. */
static pid_t
start_child(const char *name, int *ret_fd)
{
	int in[2], ready[2];
	char octet;
	pid_t pid;

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(in[1]);
		(void)prctl(PR_SET_NAME, name);
		(void)!write(ready[1], "", 1);
		(void)!read(in[0], &octet, 1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &octet, 1), 1);
	close(in[0]);
	close(ready[0]);
	close(ready[1]);
	*ret_fd = in[1];
	return pid;
}

static void
end_child(pid_t pid, int fd)
{
	close(fd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
process_is_known_by_id_start_and_parent(void **state)
{
	struct ticket_process mine, child;
	pid_t pid, parent;
	int fd;

	(void)state;
	assert_true(process_identify(getpid(), &mine, &parent));
	assert_int_equal(mine.pid, getpid());
	assert_int_equal(parent, getppid());
	assert_true(mine.start > 0);
	pid = start_child("child", &fd);
	assert_true(process_identify(pid, &child, &parent));
	assert_int_equal(child.pid, pid);
	assert_int_equal(parent, getpid());
	assert_true(child.start >= mine.start);
	end_child(pid, fd);
}

/* The name stands before the fields that count, and is the process's own. */
static void
name_of_a_process_moves_no_field(void **state)
{
	static const char *const names[] = { "a) S 1 1", "))))))", "((((",
		") R 77 7 7 7 7", "   ", "x\ny) Z 1" };
	struct ticket_process child;
	pid_t pid, parent;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pid = start_child(names[i], &fd);
		assert_true(process_identify(pid, &child, &parent));
		assert_int_equal(parent, getpid());
		end_child(pid, fd);
	}
}

static void
process_that_is_not_there_is_not_known(void **state)
{
	struct ticket_process child = { .pid = -7 };
	pid_t pid, parent = -7;
	int fd;

	(void)state;
	pid = start_child("child", &fd);
	end_child(pid, fd);
	assert_false(process_identify(pid, &child, &parent));
	assert_false(process_identify(0, &child, &parent));
	assert_false(process_identify(-1, &child, &parent));
	assert_int_equal(child.pid, -7);
	assert_int_equal(parent, -7);
}

static void
audit_session_is_what_proc_says(void **state)
{
	uint32_t audit = 1;
	char text[32];

	(void)state;
	if (!process_read(getpid(), "sessionid", text, sizeof(text)))
		skip();
	assert_true(process_audit_session(getpid(), &audit));
	text[strcspn(text, "\n")] = '\0';
	assert_int_equal(audit, strtoul(text, NULL, 10));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(process_is_known_by_id_start_and_parent),
		cmocka_unit_test(name_of_a_process_moves_no_field),
		cmocka_unit_test(process_that_is_not_there_is_not_known),
		cmocka_unit_test(audit_session_is_what_proc_says),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
