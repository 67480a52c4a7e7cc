/* The account and session phases, and what auth leaves for them. */
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pamtest.h"

#define LINES	"MODULE\naccount MODULE\nsession MODULE"
#define ENROLL	"MODULE unenrolled=enroll\naccount MODULE unenrolled=enroll\n" \
	"session MODULE unenrolled=enroll"
#define OK	"read\nframe 35 Success\n"
#define TICKET	"read\nframe 34 AWSMFA_TICKET=abc\nframe 35 Success\n"
#define DENIED	"read\nframe 35 AccessDenied\n"
#define PENDING	"read\nframe 35 EnrollmentPending\n"
#define FIELDS	"1 alice\n2 test\n3 10.0.0.5\n4 pts/7\n6 deny\n"

static int
setup(void **state)
{
	(void)state;
	pamhost_setup(&host, pamhost_account());
	pamhost_service(&host, LINES);
	host.answers[0] = "123456";
	host.answers[1] = "654321";
	/* Only root's applications have these phases. */
	if (geteuid() == 0)
		pamhost_listen(&host, 0);
	return 0;
}

/* Runs PHASES as alice, all against SCRIPT. */
static int
run(const char *phases, const char *script)
{
	pamhost_script(&host, script);
	return pamhost_run(&host, "alice", phases);
}

static void
each_phase_names_itself(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(run("c", OK), PAM_SUCCESS);
	assert_string_equal(pamhost_seen(&host), FIELDS "10 account\n8 \n");
	assert_int_equal(run("o", OK), PAM_SUCCESS);
	assert_string_equal(pamhost_seen(&host), FIELDS
	    "10 open_session\n8 \n");
	assert_int_equal(run("x", OK), PAM_SUCCESS);
	assert_string_equal(pamhost_seen(&host), FIELDS
	    "10 close_session\n8 \n");
	assert_int_equal(run("a", OK), PAM_SUCCESS);
	assert_string_equal(pamhost_seen(&host), FIELDS "8 \n");
}

static void
ticket_goes_from_auth_to_the_session_and_no_further(void **state)
{
	(void)state;
	need_root();
	host.scripts[0] = TICKET;
	host.scripts[1] = OK;
	assert_int_equal(run("ac", OK), PAM_SUCCESS);
	assert_string_equal(host.environment, "AWSMFA_TICKET=abc\n");
	assert_int_equal(run("aco", OK), PAM_SUCCESS);
	assert_string_equal(host.environment, "");
	assert_has(pamhost_seen(&host), FIELDS
	    "10 open_session\n11 abc\n8 \n");
	assert_int_equal(run("acox", OK), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), FIELDS "10 close_session\n8 \n");
	assert_string_equal(pamhost_log(&host), "");
}

/* Asked anew it could say nothing else. */
static void
account_right_after_auth_asks_no_one(void **state)
{
	(void)state;
	need_root();
	host.scripts[0] = TICKET;
	host.scripts[1] = DENIED;
	assert_int_equal(run("ac", ""), PAM_SUCCESS);
	assert_string_equal(pamhost_seen(&host), FIELDS "8 \n");
	/* Once. */
	assert_int_equal(run("acc", DENIED), PAM_PERM_DENIED);
	assert_has(pamhost_seen(&host), FIELDS "10 account\n11 abc\n8 \n");
}

static void
account_asks_where_auth_has_no_ticket_of_the_endpoints(void **state)
{
	(void)state;
	need_root();
	host.scripts[0] = OK;
	host.scripts[1] = DENIED;
	assert_int_equal(run("ac", ""), PAM_PERM_DENIED);
	assert_int_equal(host.codes[0], PAM_SUCCESS);
	host.preset = "AWSMFA_TICKET=abc";
	assert_int_equal(run("ac", ""), PAM_PERM_DENIED);
	host.scripts[0] = "read\nframe 34 AWSMFA_TICKET=abc\n"
			  "frame 35 AccessDenied\n";
	assert_int_equal(run("ac", ""), PAM_PERM_DENIED);
	assert_int_equal(host.codes[0], PAM_AUTH_ERR);
}

static void
account_asks_where_it_is_another_sign_in(void **state)
{
	(void)state;
	need_root();
	host.scripts[0] = TICKET;
	host.scripts[1] = DENIED;
	host.scripts[2] = DENIED;
	host.rename = "bob";
	assert_int_equal(run("ac", ""), PAM_PERM_DENIED);
	assert_has(pamhost_seen(&host), "1 bob\n");
	host.rename = NULL;
	host.reset = "AWSMFA_TICKET=abd";
	assert_int_equal(run("ac", ""), PAM_PERM_DENIED);
	assert_has(pamhost_seen(&host), "11 abd\n");
	host.reset = NULL;
	/* What the last auth has come to is what counts. */
	assert_int_equal(run("aac", ""), PAM_PERM_DENIED);
	assert_int_equal(host.codes[0], PAM_SUCCESS);
	assert_int_equal(host.codes[1], PAM_AUTH_ERR);
	/* A ticket is of the process that has it. */
	assert_int_equal(run("aC", ""), PAM_PERM_DENIED);
	assert_has(pamhost_seen(&host), "10 account\n11 abc\n8 \n");
}

static void
ticket_is_removed_whatever_the_session_phase_says(void **state)
{
	static const char *const scripts[] = { OK, TICKET, "",
		"read\nframe 35 Ignored\n", "read\nframe 35 AccessDenied\n",
		"read\nraw 00\n" };
	size_t i;

	(void)state;
	need_root();
	host.preset = "AWSMFA_TICKET=abc";
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		(void)run("o", scripts[i]);
		assert_string_equal(host.environment, "");
	}
	pamhost_service(&host, "session MODULE nonsense");
	assert_int_equal(run("o", OK), PAM_SERVICE_ERR);
	assert_string_equal(host.environment, "");
	pamhost_unlisten(&host);
	assert_int_equal(run("o", OK), PAM_SERVICE_ERR);
	assert_string_equal(host.environment, "");
}

static void
ticket_that_is_too_long_is_left_out(void **state)
{
	char preset[2000] = "AWSMFA_TICKET=";

	(void)state;
	need_root();
	memset(preset + 14, 'a', 1025);
	host.preset = preset;
	assert_int_equal(run("c", OK), PAM_SUCCESS);
	assert_lacks(pamhost_seen(&host), "11 ");
	assert_has(pamhost_log(&host), "pam_awsmfa(test:account): user "
	    "\"alice\": InvalidInput: AWSMFA_TICKET has more than 1024 octets");
	preset[14 + 1024] = '\0';
	assert_int_equal(run("c", OK), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "11 aaa");
}

/* Codes of each phase for what the endpoint, or nothing at all, says. */
static void
outcomes_are_codes_of_their_phase(void **state)
{
	static const struct {
		const char	*script;
		int		account;
		int		session;
	} cases[] = {
		{ OK, PAM_SUCCESS, PAM_SUCCESS },
		{ "read\nframe 35 AccessDenied\n", PAM_PERM_DENIED,
		    PAM_SESSION_ERR },
		{ "read\nframe 35 NotEnrolled\n", PAM_PERM_DENIED,
		    PAM_SESSION_ERR },
		{ "read\nframe 35 ServiceFailure\n", PAM_AUTHINFO_UNAVAIL,
		    PAM_SESSION_ERR },
		{ "read\nframe 35 EnrollmentPending\n", PAM_AUTHINFO_UNAVAIL,
		    PAM_SESSION_ERR },
		{ "read\nraw 00\n", PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR },
		{ "read\n", PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR },
		{ "", PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR },
		{ "read\nframe 35 Success\nframe 33 more\n",
		    PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR },
		{ "read\nframe 35 Ignored\nframe 33 more\n",
		    PAM_AUTHINFO_UNAVAIL, PAM_SESSION_ERR },
	};
	size_t i;

	(void)state;
	need_root();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (run("c", cases[i].script) != cases[i].account)
			fail_msg("account: %d for %s", host.codes[0],
			    cases[i].script);
		if (run("o", cases[i].script) != cases[i].session)
			fail_msg("session: %d for %s", host.codes[0],
			    cases[i].script);
		assert_int_equal(run("x", cases[i].script), PAM_SUCCESS);
	}
}

static void
no_endpoint_at_all_denies_but_at_the_end(void **state)
{
	(void)state;
	need_root();
	pamhost_unlisten(&host);
	assert_int_equal(run("c", OK), PAM_AUTHINFO_UNAVAIL);
	assert_has(pamhost_log(&host), "pam_awsmfa(test:account): user "
	    "\"alice\": ServiceUnavailable: ");
	assert_int_equal(run("o", OK), PAM_SESSION_ERR);
	assert_has(pamhost_log(&host), "pam_awsmfa(test:session): ");
	assert_int_equal(run("x", OK), PAM_SUCCESS);
	pamhost_service(&host, "account MODULE x\nsession MODULE x");
	assert_int_equal(run("c", OK), PAM_SERVICE_ERR);
	assert_int_equal(run("o", OK), PAM_SERVICE_ERR);
	assert_int_equal(run("x", OK), PAM_SUCCESS);
}

/* PAM_IGNORE leaves it to the line after it, and is not good on its own. */
static void
ignored_leaves_it_to_others(void **state)
{
	static const char script[] = "read\nframe 34 AWSMFA_A=1\n"
	    "frame 35 Ignored\n";

	(void)state;
	need_root();
	assert_int_equal(run("c", script), PAM_PERM_DENIED);
	pamhost_service(&host, "account MODULE\naccount pam_permit.so\n"
	    "session MODULE\nsession pam_permit.so");
	assert_int_equal(run("c", script), PAM_SUCCESS);
	assert_int_equal(run("o", script), PAM_SUCCESS);
	assert_string_equal(host.environment, "");
	assert_int_equal(run("c", "read\nframe 35 AccessDenied\n"),
	    PAM_PERM_DENIED);
	assert_int_equal(run("o", "read\nframe 35 AccessDenied\n"),
	    PAM_SESSION_ERR);
}

static void
ignored_is_no_outcome_of_auth(void **state)
{
	(void)state;
	need_root();
	pamhost_service(&host, "MODULE\npam_permit.so");
	assert_int_equal(run("a", "read\nframe 35 Ignored\n"),
	    PAM_AUTHINFO_UNAVAIL);
	assert_has(pamhost_log(&host), "an outcome that can't be");
}

static void
pending_enrolment_is_done_in_account(void **state)
{
	(void)state;
	need_root();
	pamhost_service(&host, ENROLL);
	host.flags = PAM_SILENT;
	host.scripts[0] = PENDING;
	host.scripts[1] = "read\nframe 33 Seed\nframe 32 Code 1: \nanswer\n"
	    "frame 32 Code 2: \nanswer\nframe 34 AWSMFA_TICKET=t\n"
	    "frame 35 Success\n";
	assert_int_equal(run("ac", ""), PAM_SUCCESS);
	assert_int_equal(host.codes[0], PAM_SUCCESS);
	assert_string_equal(host.shown,
	    "info: Seed\noff: Code 1: \noff: Code 2: \n");
	assert_string_equal(host.environment, "AWSMFA_TICKET=t\n");
	assert_has(pamhost_seen(&host), "6 enroll\n10 account\n13 1\n8 \n"
	    "9 123456\n9 654321\n");
	/* Once: a second time there is nothing to do. */
	host.scripts[2] = OK;
	assert_int_equal(run("acc", ""), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "10 account\n11 t\n8 \n");
}

static void
pending_needs_the_argument(void **state)
{
	static const char *const lines[] = { "MODULE",
		"MODULE unenrolled=deny", "MODULE unenrolled=allow",
		"MODULE enroll_by=2030-01-01" };
	size_t i;

	(void)state;
	need_root();
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		pamhost_service(&host, lines[i]);
		assert_int_equal(run("a", PENDING), PAM_AUTHINFO_UNAVAIL);
		assert_has(pamhost_log(&host), "an outcome that can't be");
	}
	pamhost_service(&host, "MODULE unenrolled=enroll-open");
	assert_int_equal(run("a", PENDING), PAM_SUCCESS);
	/* The endpoint's last word, or none. */
	assert_int_equal(run("a", "read\nframe 35 EnrollmentPending\n"
	    "frame 33 more\n"), PAM_AUTHINFO_UNAVAIL);
}

/* No one enrols as another, nor for a sign-in that came to something else. */
static void
pending_is_of_one_user_and_one_sign_in(void **state)
{
	(void)state;
	need_root();
	pamhost_service(&host, ENROLL);
	host.scripts[0] = PENDING;
	host.scripts[1] = OK;
	host.rename = "bob";
	assert_int_equal(run("ac", ""), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "1 bob\n");
	assert_lacks(host.text, "13 1\n");
	host.rename = NULL;
	host.scripts[1] = "read\nframe 35 AccessDenied\n";
	host.scripts[2] = OK;
	assert_int_equal(run("aac", ""), PAM_SUCCESS);
	assert_int_equal(host.codes[1], PAM_AUTH_ERR);
	assert_lacks(pamhost_seen(&host), "13 1\n");
}

static void
session_shows_notices_and_asks_nothing(void **state)
{
	static const char notice[] = "read\nframe 33 2 failed\n"
	    "frame 35 Success\n";

	(void)state;
	need_root();
	assert_int_equal(run("o", notice), PAM_SUCCESS);
	assert_string_equal(host.shown, "info: 2 failed\n");
	host.flags = PAM_SILENT;
	assert_int_equal(run("o", notice), PAM_SUCCESS);
	assert_string_equal(host.shown, "");
	host.flags = 0;
	assert_int_equal(run("o", "read\nframe 32 Code: \nanswer\n"
	    "frame 35 Success\n"), PAM_SESSION_ERR);
	assert_string_equal(host.shown, "");
	assert_int_equal(run("o", "read\nframe 37 30\nframe 35 Success\n"),
	    PAM_SESSION_ERR);
}

/* What is typed in account is no password, wherever it comes from. */
static void
account_asks_the_person_alone(void **state)
{
	(void)state;
	need_root();
	pamhost_service(&host, "AUTHTOK set 111222\n"
	    "MODULE use_first_pass forward_pass echo unenrolled=enroll\n"
	    "account MODULE use_first_pass forward_pass echo unenrolled=enroll");
	host.scripts[0] = PENDING;
	host.scripts[1] = "read\nframe 32 Code: \nanswer\nframe 35 Success\n";
	assert_int_equal(run("ac", ""), PAM_SUCCESS);
	assert_string_equal(host.shown, "off: Code: \n");
	assert_has(pamhost_seen(&host), "10 account\n13 1\n8 \n9 123456\n");
}

static void
new_arguments_reach_the_endpoint(void **state)
{
	(void)state;
	need_root();
	pamhost_service(&host, "MODULE unenrolled=enroll-open "
	    "enroll_by=2028-02-29 manual\naccount MODULE enroll_by=2030-12-31");
	assert_int_equal(run("ac", OK), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "6 enroll-open\n14 2028-02-29\n"
	    "15 1\n8 \n");
	assert_has(host.text, "6 deny\n10 account\n14 2030-12-31\n8 \n");
}

static void
new_arguments_that_are_wrong_are_service_errors(void **state)
{
	static const char *const lines[] = {
		"MODULE unenrolled=Enroll", "MODULE unenrolled=enroll_open",
		"MODULE enroll_by", "MODULE enroll_by=",
		"MODULE enroll_by=2026-02-29", "MODULE enroll_by=2026-1-1",
		"MODULE enroll_by=22.11.2026", "MODULE enroll_by=tomorrow",
		"MODULE enroll_by=2026-01-01 enroll_by=2026-01-01",
		"MODULE enroll_by=2026-01-01 unenrolled=allow",
		"MODULE unenrolled=allow enroll_by=2026-01-01",
		"MODULE manual=1", "MODULE manual manual",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		pamhost_service(&host, lines[i]);
		if (run("a", OK) != PAM_SERVICE_ERR)
			fail_msg("%s", lines[i]);
		assert_has(pamhost_log(&host), "InvalidConfiguration: ");
	}
}

static void
keys_of_sshd_are_told_by_its_services_alone(void **state)
{
	static const struct {
		const char	*service;
		bool		told;
	} cases[] = {
		{ "sshd", true }, { "sshd-2", true }, { "xsshd", false },
		{ "test", false },
	};
	size_t i;

	(void)state;
	need_root();
	host.preset = "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA\npassword\n";
	(void)setenv("SSH_AUTH_INFO_0", "publickey of whoever started it", 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		host.service = cases[i].service;
		pamhost_service(&host, LINES);
		assert_int_equal(run("aco", OK), PAM_SUCCESS);
		(void)pamhost_seen(&host);
		if (!cases[i].told) {
			assert_lacks(host.text, "publickey");
			continue;
		}
		assert_has(host.text, "6 deny\n12 publickey ssh-ed25519 AAAA\n"
		    "password\n\n8 \n");
		assert_has(host.text, "10 account\n12 publickey");
		assert_has(host.text, "10 open_session\n12 publickey");
		assert_int_equal(run("x", OK), PAM_SUCCESS);
		assert_lacks(pamhost_seen(&host), "publickey");
	}
	host.preset = NULL;
	host.service = "sshd";
	assert_int_equal(run("aco", OK), PAM_SUCCESS);
	assert_lacks(pamhost_seen(&host), "publickey");
	(void)unsetenv("SSH_AUTH_INFO_0");
}

static void
keys_of_sshd_that_are_too_many_are_left_out(void **state)
{
	static char preset[20000] = "SSH_AUTH_INFO_0=";
	const size_t prefix = strlen(preset), most = 16 * 1024;

	(void)state;
	need_root();
	memset(preset + prefix, 'k', most + 1);
	host.preset = preset;
	host.service = "sshd";
	pamhost_service(&host, LINES);
	assert_int_equal(run("a", OK), PAM_SUCCESS);
	assert_lacks(pamhost_seen(&host), "kkk");
	assert_has(pamhost_log(&host), "SSH_AUTH_INFO_0 has more than 16384");
	preset[prefix + most] = '\0';
	assert_int_equal(run("a", OK), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "kkk");
	assert_string_equal(pamhost_log(&host), "");
}

/* BECOME makes a child the application; the code of PHASES there. */
static int
run_as(uid_t real, uid_t effective, uid_t saved, const char *phases)
{
	int status;
	pid_t pid;

	pamhost_script(&host, "read\nframe 32 C: \nanswer\nframe 35 Success\n");
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		if (geteuid() == 0 && setresuid(real, effective, saved) != 0)
			_exit(99);
		_exit(pamhost_run(&host, "alice", phases));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A screen locker. */
static void
ordinary_users_sign_in_by_their_own_socket(void **state)
{
	(void)state;
	pamhost_unlisten(&host);
	pamhost_listen_users(&host, geteuid());
	assert_int_equal(run_as(12345, 12345, 12345, "a"), PAM_SUCCESS);
	assert_string_equal(pamhost_seen(&host), FIELDS "8 \n9 123456\n");
	if (geteuid() != 0)
		return;
	/* Not by root's, whatever it is that listens there. */
	pamhost_unlisten(&host);
	pamhost_listen(&host, geteuid());
	assert_int_equal(run_as(12345, 12345, 12345, "a"),
	    PAM_AUTHINFO_UNAVAIL);
	assert_string_equal(pamhost_seen(&host), "");
	assert_has(pamhost_log(&host), "ServiceUnavailable: no service listens "
	    "on /tmp/pamhost-");
	assert_has(host.text, "/user.sock, and only root can do without");
}

static void
strangers_in_place_of_the_users_endpoint_are_refused(void **state)
{
	(void)state;
	need_root();
	pamhost_unlisten(&host);
	pamhost_teardown(&host);
	pamhost_setup(&host, "bin");
	pamhost_listen_users(&host, 1);
	assert_int_equal(run_as(12345, 12345, 12345, "a"), PAM_AUTH_ERR);
	assert_has(pamhost_log(&host), "AccessDenied: uid 1 listens on ");
}

/* One-shot endpoints are root's to start. */
static void
ordinary_users_start_no_endpoint(void **state)
{
	(void)state;
	pamhost_unlisten(&host);
	pamhost_install(&host);
	assert_int_equal(run_as(12345, 12345, 12345, "a"),
	    PAM_AUTHINFO_UNAVAIL);
	assert_string_equal(pamhost_seen(&host), "");
}

static void
other_phases_of_ordinary_users_are_ignored(void **state)
{
	(void)state;
	pamhost_service(&host, "account MODULE\naccount pam_permit.so\n"
	    "session MODULE\nsession pam_permit.so");
	assert_int_equal(run_as(12345, 12345, 12345, "c"), PAM_SUCCESS);
	assert_int_equal(run_as(12345, 12345, 12345, "o"), PAM_SUCCESS);
	assert_int_equal(run_as(12345, 12345, 12345, "x"), PAM_SUCCESS);
	assert_string_equal(pamhost_seen(&host), "");
	assert_string_equal(pamhost_log(&host), "");
}

static void
root_that_is_put_aside_denies(void **state)
{
	(void)state;
	need_root();
	pamhost_service(&host, "account MODULE\naccount pam_permit.so\n"
	    "session MODULE\nsession pam_permit.so");
	assert_int_equal(run_as(0, 12345, 12345, "c"), PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(run_as(12345, 12345, 0, "o"), PAM_SESSION_ERR);
	assert_has(pamhost_log(&host), "has another effective uid now");
	assert_int_equal(run_as(12345, 12345, 0, "x"), PAM_SUCCESS);
	assert_string_equal(pamhost_seen(&host), "");
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, pamtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_phase_names_itself),
		TEST(ticket_goes_from_auth_to_the_session_and_no_further),
		TEST(account_right_after_auth_asks_no_one),
		TEST(account_asks_where_auth_has_no_ticket_of_the_endpoints),
		TEST(account_asks_where_it_is_another_sign_in),
		TEST(ticket_is_removed_whatever_the_session_phase_says),
		TEST(ticket_that_is_too_long_is_left_out),
		TEST(outcomes_are_codes_of_their_phase),
		TEST(no_endpoint_at_all_denies_but_at_the_end),
		TEST(ignored_leaves_it_to_others),
		TEST(ignored_is_no_outcome_of_auth),
		TEST(pending_enrolment_is_done_in_account),
		TEST(pending_needs_the_argument),
		TEST(pending_is_of_one_user_and_one_sign_in),
		TEST(session_shows_notices_and_asks_nothing),
		TEST(account_asks_the_person_alone),
		TEST(new_arguments_reach_the_endpoint),
		TEST(new_arguments_that_are_wrong_are_service_errors),
		TEST(keys_of_sshd_are_told_by_its_services_alone),
		TEST(keys_of_sshd_that_are_too_many_are_left_out),
		TEST(ordinary_users_sign_in_by_their_own_socket),
		TEST(strangers_in_place_of_the_users_endpoint_are_refused),
		TEST(ordinary_users_start_no_endpoint),
		TEST(other_phases_of_ordinary_users_are_ignored),
		TEST(root_that_is_put_aside_denies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
