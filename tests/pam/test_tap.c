/* Sign-ins in which a security key is asked for: more prompts, and waits. */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pamtest.h"
#include "wire/frame.h"

#define TAP	"read\nframe 33 Tap\nframe 37 30\npause 2\nframe 35 Success\n"
#define EITHER	"read\nframe 36 Code, or Enter: \nanswer\nframe 33 Tap\n" \
	"frame 37 30\npause 2\nframe 35 Success\n"
#define PIN	"read\nframe 33 Tap\nframe 37 30\nframe 32 PIN: \nanswer\n" \
	"frame 37 30\nframe 33 Again\nframe 35 Success\n"
#define CODE_AND_PIN	"read\nframe 32 C: \nanswer\nframe 32 PIN: \nanswer\n" \
	"frame 35 Success\n"

static volatile sig_atomic_t signals;

static void
empty_answer_to_an_optional_prompt_is_sent(void **state)
{
	(void)state;
	host.answers[0] = "";
	assert_int_equal(sign_in(EITHER), PAM_SUCCESS);
	assert_string_equal(host.shown, "off: Code, or Enter: \ninfo: Tap\n");
	assert_has(pamhost_seen(&host), "8 \n9 \n");
	host.answers[0] = "123456";
	assert_int_equal(sign_in(EITHER), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "8 \n9 123456\n");
}

static void
no_answer_to_an_optional_prompt_denies(void **state)
{
	char longest[514];

	(void)state;
	host.answers[0] = NULL;
	assert_int_equal(sign_in(EITHER), PAM_CONV_ERR);
	assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
	host.answers[0] = "";
	host.answer_codes[0] = PAM_CONV_ERR;
	assert_int_equal(sign_in(EITHER), PAM_CONV_ERR);
	assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
	host.answer_codes[0] = PAM_SUCCESS;
	host.no_conversation = true;
	assert_int_equal(sign_in(EITHER), PAM_CONV_ERR);
	host.no_conversation = false;
	memset(longest, '1', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	host.answers[0] = longest;
	assert_int_equal(sign_in(EITHER), PAM_AUTH_ERR);
	assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
}

static void
later_prompts_are_asked_with_what_was_said_before(void **state)
{
	(void)state;
	host.answers[0] = "";
	host.answers[1] = "1111";
	host.answers[2] = "123456";
	assert_int_equal(sign_in("read\nframe 36 C: \nanswer\nframe 33 Tap\n"
	    "frame 37 30\nframe 32 PIN: \nanswer\nframe 37 30\n"
	    "frame 33 No key\nframe 32 Code: \nanswer\nframe 35 Success\n"),
	    PAM_SUCCESS);
	assert_string_equal(host.shown, "off: C: \ninfo: Tap\noff: PIN: \n"
	    "info: No key\noff: Code: \n");
	assert_has(pamhost_seen(&host), "8 \n9 \n9 1111\n9 123456\n");

	/* A PIN is not optional. */
	host.answers[1] = "";
	assert_int_equal(sign_in(EITHER), PAM_SUCCESS);
	host.answers[0] = "";
	assert_int_equal(sign_in(PIN), PAM_AUTH_ERR);
	host.answers[0] = NULL;
	assert_int_equal(sign_in(PIN), PAM_CONV_ERR);
}

static void
seventeenth_prompt_denies(void **state)
{
	static const char *const kinds[] = { "32", "36" };
	char script[1024];
	size_t i, k, len;

	(void)state;
	for (i = 0; i < PAMHOST_ANSWERS; i++)
		host.answers[i] = "123456";
	for (k = 0; k < 2; k++) {
		strcpy(script, "read\n");
		for (i = 0; i < WIRE_PROMPTS_MAX; i++) {
			len = strlen(script);
			snprintf(script + len, sizeof(script) - len,
			    "frame %s C: \nanswer\n", kinds[k]);
		}
		len = strlen(script);
		strcpy(script + len, "frame 35 Success\n");
		assert_int_equal(sign_in(script), PAM_SUCCESS);
		assert_int_equal(host.asked, 16);
		strcpy(script + len, "frame 32 C: \nanswer\nframe 35 Success\n");
		assert_int_equal(sign_in(script), PAM_AUTHINFO_UNAVAIL);
		assert_int_equal(host.asked, 16);
		assert_has(pamhost_log(&host), "ServiceFailure: ");
	}
}

static void
waits_that_are_none_deny(void **state)
{
	static const char *const texts[] = { "", " 0", " 301", " x", " 5x",
		"  5", " 5 ", " +5", " -5", " 05", " 1.5", " 0x10", " 5\t",
		" 18446744073709551621", " 4294967301", " 99999999999999999999",
	};
	char script[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(script, sizeof(script),
		    "read\nframe 37%s\nframe 35 Success\n", texts[i]);
		if (sign_in(script) != PAM_AUTHINFO_UNAVAIL)
			fail_msg("%s", script);
		assert_has(pamhost_log(&host), "ServiceFailure: ");
	}
	assert_int_equal(sign_in("read\nframe 37 1\nframe 35 Success\n"),
	    PAM_SUCCESS);
	assert_int_equal(sign_in("read\nframe 37 300\nframe 35 Success\n"),
	    PAM_SUCCESS);
	/* The protocol's order holds after a wait too. */
	assert_int_equal(sign_in("read\nframe 37 9\nframe 9 1\n"),
	    PAM_AUTHINFO_UNAVAIL);
	assert_int_equal(sign_in("read\nflood 37 1\n"), PAM_AUTHINFO_UNAVAIL);
}

/* Each in a process of its own, as each takes its seconds. */
static void
wait_is_as_long_as_it_was_said(void **state)
{
	static const struct {
		const char	*script;
		int		code;
	} cases[] = {
		{ "read\nframe 37 10\npause 75\nframe 35 Success\n",
		    PAM_SUCCESS },
		{ "read\npause 75\nframe 35 Success\n", PAM_AUTHINFO_UNAVAIL },
		{ "read\nframe 37 1\nsleep\n", PAM_AUTHINFO_UNAVAIL },
		{ "read\nframe 37 20\nframe 37 1\nsleep\n",
		    PAM_AUTHINFO_UNAVAIL },
		/* What is said next ends it. */
		{ "read\nframe 37 20\nframe 32 C: \nsleep\n",
		    PAM_AUTHINFO_UNAVAIL },
		{ "read\nframe 37 20\nframe 32 C: \nanswer\nsleep\n",
		    PAM_AUTHINFO_UNAVAIL },
		{ "read\nframe 37 20\nframe 35 Success\nsleep\n",
		    PAM_AUTHINFO_UNAVAIL },
		{ "read\nframe 37 1\nframe 33 Tap\nclaim 35 7\nsleep\n",
		    PAM_AUTHINFO_UNAVAIL },
	};
	const size_t count = sizeof(cases) / sizeof(cases[0]);
	int64_t start = wire_now();
	size_t i;
	int status;

	(void)state;
	for (i = 0; i < count; i++) {
		pamhost_script(&host, cases[i].script);
		if (fork() == 0)
			_exit(pamhost_sign_in(&host, "alice") != cases[i].code);
		/* The script is read when the endpoint is asked. */
		assert_true(pamhost_begun(&host, 20000));
	}
	for (i = 0; i < count; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_in_range(wire_now() - start, 7000, 14000);
}

static void
endpoint_that_ends_in_the_wait_is_noticed_at_once(void **state)
{
	static const char *const scripts[] = {
		"read\nframe 37 20\npause 5\n",
		"read\nframe 37 20\npause 5\nabort\n",
		"read\nframe 37 20\npause 5\nraw 0123\n",
	};
	int64_t start;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		start = wire_now();
		assert_int_equal(sign_in(scripts[i]), PAM_AUTHINFO_UNAVAIL);
		assert_in_range(wire_now() - start, 400, 10000);
		assert_has(pamhost_log(&host), "ServiceUnavailable: ");
	}
}

static void
count_signal(int sig)
{
	(void)sig;
	signals++;
}

/* Sends COUNT of SIG to this process, beginning in 0.3 s; the sender. */
static pid_t
send_signals(int sig, int count)
{
	pid_t parent = getpid(), pid = fork();
	int i;

	if (pid == 0) {
		usleep(300000);
		for (i = 0; i < count; i++) {
			(void)kill(parent, sig);
			usleep(20000);
		}
		_exit(0);
	}
	return pid;
}

/* Waits for PID, however many signals come. */
static void
reap(pid_t pid)
{
	pid_t got;

	do
		got = waitpid(pid, NULL, 0);
	while (got == -1 && errno == EINTR);
	assert_int_equal(got, pid);
}

static void
caught_signal_neither_ends_the_wait_nor_is_lost(void **state)
{
	/* Of the last kind each one is delivered, however close they come. */
	const int sigs[] = { SIGINT, SIGTERM, SIGWINCH, SIGRTMIN };
	struct sigaction action = { .sa_handler = count_signal }, old;
	int count = 1;
	size_t i;
	pid_t pid;

	(void)state;
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		signals = 0;
		if (sigs[i] == SIGRTMIN)
			count = 20;
		(void)sigaction(sigs[i], &action, &old);
		pid = send_signals(sigs[i], count);
		assert_int_equal(sign_in("read\nframe 37 30\npause 15\n"
		    "frame 35 Success\n"), PAM_SUCCESS);
		reap(pid);
		(void)sigaction(sigs[i], &old, NULL);
		assert_int_equal(signals, count);
	}
}

/* As sudo does: it looks for the signal after the module has returned. */
static void
blocked_interrupt_ends_the_wait_and_stays_pending(void **state)
{
	static const int sigs[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = count_signal }, old;
	sigset_t mask, before, pending;
	int64_t start;
	size_t i;
	pid_t pid;

	(void)state;
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		signals = 0;
		(void)sigemptyset(&mask);
		(void)sigaddset(&mask, sigs[i]);
		(void)sigaction(sigs[i], &action, &old);
		(void)sigprocmask(SIG_BLOCK, &mask, &before);
		pid = send_signals(sigs[i], 1);
		start = wire_now();
		assert_int_equal(sign_in("read\nframe 33 Tap\nframe 37 20\n"
		    "answer\n"), PAM_CONV_ERR);
		assert_in_range(wire_now() - start, 200, 3000);
		/* The endpoint is told by the end of the connection. */
		assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
		assert_int_equal(sigpending(&pending), 0);
		assert_int_equal(sigismember(&pending, sigs[i]), 1);
		assert_int_equal(signals, 0);

		/* Where no tap is waited for it is none of ours. */
		assert_int_equal(sign_in("read\nframe 32 C: \nanswer\n"
		    "pause 5\nframe 35 Success\n"), PAM_SUCCESS);
		assert_int_equal(signals, 0);
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		assert_int_equal(signals, 1);
		reap(pid);
		(void)sigaction(sigs[i], &old, NULL);
	}
}

static void
blocked_signal_that_is_ignored_does_not_end_the_wait(void **state)
{
	struct sigaction action = { .sa_handler = SIG_IGN }, old;
	sigset_t mask, before;
	pid_t pid;

	(void)state;
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGINT);
	(void)sigaddset(&mask, SIGUSR1);
	(void)sigaction(SIGINT, &action, &old);
	(void)sigprocmask(SIG_BLOCK, &mask, &before);
	pid = send_signals(SIGINT, 2);
	(void)raise(SIGUSR1);
	assert_int_equal(sign_in("read\nframe 37 30\npause 10\n"
	    "frame 35 Success\n"), PAM_SUCCESS);
	reap(pid);
	(void)signal(SIGUSR1, SIG_IGN);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)signal(SIGUSR1, SIG_DFL);
	(void)sigaction(SIGINT, &old, NULL);
}

/* sudo's default is PAM_SILENT. */
static void
silent_host_is_told_what_a_tap_needs(void **state)
{
	(void)state;
	host.flags = PAM_SILENT;
	assert_int_equal(sign_in(TAP), PAM_SUCCESS);
	assert_string_equal(host.shown, "info: Tap\n");
	assert_int_equal(sign_in(PIN), PAM_SUCCESS);
	assert_string_equal(host.shown,
	    "info: Tap\noff: PIN: \ninfo: Again\n");
	assert_int_equal(sign_in("read\nframe 33 Hello\nframe 33 Tap\n"
	    "frame 34 AWSMFA_A=1\nframe 37 30\nframe 35 Success\n"),
	    PAM_SUCCESS);
	assert_string_equal(host.shown, "info: Tap\n");
	assert_int_equal(sign_in("read\nframe 33 Hello\nframe 32 C: \nanswer\n"
	    "frame 37 30\nframe 35 Success\n"), PAM_SUCCESS);
	assert_string_equal(host.shown, "off: C: \n");
	assert_int_equal(sign_in("read\nframe 33 Hello\n"
	    "frame 35 AccessDenied\n"), PAM_AUTH_ERR);
	assert_string_equal(host.shown, "");
}

static void
use_first_pass_answers_the_first_prompt_alone(void **state)
{
	(void)state;
	pamhost_service(&host, "AUTHTOK set 111222\nMODULE use_first_pass");
	assert_int_equal(sign_in(CODE_AND_PIN), PAM_AUTH_ERR);
	assert_string_equal(host.shown, "");
	assert_has(pamhost_seen(&host), "9 111222\nend RequestAborted\n");
	assert_has(pamhost_log(&host), "InvalidAuthenticationCode: ");
	/* A tap needs no answer; a PIN is not the password. */
	assert_int_equal(sign_in(TAP), PAM_SUCCESS);
	assert_string_equal(host.shown, "info: Tap\n");
	assert_int_equal(sign_in(PIN), PAM_AUTH_ERR);
	assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
	assert_int_equal(sign_in(EITHER), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "8 \n9 111222\n");
	pamhost_service(&host, "MODULE use_first_pass");
	assert_int_equal(sign_in(EITHER), PAM_AUTH_ERR);
	assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
}

static void
try_first_pass_asks_where_a_code_is_not_enough(void **state)
{
	(void)state;
	pamhost_service(&host, "AUTHTOK set 111222\nMODULE try_first_pass");
	assert_int_equal(sign_in(CODE_AND_PIN), PAM_SUCCESS);
	assert_string_equal(host.shown, "off: C: \noff: PIN: \n");
	assert_has(pamhost_seen(&host), "9 111222\n");
	assert_has(host.text, "end RequestAborted\n");
	assert_has(host.text, "9 123456\n");
	assert_has(host.text, "9 654321\n");

	/* No tap without a word that one is asked for. */
	assert_int_equal(sign_in(TAP), PAM_SUCCESS);
	assert_string_equal(host.shown, "info: Tap\n");
	assert_has(pamhost_seen(&host), "8 \n1 alice\n");
	assert_int_equal(sign_in(PIN), PAM_SUCCESS);
	assert_string_equal(host.shown,
	    "info: Tap\noff: PIN: \ninfo: Again\n");
	assert_lacks(pamhost_seen(&host), "111222");
	host.answers[0] = "";
	pamhost_service(&host, "AUTHTOK set password\nMODULE try_first_pass");
	assert_int_equal(sign_in(EITHER), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "8 \n9 \n");
}

static void
forward_pass_splits_the_first_prompt_alone(void **state)
{
	(void)state;
	pamhost_service(&host, "MODULE forward_pass\nAUTHTOK keep KEPT");
	host.answers[0] = "password123456";
	host.answers[1] = "pin654321";
	assert_int_equal(sign_in(CODE_AND_PIN), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "9 123456\n9 pin654321\n");
	assert_string_equal(pamhost_file(&host, "authtok"), "password");
	host.answers[0] = "pin654321";
	assert_int_equal(sign_in(PIN), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "9 pin654321\n");
	assert_string_equal(pamhost_file(&host, "authtok"), "(none)");
}

static void
forward_pass_clears_the_password_for_an_empty_answer(void **state)
{
	(void)state;
	pamhost_service(&host, "AUTHTOK set old\nMODULE forward_pass\n"
	    "AUTHTOK keep KEPT");
	host.answers[0] = "";
	assert_int_equal(sign_in(EITHER), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "8 \n9 \n");
	assert_string_equal(pamhost_file(&host, "authtok"), "(none)");
	host.answers[0] = "password123456";
	assert_int_equal(sign_in(EITHER), PAM_SUCCESS);
	assert_has(pamhost_seen(&host), "9 123456\n");
	assert_string_equal(pamhost_file(&host, "authtok"), "password");
	host.answers[0] = "password";
	assert_int_equal(sign_in(EITHER), PAM_AUTH_ERR);
	assert_has(pamhost_seen(&host), "8 \nend RequestAborted\n");
	assert_string_equal(pamhost_file(&host, "authtok"), "(none)");
}

static void
pin_is_never_shown_while_it_is_typed(void **state)
{
	(void)state;
	pamhost_service(&host, "MODULE echo");
	assert_int_equal(sign_in(CODE_AND_PIN), PAM_SUCCESS);
	assert_string_equal(host.shown, "on: C: \noff: PIN: \n");
	assert_int_equal(sign_in(PIN), PAM_SUCCESS);
	assert_string_equal(host.shown,
	    "info: Tap\noff: PIN: \ninfo: Again\n");
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, pamtest_setup, \
	pamtest_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty_answer_to_an_optional_prompt_is_sent),
		TEST(no_answer_to_an_optional_prompt_denies),
		TEST(later_prompts_are_asked_with_what_was_said_before),
		TEST(seventeenth_prompt_denies),
		TEST(waits_that_are_none_deny),
		TEST(wait_is_as_long_as_it_was_said),
		TEST(endpoint_that_ends_in_the_wait_is_noticed_at_once),
		TEST(caught_signal_neither_ends_the_wait_nor_is_lost),
		TEST(blocked_interrupt_ends_the_wait_and_stays_pending),
		TEST(blocked_signal_that_is_ignored_does_not_end_the_wait),
		TEST(silent_host_is_told_what_a_tap_needs),
		TEST(use_first_pass_answers_the_first_prompt_alone),
		TEST(try_first_pass_asks_where_a_code_is_not_enough),
		TEST(forward_pass_splits_the_first_prompt_alone),
		TEST(forward_pass_clears_the_password_for_an_empty_answer),
		TEST(pin_is_never_shown_while_it_is_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
