#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint/request.h"

/* The limits of users are the server's, and not looked at here. */
enum mfa_code
peer_receive(const struct peer *peer, int64_t deadline,
    struct wire_frame *ret_frame, struct mfa_error *err)
{
	return wire_receive(peer->fd, deadline, ret_frame, err);
}

struct frame {
	enum wire_type	type;	/* 0: the end */
	const char	*text;
};

#define BASE	{ WIRE_USER, "alice" }, { WIRE_SERVICE, "sshd" }, \
		{ WIRE_UNENROLLED, "deny" }

static struct mfa_error err;

/* What comes of FRAMES and SIGN_IN from a caller with UID. */
static enum mfa_code
read_from(const struct frame *frames, uid_t uid, struct request *ret)
{
	int64_t deadline = wire_now() + 5000;
	struct wire_frame first = { 0 };
	struct peer peer = { .uid = uid };
	enum mfa_code code;
	int fds[2];

	memset(ret, 0, sizeof(*ret));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	for (; frames->type != 0; frames++) {
		if (frames->type == WIRE_AGENT)
			code = wire_send_fd(fds[0], WIRE_AGENT, fds[0],
			    deadline, &err);
		else
			code = wire_send(fds[0], frames->type, frames->text,
			    strlen(frames->text), deadline, &err);
		assert_int_equal(code, MFA_OK);
	}
	assert_int_equal(wire_send(fds[0], WIRE_SIGN_IN, "", 0, deadline,
	    &err), MFA_OK);
	close(fds[0]);
	peer.fd = fds[1];
	assert_int_equal(peer_receive(&peer, deadline, &first, &err), MFA_OK);
	code = request_read(&peer, &first, ret, &err);
	wire_clear(&first);
	close(fds[1]);
	return code;
}

/* FRAMES of root's end in CODE. */
static void
expect(const struct frame *frames, enum mfa_code code)
{
	struct request request;
	enum mfa_code got = read_from(frames, 0, &request);

	if (got != code)
		fail_msg("%s: %s", mfa_code_name(got), mfa_error_text(&err));
	request_clear(&request);
}

static void
fields_come_as_they_are_and_words_for_what_they_mean(void **state)
{
	const struct frame frames[] = { { WIRE_PHASE, "account" }, BASE,
		{ WIRE_RHOST, "192.0.2.1" }, { WIRE_TTY, "ssh" },
		{ WIRE_CONF, "/etc/x" }, { WIRE_PROMPT_TEXT, "Code: " },
		{ WIRE_TICKET, "1;2" }, { WIRE_SSH_KEYS, "publickey x" },
		{ WIRE_PENDING, "1" }, { WIRE_ENROLL_BY, "2026-12-31" },
		{ WIRE_MANUAL, "1" }, { WIRE_AGENT, "1" }, { 0, NULL } };
	struct request request;

	(void)state;
	assert_int_equal(read_from(frames, 0, &request), MFA_OK);
	assert_int_equal(request.phase, PHASE_ACCOUNT);
	assert_string_equal(request.user, "alice");
	assert_string_equal(request.service, "sshd");
	assert_string_equal(request.rhost, "192.0.2.1");
	assert_string_equal(request.tty, "ssh");
	assert_string_equal(request.conf, "/etc/x");
	assert_string_equal(request.prompt, "Code: ");
	assert_string_equal(request.ticket, "1;2");
	assert_string_equal(request.ssh_keys, "publickey x");
	assert_int_equal(request.unenrolled, UNENROLLED_DENY);
	assert_true(request.pending);
	assert_true(request.manual);
	/* 2027-01-01T00:00:00Z */
	assert_int_equal(request.enroll_until, 1798761600);
	assert_true(request.has_agent);
	assert_true(fcntl(request.agent, F_GETFD) >= 0);
	request_clear(&request);
	assert_null(request.user);
}

static void
fewest_fields_are_user_service_and_unenrolled(void **state)
{
	const struct frame frames[] = { BASE, { 0, NULL } };
	struct request request;

	(void)state;
	assert_int_equal(read_from(frames, 0, &request), MFA_OK);
	assert_int_equal(request.phase, PHASE_AUTHENTICATE);
	assert_null(request.rhost);
	assert_false(request.pending || request.manual || request.has_agent);
	assert_int_equal(request.enroll_until, 0);
	request_clear(&request);
	expect((struct frame[]){ { WIRE_SERVICE, "sshd" },
	    { WIRE_UNENROLLED, "deny" }, { 0, NULL } }, MFA_SERVICE_FAILURE);
	expect((struct frame[]){ { WIRE_USER, "alice" },
	    { WIRE_UNENROLLED, "deny" }, { 0, NULL } }, MFA_SERVICE_FAILURE);
	expect((struct frame[]){ { WIRE_USER, "alice" },
	    { WIRE_SERVICE, "sshd" }, { 0, NULL } }, MFA_SERVICE_FAILURE);
}

static void
word_that_is_none_is_a_breach(void **state)
{
	const struct frame bad[] = { { WIRE_PHASE, "session" },
		{ WIRE_PHASE, "" }, { WIRE_PHASE, "Account" },
		{ WIRE_PENDING, "0" }, { WIRE_PENDING, "" },
		{ WIRE_MANUAL, "yes" }, { WIRE_PROMPT, "x" },
		{ WIRE_ANSWER, "123456" }, { WIRE_OUTCOME, "Success" },
		{ WIRE_USER, "bob" } };
	struct frame frames[] = { BASE, { 0, NULL }, { 0, NULL } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		frames[3] = bad[i];
		expect(frames, MFA_SERVICE_FAILURE);
	}
	expect((struct frame[]){ { WIRE_USER, "alice" },
	    { WIRE_SERVICE, "sshd" }, { WIRE_UNENROLLED, "enrol" },
	    { 0, NULL } }, MFA_SERVICE_FAILURE);
}

static void
each_field_comes_once(void **state)
{
	static const enum wire_type types[] = { WIRE_PHASE, WIRE_TICKET,
		WIRE_SSH_KEYS, WIRE_PENDING, WIRE_ENROLL_BY, WIRE_MANUAL,
		WIRE_RHOST, WIRE_TTY, WIRE_CONF, WIRE_PROMPT_TEXT };
	struct frame frames[] = { BASE, { 0, "" }, { 0, "" }, { 0, NULL } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		frames[3].type = frames[4].type = types[i];
		expect(frames, MFA_SERVICE_FAILURE);
	}
	expect((struct frame[]){ BASE, { WIRE_AGENT, "1" },
	    { WIRE_AGENT, "1" }, { 0, NULL } }, MFA_SERVICE_FAILURE);
}

static void
day_of_enroll_by_is_a_day(void **state)
{
	static const char *const bad[] = { "", "2026-02-29", "2026-00-10",
		"2026-13-01", "2026-1-1", "26-01-01", "2026-01-01 ",
		" 2026-01-01", "2026-01-01T", "2026/01/01", "+026-01-01",
		"0000-01-01", "1969-12-31", "2026-01-00", "2026-01-32", "now" };
	struct frame frames[] = { BASE, { WIRE_ENROLL_BY, NULL },
		{ 0, NULL } };
	struct request request;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		frames[3].text = bad[i];
		expect(frames, MFA_INVALID_CONFIGURATION);
	}
	frames[3].text = "2028-02-29";
	assert_int_equal(read_from(frames, 0, &request), MFA_OK);
	/* 2028-03-01T00:00:00Z */
	assert_int_equal(request.enroll_until, 1835481600);
	request_clear(&request);
}

static void
of_a_user_only_name_prompt_and_agent_count(void **state)
{
	const struct frame frames[] = { { WIRE_PHASE, "authenticate" },
		{ WIRE_USER, "alice" }, { WIRE_SERVICE, "login" },
		{ WIRE_UNENROLLED, "allow" }, { WIRE_RHOST, "192.0.2.1" },
		{ WIRE_TTY, "tty1" }, { WIRE_CONF, "/tmp/x" },
		{ WIRE_PROMPT_TEXT, "Code: " }, { WIRE_TICKET, "1;2" },
		{ WIRE_SSH_KEYS, "publickey x" }, { WIRE_PENDING, "1" },
		{ WIRE_ENROLL_BY, "2099-12-31" }, { WIRE_MANUAL, "1" },
		{ WIRE_AGENT, "1" }, { 0, NULL } };
	struct request request;

	(void)state;
	assert_int_equal(read_from(frames, 1001, &request), MFA_OK);
	assert_string_equal(request.user, "alice");
	assert_string_equal(request.prompt, "Code: ");
	assert_true(request.has_agent);
	assert_int_equal(request.unenrolled, UNENROLLED_DENY);
	assert_null(request.service);
	assert_null(request.rhost);
	assert_null(request.tty);
	assert_null(request.conf);
	assert_null(request.ticket);
	assert_null(request.ssh_keys);
	assert_null(request.enroll_by);
	assert_false(request.pending || request.manual);
	assert_int_equal(request.enroll_until, 0);
	request_clear(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    fields_come_as_they_are_and_words_for_what_they_mean),
		cmocka_unit_test(fewest_fields_are_user_service_and_unenrolled),
		cmocka_unit_test(word_that_is_none_is_a_breach),
		cmocka_unit_test(each_field_comes_once),
		cmocka_unit_test(day_of_enroll_by_is_a_day),
		cmocka_unit_test(of_a_user_only_name_prompt_and_agent_count),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
