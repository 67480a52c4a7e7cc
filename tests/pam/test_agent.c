/*
 * The agent of whoever started the application, on its way to the endpoint.
 * Where the test is root the application is set-uid.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pamtest.h"

#define USER	12345	/* whoever started it */
#define OK	"read\nframe 35 Success\n"
#define FIELDS	"3 10.0.0.5\n4 pts/7\n6 deny\n"
#define BACKLOG	8

static struct sockaddr_un address;
static int agent;

static int
setup(void **state)
{
	(void)state;
	pamhost_setup(&host, pamhost_account());
	pamhost_listen(&host, geteuid());
	agent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	address.sun_family = AF_UNIX;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/agent",
	    host.folder);
	if (agent == -1 || bind(agent, (struct sockaddr *)&address,
	    sizeof(address)) != 0 || listen(agent, BACKLOG) != 0 ||
	    chmod(address.sun_path, 0777) != 0)
		return -1;
	return setenv("SSH_AUTH_SOCK", address.sun_path, 1);
}

static int
teardown(void **state)
{
	(void)state;
	unsetenv("SSH_AUTH_SOCK");
	close(agent);
	unlink(address.sun_path);
	pamhost_teardown(&host);
	return 0;
}

/* PHASES in an application that a user has started; what the endpoint saw. */
static const char *
run(const char *phases)
{
	int status;
	pid_t pid;

	pamhost_script(&host, OK);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(USER, 0, 0) != 0)
			_exit(99);
		_exit(pamhost_run(&host, "alice", phases));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return pamhost_seen(&host);
}

static void
assert_agent_saw(uid_t uid)
{
	socklen_t len = sizeof(struct ucred);
	struct ucred peer;
	int fd;

	assert_int_not_equal(fd = accept(agent, NULL, NULL), -1);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len),
	    0);
	assert_int_equal(peer.uid, uid);
	close(fd);
}

static void
assert_agent_saw_no_one(void)
{
	assert_int_equal(accept(agent, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
}

static void
agent_is_passed_as_the_user_who_started_it(void **state)
{
	(void)state;
	assert_has(run("a"), FIELDS "16 1 socket\n8 \n");
	assert_agent_saw(geteuid() == 0 ? USER : geteuid());
	assert_agent_saw_no_one();
	assert_string_equal(pamhost_log(&host), "");
}

static void
services_of_sshd_pass_none(void **state)
{
	static const char *const services[] = { "sshd", "sshd-2" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		host.service = services[i];
		pamhost_service(&host, "MODULE");
		assert_has(run("a"), FIELDS "8 \n");
	}
	assert_agent_saw_no_one();
	host.service = "xsshd";
	pamhost_service(&host, "MODULE");
	assert_has(run("a"), "16 1 socket\n");
}

static void
other_phases_pass_none(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	pamhost_service(&host, "account MODULE\nsession MODULE");
	assert_has(run("c"), FIELDS "10 account\n8 \n");
	assert_has(run("o"), FIELDS "10 open_session\n8 \n");
	assert_agent_saw_no_one();
}

static void
root_passes_none(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	pamhost_script(&host, OK);
	assert_int_equal(pamhost_sign_in(&host, "alice"), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), FIELDS "8 \n");
	assert_agent_saw_no_one();
}

static void
variable_of_pam_is_not_it(void **state)
{
	char preset[200];

	(void)state;
	unsetenv("SSH_AUTH_SOCK");
	snprintf(preset, sizeof(preset), "SSH_AUTH_SOCK=%s", address.sun_path);
	host.preset = preset;
	assert_has(run("a"), FIELDS "8 \n");
	assert_agent_saw_no_one();
}

static void
sign_in_goes_on_without_an_agent(void **state)
{
	char longer[300];
	const char *const values[] = { "", "agent", "/nonexistent/agent", "/",
		"/etc/passwd", longer };
	size_t i;

	(void)state;
	memset(longer, '/', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		setenv("SSH_AUTH_SOCK", values[i], 1);
		assert_has(run("a"), FIELDS "8 \n");
	}
	assert_string_equal(pamhost_log(&host), "");
}

static void
sign_in_goes_on_where_the_agent_hangs(void **state)
{
	int fds[BACKLOG], i;

	(void)state;
	assert_int_equal(listen(agent, 0), 0);
	for (i = 0; i < BACKLOG; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0);
		(void)connect(fds[i], (struct sockaddr *)&address,
		    sizeof(address));
	}
	assert_has(run("a"), FIELDS "8 \n");
	for (i = 0; i < BACKLOG; i++)
		close(fds[i]);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(agent_is_passed_as_the_user_who_started_it),
		TEST(services_of_sshd_pass_none),
		TEST(other_phases_pass_none),
		TEST(root_passes_none),
		TEST(variable_of_pam_is_not_it),
		TEST(sign_in_goes_on_without_an_agent),
		TEST(sign_in_goes_on_where_the_agent_hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
