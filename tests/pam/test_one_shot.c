/*
 * What a one-shot endpoint is given by a hostile host, and what ends it. Root
 * alone can start one; without root these are skipped.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pamtest.h"

#define INHERITED	"read\ninherited\nframe 35 Success\n"

static int
setup(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	pamhost_setup(&host, pamhost_account());
	host.answers[0] = "123456";
	pamhost_install(&host);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	if (geteuid() == 0)
		pamhost_teardown(&host);
	return 0;
}

static void
assert_line(const char *line)
{
	if (strstr(host.text, line) == NULL)
		fail_msg("\"%s\" is not in:\n%s", line, host.text);
}

static void
assert_no(const char *part)
{
	if (strstr(host.text, part) != NULL)
		fail_msg("\"%s\" is in:\n%s", part, host.text);
}

/* Is there a process whose program is the endpoint? */
static bool
endpoint_runs(void)
{
	char command[256];

	snprintf(command, sizeof(command),
	    "ls -l /proc/[0-9]*/exe 2>/dev/null | grep -q '%s/endpoint'",
	    host.folder);
	return system(command) == 0;
}

static void
assert_fresh(void)
{
	struct passwd *account = getpwnam(pamhost_account());
	char line[256];

	(void)pamhost_seen(&host);
	snprintf(line, sizeof(line), "Uid: %d %d %d %d\nGid: %d %d %d %d\n"
	    "Groups:  \n", account->pw_uid, account->pw_uid, account->pw_uid,
	    account->pw_uid, account->pw_gid, account->pw_gid, account->pw_gid,
	    account->pw_gid);
	assert_line(line);
	assert_line("fd 0 /dev/null\nfd 1 /dev/null\nfd 2 /dev/null\n"
	    "fd 3 socket\n");
	assert_no("fd 4");
	assert_no("fd 5");
	assert_no("fd 6");
	assert_no("environment ");
	assert_line("SigBlk: 0000000000000000\n");
	assert_line("SigIgn: 0000000000000000\n");
	assert_line("CapInh: 0000000000000000\nCapPrm: 0000000000000000\n"
	    "CapEff: 0000000000000000\n");
	assert_line("CapAmb: 0000000000000000\nNoNewPrivs: 1\n");
	assert_line("cwd /\n");
	assert_line("umask 077\n");
	assert_line("session own\n");
	assert_line("nice 0\npolicy 0\n");
	snprintf(line, sizeof(line), "limit %d -1 -1\n", RLIMIT_FSIZE);
	assert_line(line);
	snprintf(line, sizeof(line), "limit %d -1 -1\n", RLIMIT_CPU);
	assert_line(line);
	snprintf(line, sizeof(line), "limit %d -1 -1\n", RLIMIT_AS);
	assert_line(line);
	snprintf(line, sizeof(line), "limit %d 0 0\n", RLIMIT_CORE);
	assert_line(line);
	snprintf(line, sizeof(line), "limit %d 1024 1024\n", RLIMIT_NOFILE);
	assert_line(line);
}

/* Signs in from a child that BECOME has made hostile. */
static void
sign_in_as(void (*become)(void))
{
	int status;
	pid_t pid;

	pamhost_script(&host, INHERITED);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		become();
		_exit(pamhost_sign_in(&host, "alice"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_fresh();
}

static void
lower(int resource, rlim_t value)
{
	struct rlimit limit;

	(void)getrlimit(resource, &limit);
	limit.rlim_cur = value;
	/* What is lowered for good only CAP_SYS_RESOURCE can raise again. */
	if (prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE) == 1)
		limit.rlim_max = value;
	(void)setrlimit(resource, &limit);
}

static void
be_hostile(void)
{
	static const gid_t groups[] = { 1, 2, 3, 4, 5 };
	sigset_t all;
	int sig;

	for (sig = 1; sig < _NSIG; sig++)
		(void)signal(sig, SIG_IGN);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)setenv("OPENSSL_CONF", "/tmp/evil", 1);
	(void)setenv("LD_DEBUG", "all", 1);
	(void)setenv("LC_ALL", "tr_TR.UTF-8", 1);
	(void)!chdir("/proc");
	(void)umask(0);
	(void)setgroups(5, groups);
	(void)!setresgid(7, 7, 0);
	(void)!nice(19);
	(void)prctl(PR_SET_KEEPCAPS, 1);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(2, 77);
	lower(RLIMIT_FSIZE, 1);
	lower(RLIMIT_NOFILE, 30);
	lower(RLIMIT_CPU, 5);
	lower(RLIMIT_STACK, 512 << 10);
	/* A sanitizer needs terabytes; what counts is that it is a limit. */
	lower(RLIMIT_AS, RLIM_INFINITY >> 16);
}

static void
close_all(void)
{
	close(0);
	close(1);
	close(2);
}

/* The endpoint's end of the pair is 3. */
static void
leave_three_free(void)
{
	close(3);
}

/* The user of a set-uid program is its real uid. */
static void
be_set_uid(void)
{
	(void)!setresuid(12345, 0, 0);
}

static void
fill_descriptors(void)
{
	while (dup(2) < 900)
		continue;
}

static void
host_is_hostile(void **state)
{
	(void)state;
	need_root();
	sign_in_as(be_hostile);
}

static void
host_has_no_standard_descriptors(void **state)
{
	(void)state;
	need_root();
	sign_in_as(close_all);
	sign_in_as(leave_three_free);
}

static void
host_is_set_uid(void **state)
{
	(void)state;
	need_root();
	sign_in_as(be_set_uid);
}

static void
host_has_many_descriptors(void **state)
{
	(void)state;
	need_root();
	sign_in_as(fill_descriptors);
}

static void
endpoint_that_hangs_is_killed(void **state)
{
	time_t start = time(NULL);

	(void)state;
	need_root();
	pamhost_script(&host, "read\nsleep\n");
	assert_int_equal(pamhost_sign_in(&host, "alice"),
	    PAM_AUTHINFO_UNAVAIL);
	assert_true(time(NULL) - start < 10);
	assert_false(endpoint_runs());
	assert_int_equal(waitpid(-1, NULL, __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

static void
endpoint_that_stays_is_killed(void **state)
{
	(void)state;
	need_root();
	pamhost_script(&host, "read\nframe 35 AccessDenied\nsleep\n");
	assert_int_equal(pamhost_sign_in(&host, "alice"), PAM_AUTH_ERR);
	assert_false(endpoint_runs());
	assert_int_equal(waitpid(-1, NULL, __WALL), -1);
}

static void
endpoint_that_dies_denies(void **state)
{
	(void)state;
	need_root();
	pamhost_script(&host, "abort\n");
	assert_int_equal(pamhost_sign_in(&host, "alice"),
	    PAM_AUTHINFO_UNAVAIL);
	pamhost_script(&host, "read\nframe 32 C: \nanswer\nabort\n");
	assert_int_equal(pamhost_sign_in(&host, "alice"),
	    PAM_AUTHINFO_UNAVAIL);
	pamhost_script(&host, INHERITED);
	assert_int_equal(pamhost_sign_in(&host, "alice"), PAM_SUCCESS);
}

static void
endpoint_that_is_missing_is_named(void **state)
{
	char path[128];

	(void)state;
	need_root();
	snprintf(path, sizeof(path), "%s/endpoint", host.folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(pamhost_sign_in(&host, "alice"),
	    PAM_AUTHINFO_UNAVAIL);
	(void)pamhost_log(&host);
	assert_line("ServiceUnavailable: no service listens on ");
	assert_line("/endpoint: No such file or directory");
}

static void
account_that_is_missing_or_root_denies(void **state)
{
	(void)state;
	need_root();
	pamhost_script(&host, INHERITED);
	setenv("MFA_TEST_ACCOUNT", "no-such-account", 1);
	assert_int_equal(pamhost_sign_in(&host, "alice"),
	    PAM_AUTHINFO_UNAVAIL);
	(void)pamhost_log(&host);
	assert_line("there is no account no-such-account; run \"awsmfa init\"");
	setenv("MFA_TEST_ACCOUNT", "root", 1);
	assert_int_equal(pamhost_sign_in(&host, "alice"),
	    PAM_AUTHINFO_UNAVAIL);
	assert_string_equal(pamhost_file(&host, "seen"), "");
}

static void
dead_socket_starts_one(void **state)
{
	(void)state;
	need_root();
	pamhost_listen(&host, 0);
	pamhost_unlisten(&host);
	pamhost_script(&host, INHERITED);
	assert_int_equal(pamhost_sign_in(&host, "alice"), PAM_SUCCESS);
	assert_fresh();
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(host_is_hostile),
		TEST(host_has_no_standard_descriptors),
		TEST(host_is_set_uid),
		TEST(host_has_many_descriptors),
		TEST(endpoint_that_hangs_is_killed),
		TEST(endpoint_that_stays_is_killed),
		TEST(endpoint_that_dies_denies),
		TEST(endpoint_that_is_missing_is_named),
		TEST(account_that_is_missing_or_root_denies),
		TEST(dead_socket_starts_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
