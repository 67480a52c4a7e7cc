/* What a person and an endpoint see of the module, right and wrong. */
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pamtest.h"

#define GOOD	"read\nframe 32 MFA code: \nanswer\nframe 35 Success\n"

static void
right_code_signs_in(void **state)
{
	(void)state;
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_string_equal(host.shown, "off: MFA code: \n");
	assert_string_equal(pamhost_seen(&host), "1 alice\n2 test\n"
	    "3 10.0.0.5\n4 pts/7\n6 deny\n8 \n9 123456\n");
	assert_string_equal(pamhost_log(&host), "");
}

static void
arguments_reach_the_endpoint(void **state)
{
	(void)state;
	pamhost_service(&host, "MODULE conf=/etc/awsmfa/other.conf "
	    "unenrolled=allow [prompt=Code please: ] echo");
	assert_int_equal(sign_in("read\nframe 32 Asked: \nanswer\n"
	    "frame 35 Success\n"), PAM_SUCCESS);
	assert_string_equal(host.shown, "on: Asked: \n");
	assert_string_equal(pamhost_seen(&host), "1 alice\n2 test\n"
	    "3 10.0.0.5\n4 pts/7\n5 /etc/awsmfa/other.conf\n6 allow\n"
	    "7 Code please: \n8 \n9 123456\n");
}

static void
outcome_without_a_prompt_signs_in(void **state)
{
	(void)state;
	assert_int_equal(sign_in("read\nframe 35 Success\n"), PAM_SUCCESS);
	assert_string_equal(host.shown, "");
}

static void
messages_are_shown_and_environment_is_set(void **state)
{
	const char *script = "read\nframe 33 Hello\nframe 34 AWSMFA_A=1\n"
	    "frame 32 Code: \nanswer\nframe 34 AWSMFA_DEVICE=GAHT1 x=y\n"
	    "frame 33 Bye\nframe 35 Success\n";

	(void)state;
	assert_int_equal(sign_in(script), PAM_SUCCESS);
	assert_string_equal(host.shown, "info: Hello\noff: Code: \ninfo: Bye\n");
	assert_string_equal(host.environment,
	    "AWSMFA_A=1\nAWSMFA_DEVICE=GAHT1 x=y\n");
	host.flags = PAM_SILENT;
	assert_int_equal(sign_in(script), PAM_SUCCESS);
	assert_string_equal(host.shown, "off: Code: \n");
}

static void
denials_deny_and_set_no_environment(void **state)
{
	static const struct {
		const char	*outcome;
		int		code;
	} cases[] = {
		{ "InvalidAuthenticationCode", PAM_AUTH_ERR },
		{ "AccessDenied", PAM_AUTH_ERR },
		{ "NotEnrolled", PAM_AUTH_ERR },
		{ "Throttling", PAM_AUTH_ERR },
		{ "NoSuchEntity", PAM_AUTH_ERR },
		{ "LimitExceeded", PAM_AUTH_ERR },
		{ "ServiceFailure", PAM_AUTHINFO_UNAVAIL },
		{ "ServiceUnavailable", PAM_AUTHINFO_UNAVAIL },
		{ "InvalidConfiguration", PAM_AUTHINFO_UNAVAIL },
		{ "RequestAborted", PAM_CONV_ERR },
	};
	char script[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(script, sizeof(script), "read\nframe 32 C: \nanswer\n"
		    "frame 34 AWSMFA_A=1\nframe 35 %s\n", cases[i].outcome);
		assert_int_equal(sign_in(script), cases[i].code);
		assert_string_equal(host.environment, "");
		/* The endpoint has logged it. */
		assert_string_equal(pamhost_log(&host), "");
	}
}

static void
debug_logs_what_the_endpoint_decided(void **state)
{
	(void)state;
	pamhost_service(&host, "MODULE debug");
	assert_int_equal(sign_in("read\nframe 35 AccessDenied\n"),
	    PAM_AUTH_ERR);
	assert_has(pamhost_log(&host),
	    "pam_awsmfa(test:auth): user \"alice\": AccessDenied: ");
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_has(pamhost_log(&host), "user \"alice\": Success");
	assert_null(strstr(host.text, "123456"));
}

static void
name_that_was_typed_is_one_word_of_a_line_in_the_log(void **state)
{
	char name[257];

	(void)state;
	pamhost_service(&host, "MODULE debug");
	pamhost_script(&host, "read\nframe 35 AccessDenied\n");
	assert_int_equal(pamhost_sign_in(&host, "x\": Success: \"y"),
	    PAM_AUTH_ERR);
	assert_has(pamhost_log(&host),
	    "user \"x': Success: 'y\": AccessDenied: ");
	/* One that takes four times its room as it is shown. */
	memset(name, '\n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	pamhost_script(&host, "read\nframe 35 AccessDenied\n");
	assert_int_equal(pamhost_sign_in(&host, name), PAM_AUTH_ERR);
	assert_has(pamhost_log(&host), "\": AccessDenied: ");
}

static void
breaches_deny_with_a_line_in_the_log(void **state)
{
	static const char *const scripts[] = {
		"read\n",					/* closes */
		"",
		"read\nabort\n",
		"read\nframe 32 C: \nanswer\n",
		"read\nframe 32 C: \nanswer\nabort\n",
		"read\nversion\n",
		"read\nraw 00\n",
		"read\nraw ffffffffffffffff\n",
		"read\nraw 01230000\n",				/* half a header */
		"read\nraw 0123000100000000\n",			/* reserved */
		"read\nraw 01230000000000075375636300657373\n",	/* a NUL */
		"read\nclaim 32 16777216\n",
		"read\nclaim 35 4294967295\n",
		"read\nclaim 35 7\n",
		"read\nframe 38 x\n",
		"read\nframe 100 x\n",
		"read\nframe 0 x\n",
		"read\nframe 1 root\n",
		"read\nframe 9 123456\n",
		"read\nframe 65 {}\n",
		"read\nframe 66 {}\n",
		"read\nframe 96 x\n",
		"read\nframe 97 1234\n",
		"read\nframe 98 x\n",
		"read\nframe 99 x\n",
		"read\nframe 34 PATH=/tmp\nframe 35 Success\n",
		"read\nframe 34 LD_PRELOAD=/x\nframe 35 Success\n",
		"read\nframe 34 AWSMFA_\nframe 35 Success\n",
		"read\nframe 34 AWSMFA_A\nframe 35 Success\n",
		"read\nframe 34 AWSMFA_a=1\nframe 35 Success\n",
		"read\nframe 34 XAWSMFA_A=1\nframe 35 Success\n",
		"read\nframe 34 AWSMFA_A=\x01\nframe 35 Success\n",
		"read\nframe 32 C: \nframe 32 D: \nframe 35 Success\n",
		"read\nframe 35 Success\nframe 35 AccessDenied\n",
		"read\nframe 35 Success\nframe 35 Success\n",
		"read\nframe 35 Success\nframe 33 and more\n",
		"read\nframe 35 Success\nraw 00\n",
		"read\nframe 35 success\n",
		"read\nframe 35 Success \n",
		"read\nframe 35 Successful\n",
		"read\nframe 35\n",
		"read\nflood 33 wait\n",
		"read\nflood 34 AWSMFA_A=1\n",
	};
	size_t i;
	int code;

	(void)state;
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		code = sign_in(scripts[i]);
		if (code != PAM_AUTHINFO_UNAVAIL)
			fail_msg("%d for: %s", code, scripts[i]);
		assert_string_equal(host.environment, "");
		assert_has(pamhost_log(&host), "user \"alice\": Service");
	}
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
}

/* Not wanted, and not kept: the test of the host looks for descriptors. */
static void
passed_descriptor_is_dropped(void **state)
{
	int before, after;

	(void)state;
	before = dup(0);
	close(before);
	assert_int_equal(sign_in("read\ndescriptor\n"), PAM_SUCCESS);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

/* Each in a process of its own, as each takes its six seconds. */
static void
hang_denies_within_ten_seconds(void **state)
{
	static const char *const scripts[] = {
		"sleep\n",
		"read\nsleep\n",
		"read\nframe 33 wait\nsleep\n",
		"read\nraw 0120\nsleep\n",
		"read\ndribble\n",
		"read\nframe 32 C: \nsleep\n",
		"read\nframe 32 C: \nanswer\nsleep\n",
		"read\nframe 32 C: \nanswer\nclaim 35 7\nsleep\n",
		"read\nframe 32 C: \nanswer\nframe 35 Success\nsleep\n",
	};
	const size_t count = sizeof(scripts) / sizeof(scripts[0]);
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < count; i++) {
		time_t start;

		/* The script is read when the endpoint is asked. */
		pamhost_script(&host, scripts[i]);
		if (fork() == 0) {
			start = time(NULL);
			if (pamhost_sign_in(&host, "alice") !=
			    PAM_AUTHINFO_UNAVAIL)
				_exit(1);
			_exit(time(NULL) - start > 9 ? 2 : 0);
		}
		assert_true(pamhost_begun(&host, 20000));
	}
	for (i = 0; i < count; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_has(pamhost_log(&host), "user \"alice\": ServiceUnavailable: ");
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
}

static void
answers_that_are_none_deny(void **state)
{
	char longest[600];

	(void)state;
	memset(longest, '1', sizeof(longest));
	longest[512] = '\0';
	host.answers[0] = NULL;
	assert_int_equal(sign_in(GOOD), PAM_CONV_ERR);
	assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
	host.answers[0] = "";
	assert_int_equal(sign_in(GOOD), PAM_AUTH_ERR);
	assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
	host.answers[0] = longest;
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	longest[512] = '1';
	longest[513] = '\0';
	assert_int_equal(sign_in(GOOD), PAM_AUTH_ERR);
	assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
	host.answers[0] = "123456";
	host.answer_codes[0] = PAM_CONV_ERR;
	assert_int_equal(sign_in(GOOD), PAM_CONV_ERR);
	host.answer_codes[0] = PAM_CONV_AGAIN;
	assert_int_equal(sign_in(GOOD), PAM_CONV_ERR);
	host.no_conversation = true;
	assert_int_equal(sign_in(GOOD), PAM_CONV_ERR);
}

static void
bad_arguments_are_service_errors(void **state)
{
	static const char *const lines[] = {
		"MODULE nullok", "MODULE Debug", "MODULE debug=1",
		"MODULE debug debug", "MODULE conf", "MODULE conf=",
		"MODULE conf=awsmfa.conf", "MODULE unenrolled",
		"MODULE unenrolled=yes", "MODULE unenrolled=", "MODULE prompt",
		"MODULE prompt=", "MODULE echo=yes", "MODULE use_first_pass=1",
		"MODULE use_first_pass try_first_pass",
		"MODULE try_first_pass use_first_pass",
		"MODULE forward_pass=", "MODULE forward_pass=7",
		"MODULE forward_pass=66", "MODULE forward", "MODULE =",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		pamhost_service(&host, lines[i]);
		if (sign_in("read\nframe 35 Success\n") != PAM_SERVICE_ERR)
			fail_msg("%s", lines[i]);
		assert_has(pamhost_log(&host), "InvalidConfiguration: ");
		assert_string_equal(pamhost_file(&host, "seen"), "");
	}
}

static void
names_are_refused_or_asked_for(void **state)
{
	char name[10001];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	pamhost_script(&host, GOOD);
	assert_int_equal(pamhost_sign_in(&host, name), PAM_AUTH_ERR);
	assert_has(pamhost_log(&host), "InvalidInput: ");
	assert_string_equal(pamhost_seen(&host), "");
	assert_int_equal(pamhost_sign_in(&host, ""), PAM_AUTH_ERR);
	name[1024] = '\0';
	assert_int_equal(pamhost_sign_in(&host, name), PAM_SUCCESS);

	host.answers[0] = "bob";
	assert_int_equal(pamhost_sign_in(&host, NULL), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "1 bob\n");
	host.answers[0] = NULL;
	assert_true(pamhost_sign_in(&host, NULL) != PAM_SUCCESS);
}

static void
log_lines_are_one_line_each(void **state)
{
	(void)state;
	pamhost_script(&host, "read\n");
	assert_int_equal(pamhost_sign_in(&host, "a\nb\033[2J\xff"),
	    PAM_AUTHINFO_UNAVAIL);
	assert_has(pamhost_log(&host), "<83>pam_awsmfa[");
	assert_has(host.text, "]: pam_awsmfa(test:auth): user "
	    "\"a\\x0ab\\x1b[2J\\xff\": ServiceUnavailable: ");
}

static void
use_first_pass_never_asks(void **state)
{
	(void)state;
	pamhost_service(&host, "AUTHTOK set 123456\nMODULE use_first_pass");
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_string_equal(host.shown, "");
	assert_has(pamhost_seen(&host), "9 123456\n");
	pamhost_service(&host, "MODULE use_first_pass");
	assert_int_equal(sign_in(GOOD), PAM_AUTH_ERR);
	assert_string_equal(host.shown, "");
	assert_has(pamhost_log(&host), "no module before this one");
	/* Who is let in without a code needs none. */
	assert_int_equal(sign_in("read\nframe 35 Success\n"), PAM_SUCCESS);
}

static void
try_first_pass_asks_when_it_must(void **state)
{
	(void)state;
	pamhost_service(&host, "AUTHTOK set 111222\nMODULE try_first_pass");
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_string_equal(host.shown, "");
	assert_has(pamhost_seen(&host), "9 111222\n");

	assert_int_equal(sign_in("read\nframe 32 C: \nanswer\nframe 33 No.\n"
	    "frame 35 AccessDenied\n"), PAM_AUTH_ERR);
	assert_string_equal(host.shown, "off: C: \ninfo: No.\n");
	assert_has(pamhost_seen(&host), "9 111222\n");
	assert_has(host.text, "9 123456\n");

	/* No second one where the endpoint is in trouble. */
	assert_int_equal(sign_in("read\nframe 32 C: \nanswer\n"
	    "frame 35 ServiceFailure\n"), PAM_AUTHINFO_UNAVAIL);
	assert_string_equal(host.shown, "");

	pamhost_service(&host, "AUTHTOK set pass123456\nMODULE try_first_pass");
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_string_equal(host.shown, "off: MFA code: \n");
	assert_null(strstr(pamhost_seen(&host), "pass"));
	pamhost_service(&host, "MODULE try_first_pass");
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_string_equal(host.shown, "off: MFA code: \n");
}

static void
forward_pass_splits_one_field(void **state)
{
	(void)state;
	pamhost_service(&host, "MODULE forward_pass\nAUTHTOK keep KEPT");
	host.answers[0] = "correct horse 9876543210";
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "7 Password & MFA code: \n8 \n"
	    "9 543210\n");
	assert_string_equal(pamhost_file(&host, "authtok"),
	    "correct horse 9876");

	/* Wrong code or not: the module after this one does the same work. */
	assert_int_equal(sign_in("read\nframe 32 C: \nanswer\n"
	    "frame 35 AccessDenied\n"), PAM_AUTH_ERR);
	assert_string_equal(pamhost_file(&host, "authtok"),
	    "correct horse 9876");

	host.answers[0] = "123456";
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_string_equal(pamhost_file(&host, "authtok"), "(none)");
	host.answers[0] = "password12345";
	assert_int_equal(sign_in(GOOD), PAM_AUTH_ERR);
	assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
	assert_string_equal(pamhost_file(&host, "authtok"), "(none)");

	pamhost_service(&host, "MODULE forward_pass=8 prompt=Both:\n"
	    "AUTHTOK keep KEPT");
	host.answers[0] = "pw12345678";
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "7 Both:\n8 \n9 12345678\n");
	assert_string_equal(pamhost_file(&host, "authtok"), "pw");
}

static void
forward_pass_splits_what_is_there(void **state)
{
	(void)state;
	pamhost_service(&host, "AUTHTOK set pw123456\n"
	    "MODULE use_first_pass forward_pass\nAUTHTOK keep KEPT");
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_string_equal(host.shown, "");
	assert_has(pamhost_seen(&host), "9 123456\n");
	assert_string_equal(pamhost_file(&host, "authtok"), "pw");
	/* Without a prompt there is nothing to split. */
	assert_int_equal(sign_in("read\nframe 35 Success\n"), PAM_SUCCESS);
	assert_string_equal(pamhost_file(&host, "authtok"), "pw123456");

	pamhost_service(&host, "AUTHTOK set pw\n"
	    "MODULE try_first_pass forward_pass\nAUTHTOK keep KEPT");
	host.answers[0] = "other654321";
	assert_int_equal(sign_in(GOOD), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "9 654321\n");
	assert_string_equal(pamhost_file(&host, "authtok"), "other");
}

static void
stranger_in_the_endpoints_place_is_refused(void **state)
{
	(void)state;
	pamhost_unlisten(&host);
	pamhost_teardown(&host);
	/* The listener's uid is neither root's nor the account's. */
	pamhost_setup(&host, "bin");
	pamhost_listen(&host, geteuid() == 0 ? 1 : geteuid());
	assert_int_equal(sign_in(GOOD), PAM_AUTH_ERR);
	assert_has(pamhost_log(&host), "user \"alice\": AccessDenied: uid ");
	assert_string_equal(pamhost_seen(&host), "end RequestAborted\n");
	setenv("MFA_TEST_ACCOUNT", "no-such-account", 1);
	assert_int_equal(sign_in(GOOD), PAM_AUTH_ERR);
}

static void
no_endpoint_at_all_denies(void **state)
{
	(void)state;
	pamhost_unlisten(&host);
	assert_int_equal(sign_in(GOOD), PAM_AUTHINFO_UNAVAIL);
	assert_has(pamhost_log(&host),
	    "user \"alice\": ServiceUnavailable: no service listens on ");
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, pamtest_setup, \
	pamtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(right_code_signs_in),
		TEST(arguments_reach_the_endpoint),
		TEST(outcome_without_a_prompt_signs_in),
		TEST(messages_are_shown_and_environment_is_set),
		TEST(denials_deny_and_set_no_environment),
		TEST(debug_logs_what_the_endpoint_decided),
		TEST(name_that_was_typed_is_one_word_of_a_line_in_the_log),
		TEST(breaches_deny_with_a_line_in_the_log),
		TEST(passed_descriptor_is_dropped),
		TEST(hang_denies_within_ten_seconds),
		TEST(answers_that_are_none_deny),
		TEST(bad_arguments_are_service_errors),
		TEST(names_are_refused_or_asked_for),
		TEST(log_lines_are_one_line_each),
		TEST(use_first_pass_never_asks),
		TEST(try_first_pass_asks_when_it_must),
		TEST(forward_pass_splits_one_field),
		TEST(forward_pass_splits_what_is_there),
		TEST(stranger_in_the_endpoints_place_is_refused),
		TEST(no_endpoint_at_all_denies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
