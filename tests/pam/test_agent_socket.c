/*
 * The socket of an agent, connected to as whoever started the host. Where the
 * test is root its host is set-uid: the real ids are another's.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/snapshot.h"
#include "wire/agent_socket.h"

#define USER	12345	/* whoever started a set-uid host */
#define BACKLOG	8	/* more than fit a socket's that listens for none */

/* What a host has seen, as its exit status. */
enum { FOUND = 10, NONE, CHANGED, WRONG };

static char folder[64];
static struct sockaddr_un address;
static int listener;

static void
listen_on(const char *name, int backlog)
{
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder,
	    name);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	assert_int_not_equal(listener, -1);
	assert_int_equal(bind(listener, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	assert_int_equal(listen(listener, backlog), 0);
	assert_int_equal(chmod(address.sun_path, 0777), 0);
}

static int
setup(void **state)
{
	(void)state;
	address.sun_family = AF_UNIX;
	strcpy(folder, "/tmp/agent-XXXXXX");
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) != 0)
		return -1;
	listen_on("socket", 8);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	close(listener);
	unlink(address.sun_path);
	rmdir(folder);
	return 0;
}

static void
be_set_uid(void)
{
	static const gid_t groups[] = { 1, 2, 3 };

	if (geteuid() != 0)
		return;
	if (setgroups(3, groups) != 0 || setresgid(USER, 7, 8) != 0 ||
	    setresuid(USER, 0, 0) != 0)
		_exit(WRONG);
}

static bool
is_as_promised(int fd)
{
	return fd > STDERR_FILENO && fcntl(fd, F_GETFD) == FD_CLOEXEC &&
	    (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && write(fd, "x", 1) == 1;
}

/* In a host that BECOME has made; what it saw. */
static int
open_in_host(void (*become)(void), const char *path)
{
	static struct snapshot before, after;
	int fd, status, saw;
	pid_t pid;

	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		if (become != NULL)
			become();
		snapshot_take(&before);
		fd = agent_socket_open(path);
		saw = fd == -1 ? NONE : is_as_promised(fd) ? FOUND : WRONG;
		if (fd != -1)
			close(fd);
		snapshot_take(&after);
		if (snapshot_differ(&before, &after) != NULL)
			_exit(CHANGED);
		_exit(saw);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
assert_listener_saw(uid_t uid, gid_t gid)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	char octet;
	int fd;

	fd = accept(listener, NULL, NULL);
	assert_int_not_equal(fd, -1);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len),
	    0);
	assert_int_equal(peer.uid, uid);
	assert_int_equal(peer.gid, gid);
	assert_int_equal(read(fd, &octet, 1), 1);
	assert_int_equal(read(fd, &octet, 1), 0);
	close(fd);
}

static void
assert_listener_saw_no_one(void)
{
	assert_int_equal(accept(listener, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
}

static void
connection_is_the_real_users(void **state)
{
	bool is_root = geteuid() == 0;

	(void)state;
	assert_int_equal(open_in_host(be_set_uid, address.sun_path), FOUND);
	assert_listener_saw(is_root ? USER : getuid(),
	    is_root ? USER : getgid());
}

static void
supplementary_groups_do_not_open_it(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	/* A group that the host has, and the user does not. */
	assert_int_equal(chown(address.sun_path, 0, 3), 0);
	assert_int_equal(chmod(address.sun_path, 0070), 0);
	assert_int_equal(open_in_host(be_set_uid, address.sun_path), NONE);
	assert_listener_saw_no_one();
	assert_int_equal(chown(address.sun_path, USER, 0), 0);
	assert_int_equal(chmod(address.sun_path, 0700), 0);
	assert_int_equal(open_in_host(be_set_uid, address.sun_path), FOUND);
}

static void
sockets_of_root_stay_shut(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(address.sun_path, 0700), 0);
	assert_int_equal(open_in_host(be_set_uid, address.sun_path), NONE);
	assert_int_equal(chmod(address.sun_path, 0777), 0);
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(open_in_host(be_set_uid, address.sun_path), NONE);
	assert_listener_saw_no_one();
}

static void
real_root_has_no_agent(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(open_in_host(NULL, address.sun_path), NONE);
	assert_listener_saw_no_one();
}

static void
become_unprivileged(void)
{
	be_set_uid();
	if (geteuid() == 0 && setresuid(USER, USER, USER) != 0)
		_exit(WRONG);
}

static void
host_without_privilege_connects(void **state)
{
	(void)state;
	assert_int_equal(open_in_host(become_unprivileged, address.sun_path),
	    FOUND);
}

static void
close_standard(void)
{
	be_set_uid();
	close(0);
	close(1);
	close(2);
}

static void
host_without_standard_descriptors_keeps_them_closed(void **state)
{
	(void)state;
	assert_int_equal(open_in_host(close_standard, address.sun_path),
	    FOUND);
}

static void
be_odd(void)
{
	sigset_t all;
	int sig;

	be_set_uid();
	for (sig = 1; sig < _NSIG; sig++)
		(void)signal(sig, SIG_IGN);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	while (dup(0) < 500)
		continue;
}

static void
host_of_any_kind_connects(void **state)
{
	(void)state;
	assert_int_equal(open_in_host(be_odd, address.sun_path), FOUND);
}

static void
path_that_is_none_is_no_agent(void **state)
{
	char relative[PATH_MAX], missing[PATH_MAX], file[PATH_MAX];

	(void)state;
	snprintf(relative, sizeof(relative), "..%s", address.sun_path);
	snprintf(missing, sizeof(missing), "%s/missing", folder);
	snprintf(file, sizeof(file), "%s/file", folder);
	close(open(file, O_CREAT | O_CLOEXEC, 0666));
	assert_int_equal(open_in_host(be_set_uid, NULL), NONE);
	assert_int_equal(open_in_host(be_set_uid, ""), NONE);
	assert_int_equal(open_in_host(be_set_uid, relative), NONE);
	assert_int_equal(open_in_host(be_set_uid, missing), NONE);
	assert_int_equal(open_in_host(be_set_uid, file), NONE);
	assert_int_equal(open_in_host(be_set_uid, folder), NONE);
	unlink(file);
	close(listener);
	assert_int_equal(open_in_host(be_set_uid, address.sun_path), NONE);
}

/* 107 octets fit an address, with the NUL after them. */
static void
longest_path_is_taken_and_a_longer_is_not(void **state)
{
	char name[200], longer[PATH_MAX];

	(void)state;
	close(listener);
	unlink(address.sun_path);
	memset(name, 'a', sizeof(name));
	name[sizeof(address.sun_path) - 2 - strlen(folder)] = '\0';
	listen_on(name, 8);
	assert_int_equal(strlen(address.sun_path), 107);
	assert_int_equal(open_in_host(be_set_uid, address.sun_path), FOUND);
	snprintf(longer, sizeof(longer), "/%s", address.sun_path);
	assert_int_equal(open_in_host(be_set_uid, longer), NONE);
	memset(longer, '/', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(open_in_host(be_set_uid, longer), NONE);
}

/* connect(2) waits for room, for ever; who waits is killed. */
static void
agent_that_hangs_is_given_up(void **state)
{
	int fds[BACKLOG], i;

	(void)state;
	assert_int_equal(listen(listener, 0), 0);
	for (i = 0; i < BACKLOG; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0);
		(void)connect(fds[i], (struct sockaddr *)&address,
		    sizeof(address));
	}
	assert_int_equal(open_in_host(be_set_uid, address.sun_path), NONE);
	for (i = 0; i < BACKLOG; i++)
		close(fds[i]);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connection_is_the_real_users),
		TEST(supplementary_groups_do_not_open_it),
		TEST(sockets_of_root_stay_shut),
		TEST(real_root_has_no_agent),
		TEST(host_without_privilege_connects),
		TEST(host_without_standard_descriptors_keeps_them_closed),
		TEST(host_of_any_kind_connects),
		TEST(path_that_is_none_is_no_agent),
		TEST(longest_path_is_taken_and_a_longer_is_not),
		TEST(agent_that_hangs_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
