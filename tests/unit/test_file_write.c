/* The half of file.c that writes and locks; test_file.c has the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "folder.h"

#define BIG		20000	/* octets: more than one block */

static void
a_file_is_created_once(void **state)
{
	struct mfa_error err;
	struct stat st;

	(void)state;
	umask(0777);
	assert_int_equal(file_create(folder_fd, "f", "one", 3, &err), MFA_OK);
	umask(022);
	folder_assert("f", "one");
	assert_int_equal(fstatat(folder_fd, "f", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(file_create(folder_fd, "f", "two", 3, &err),
	    MFA_ENTITY_ALREADY_EXISTS);
	folder_assert("f", "one");
	assert_int_equal(symlinkat("elsewhere", folder_fd, "link"), 0);
	assert_int_equal(file_create(folder_fd, "link", "two", 3, &err),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(folder_count(), 2);
}

static void
of_many_creators_one_wins(void **state)
{
	int children = 8, status, winners = 0, i;
	char text[2] = { 0 }, winner = 0;
	struct mfa_error err;
	pid_t pids[8];

	(void)state;
	for (i = 0; i < children; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			text[0] = (char)('0' + i);
			_exit(file_create(folder_fd, "f", text, 1, &err));
		}
		assert_true(pids[i] > 0);
	}
	for (i = 0; i < children; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		if (WEXITSTATUS(status) == MFA_OK) {
			winners++;
			winner = (char)('0' + i);
		} else {
			assert_int_equal(WEXITSTATUS(status),
			    MFA_ENTITY_ALREADY_EXISTS);
		}
	}
	assert_int_equal(winners, 1);
	text[0] = winner;
	folder_assert("f", text);
	assert_int_equal(folder_count(), 1);
}

static void
a_file_is_replaced_with_all_left_overs(void **state)
{
	struct mfa_error err;
	struct stat st;

	(void)state;
	assert_int_equal(file_replace(folder_fd, "f", "one", 3, &err), MFA_OK);
	folder_put(".f.new", "left over, and longer", 21, 0644);
	umask(0777);
	assert_int_equal(file_replace(folder_fd, "f", "two", 3, &err), MFA_OK);
	umask(022);
	folder_assert("f", "two");
	assert_int_equal(fstatat(folder_fd, "f", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(symlinkat("f", folder_fd, ".f.new"), 0);
	assert_int_equal(file_replace(folder_fd, "f", "", 0, &err), MFA_OK);
	folder_assert("f", "");
	assert_int_equal(folder_count(), 1);
}

/* A full disk, as RLIMIT_FSIZE shows it: the write stops half-way. */
static void
a_write_that_fails_changes_nothing(void **state)
{
	struct rlimit limit, small;
	struct mfa_error err;
	char big[BIG];

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_int_equal(file_create(folder_fd, "f", "one", 3, &err), MFA_OK);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = BIG / 2;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(file_replace(folder_fd, "f", big, sizeof(big), &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(err.sys_errno, EFBIG);
	assert_int_equal(file_create(folder_fd, "g", big, sizeof(big), &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_DFL);
	folder_assert("f", "one");
	assert_int_equal(folder_count(), 1);
}

static void
what_can_not_be_replaced_stays(void **state)
{
	char name[NAME_MAX + 1];
	struct mfa_error err;

	(void)state;
	assert_int_equal(mkdirat(folder_fd, "d", 0700), 0);
	assert_int_equal(file_replace(folder_fd, "d", "x", 1, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(file_remove(folder_fd, "d", &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(mkdirat(folder_fd, ".f.new", 0700), 0);
	assert_int_equal(file_replace(folder_fd, "f", "x", 1, &err),
	    MFA_SERVICE_FAILURE);
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	assert_int_equal(file_replace(folder_fd, name, "x", 1, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(folder_count(), 2);
}

/* Replaces "f" by all 'a' and all 'b' in turn, for as long as it may. */
static pid_t
start_replacing(void)
{
	static char a[BIG], b[BIG / 2];
	struct mfa_error err;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	for (;;) {
		if (file_replace(folder_fd, "f", a, sizeof(a), &err) != 0 ||
		    file_replace(folder_fd, "f", b, sizeof(b), &err) != 0)
			_exit(1);
	}
}

static bool
is_whole(void)
{
	size_t len;
	char *text = folder_read("f", &len);
	bool whole = strspn(text, "a") == BIG || strspn(text, "b") == BIG / 2;

	whole = whole && len == strlen(text);
	free(text);
	return whole;
}

static void
a_reader_sees_the_old_or_the_new_file_whole(void **state)
{
	struct mfa_error err;
	char first[BIG];
	pid_t pid;
	int i;

	(void)state;
	memset(first, 'a', sizeof(first));
	assert_int_equal(file_replace(folder_fd, "f", first, BIG, &err),
	    MFA_OK);
	pid = start_replacing();
	assert_true(pid > 0);
	for (i = 0; i < 5000; i++)
		assert_true(is_whole());
	folder_stop(pid);
}

static void
a_kill_leaves_the_old_or_the_new_file_whole(void **state)
{
	struct mfa_error err;
	char first[BIG];
	pid_t pid;
	int i;

	(void)state;
	memset(first, 'a', sizeof(first));
	for (i = 0; i < 20; i++) {
		assert_int_equal(file_replace(folder_fd, "f", first, BIG, &err),
		    MFA_OK);
		assert_int_equal(folder_count(), 1);
		pid = start_replacing();
		assert_true(pid > 0);
		usleep((useconds_t)(i * 700));
		folder_stop(pid);
		assert_true(is_whole());
	}
}

static void
removing_twice_is_success(void **state)
{
	struct mfa_error err;

	(void)state;
	folder_put("f", "x", 1, 0600);
	assert_int_equal(file_remove(folder_fd, "f", &err), MFA_OK);
	assert_int_equal(folder_count(), 0);
	assert_int_equal(file_remove(folder_fd, "f", &err), MFA_OK);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
open_lock(void)
{
	struct mfa_error err;
	int fd;

	assert_int_equal(file_open(folder_fd, "f", O_RDWR, &folder_mine, &fd,
	    &err), MFA_OK);
	return fd;
}

/* A process that holds the lock for HOLD_MS and has it on return. */
static pid_t
start_locking(int hold_ms)
{
	struct mfa_error err;
	int fds[2];
	char ready;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		if (file_lock(open_lock(), "f", 0, &err) != MFA_OK ||
		    write(fds[1], "x", 1) != 1)
			_exit(1);
		usleep((useconds_t)hold_ms * 1000);
		_exit(0);
	}
	assert_true(pid > 0);
	close(fds[1]);
	assert_int_equal(read(fds[0], &ready, 1), 1);
	close(fds[0]);
	return pid;
}

static void
a_held_lock_is_concurrent_modification_in_time(void **state)
{
	struct mfa_error err;
	int64_t begin;
	int fd;
	pid_t pid;

	(void)state;
	folder_put("f", "x", 1, 0600);
	fd = open_lock();
	pid = start_locking(FOLDER_WATCHDOG * 1000);
	begin = now_ms();
	assert_int_equal(file_lock(fd, "f", 0, &err),
	    MFA_CONCURRENT_MODIFICATION);
	assert_true(now_ms() - begin < 1000);
	begin = now_ms();
	assert_int_equal(file_lock(fd, "f", 300, &err),
	    MFA_CONCURRENT_MODIFICATION);
	assert_in_range(now_ms() - begin, 300, 10000);
	folder_stop(pid);
	assert_int_equal(file_lock(fd, "f", 0, &err), MFA_OK);
	close(fd);
}

static void
a_lock_is_taken_when_it_becomes_free(void **state)
{
	struct mfa_error err;
	int64_t begin;
	int fd, status;
	pid_t pid;

	(void)state;
	folder_put("f", "x", 1, 0600);
	fd = open_lock();
	pid = start_locking(200);
	begin = now_ms();
	assert_int_equal(file_lock(fd, "f", 10000, &err), MFA_OK);
	assert_true(now_ms() - begin < 9000);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(fd);
}

/* POSIX locks would let the second in, and go with the first close(2). */
static void
a_lock_belongs_to_its_open_file(void **state)
{
	int one, two, three;
	struct mfa_error err;

	(void)state;
	folder_put("f", "x", 1, 0600);
	one = open_lock();
	two = open_lock();
	three = open_lock();
	assert_int_equal(file_lock(one, "f", 0, &err), MFA_OK);
	assert_int_equal(file_lock(one, "f", 0, &err), MFA_OK);
	assert_int_equal(file_lock(two, "f", 0, &err),
	    MFA_CONCURRENT_MODIFICATION);
	close(three);
	assert_int_equal(file_lock(two, "f", 0, &err),
	    MFA_CONCURRENT_MODIFICATION);
	close(one);
	assert_int_equal(file_lock(two, "f", 0, &err), MFA_OK);
	close(two);
	assert_int_equal(file_lock(-1, "f", 1000, &err), MFA_SERVICE_FAILURE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FOLDER_TEST(a_file_is_created_once),
		FOLDER_TEST(of_many_creators_one_wins),
		FOLDER_TEST(a_file_is_replaced_with_all_left_overs),
		FOLDER_TEST(a_write_that_fails_changes_nothing),
		FOLDER_TEST(what_can_not_be_replaced_stays),
		FOLDER_TEST(a_reader_sees_the_old_or_the_new_file_whole),
		FOLDER_TEST(a_kill_leaves_the_old_or_the_new_file_whole),
		FOLDER_TEST(removing_twice_is_success),
		FOLDER_TEST(a_held_lock_is_concurrent_modification_in_time),
		FOLDER_TEST(a_lock_is_taken_when_it_becomes_free),
		FOLDER_TEST(a_lock_belongs_to_its_open_file),
	};

	return cmocka_run_group_tests_name("file, writing", tests, folder_setup,
	    folder_remove);
}
