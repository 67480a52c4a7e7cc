/* An SSH agent that is as it should be, and all that others can be. */
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint/agent.h"
#include "wire/frame.h"

#define SHORT_MS	60	/* until one that hangs is given up */
#define LONG_MS		20000

static int fds[2];	/* ours, and the agent's */
static int person[2];	/* the endpoint's, and the person's */
static struct mfa_error err;
static struct agent agent;
static struct agent_answer answer;
static struct agent_identities keys;
static struct ssh_octets signature;

static const struct ssh_octets key = { (const uint8_t *)"a key", 5 };
static const struct ssh_octets data = { (const uint8_t *)"to sign", 7 };

static const uint8_t sign_request[] =
	"\0\0\0\x19" "\x0d" "\0\0\0\x05" "a key" "\0\0\0\x07" "to sign"
	"\0\0\0\0";

static int
setup(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	memset(&keys, 0, sizeof(keys));
	memset(&signature, 0, sizeof(signature));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    person), 0);
	agent = (struct agent){ .fd = fds[0], .person_fd = person[0],
		.deadline = wire_now() + LONG_MS };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	agent_answer_clear(&answer);
	closep(&fds[0]);
	closep(&fds[1]);
	closep(&person[0]);
	closep(&person[1]);
	return 0;
}

/* What the agent says: it has said so before it is asked. */
static void
say(const void *octets, size_t len)
{
	assert_int_equal(send(fds[1], octets, len, MSG_NOSIGNAL), len);
}

#define SAY(text)	say(text, sizeof(text) - 1)

static void
has_heard(const void *octets, size_t len)
{
	uint8_t heard[256];

	assert_true(len < sizeof(heard));
	assert_int_equal(recv(fds[1], heard, sizeof(heard), MSG_DONTWAIT),
	    len);
	assert_memory_equal(heard, octets, len);
}

static enum mfa_code
list(void)
{
	agent_answer_clear(&answer);
	return agent_list(&agent, &answer, &keys, &err);
}

static enum mfa_code
sign(void)
{
	agent_answer_clear(&answer);
	return agent_sign(&agent, &key, &data, &answer, &signature, &err);
}

static void
denied(enum mfa_code code, const char *why)
{
	assert_int_equal(code, MFA_ACCESS_DENIED);
	assert_non_null(strstr(err.detail, why));
	assert_null(answer.bytes);
	assert_int_equal(keys.count, 0);
	assert_null(signature.bytes);
}

static void
keys_are_listed(void **state)
{
	(void)state;
	SAY("\0\0\0\x1d" "\x0c" "\0\0\0\x02" "\0\0\0\x03" "one"
	    "\0\0\0\x01" "c" "\0\0\0\x04" "two2" "\0\0\0\0");
	assert_int_equal(list(), MFA_OK);
	has_heard("\0\0\0\x01\x0b", 5);
	assert_int_equal(keys.count, 2);
	assert_int_equal(keys.keys[0].len, 3);
	assert_memory_equal(keys.keys[0].bytes, "one", 3);
	assert_int_equal(keys.keys[1].len, 4);
	assert_memory_equal(keys.keys[1].bytes, "two2", 4);
}

static void
data_is_signed_with_the_key_that_is_named(void **state)
{
	(void)state;
	SAY("\0\0\0\x0a" "\x0e" "\0\0\0\x05" "drawn");
	assert_int_equal(sign(), MFA_OK);
	has_heard(sign_request, sizeof(sign_request) - 1);
	assert_int_equal(signature.len, 5);
	assert_memory_equal(signature.bytes, "drawn", 5);
}

static void
agent_without_keys_has_none(void **state)
{
	(void)state;
	SAY("\0\0\0\x05" "\x0c" "\0\0\0\0");
	assert_int_equal(list(), MFA_OK);
	assert_int_equal(keys.count, 0);
}

static void
answers_in_single_octets_are_put_together(void **state)
{
	static const char said[] = "\0\0\0\x0a" "\x0e" "\0\0\0\x05" "drawn";
	size_t i;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		for (i = 0; i < sizeof(said) - 1; i++) {
			if (send(fds[1], said + i, 1, MSG_NOSIGNAL) != 1)
				_exit(1);
			usleep(500);
		}
		_exit(0);
	}
	assert_int_equal(sign(), MFA_OK);
	assert_memory_equal(signature.bytes, "drawn", 5);
}

static void
agent_that_hangs_is_given_up(void **state)
{
	(void)state;
	agent.deadline = wire_now() + SHORT_MS;
	denied(list(), "in time");
	assert_true(wire_now() >= agent.deadline);
	assert_true(wire_now() < agent.deadline + LONG_MS / 2);
}

static void
agent_that_hangs_within_its_answer_is_given_up(void **state)
{
	(void)state;
	agent.deadline = wire_now() + SHORT_MS;
	SAY("\0\0\0\x0a" "\x0e" "\0\0\0\x05" "dra");
	denied(sign(), "in time");
	agent.deadline = wire_now() + SHORT_MS;
	SAY("\0\0");
	denied(sign(), "in time");
}

static void
agent_that_does_not_read_is_given_up(void **state)
{
	static uint8_t much[AGENT_KEY_MAX];
	const struct ssh_octets big = { much, sizeof(much) };
	int size = 1, i;

	(void)state;
	assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size)), 0);
	for (i = 0; i < 1000; i++)
		(void)!send(fds[0], much, sizeof(much),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	agent.deadline = wire_now() + SHORT_MS;
	denied(agent_sign(&agent, &big, &data, &answer, &signature, &err),
	    "in time");
}

static void
nothing_is_taken_after_the_deadline(void **state)
{
	(void)state;
	SAY("\0\0\0\x0a" "\x0e" "\0\0\0\x05" "drawn");
	agent.deadline = wire_now() - 1;
	denied(sign(), "in time");
}

static void
agent_that_hangs_up_is_refused(void **state)
{
	(void)state;
	SAY("\0\0\0\x0a" "\x0e");
	closep(&fds[1]);
	denied(sign(), "");
}

static void
agent_that_ends_its_answer_early_is_refused(void **state)
{
	(void)state;
	SAY("\0\0\0\x0a" "\x0e");
	assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
	denied(sign(), "hung up");
}

static void
agent_that_refuses_is_believed(void **state)
{
	(void)state;
	SAY("\0\0\0\x01\x05");
	denied(list(), "has refused");
	SAY("\0\0\0\x01\x1e");
	denied(sign(), "has refused");
	SAY("\0\0\0\x01\x66");
	denied(sign(), "has refused");
}

static void
person_who_leaves_ends_it(void **state)
{
	(void)state;
	closep(&person[1]);
	assert_int_equal(sign(), MFA_REQUEST_ABORTED);
	assert_null(answer.bytes);
}

static void
person_who_speaks_out_of_turn_ends_it(void **state)
{
	(void)state;
	assert_int_equal(send(person[1], "x", 1, 0), 1);
	assert_int_equal(sign(), MFA_REQUEST_ABORTED);
}

static void
agent_that_floods_is_refused_at_its_first_octets(void **state)
{
	static const uint8_t noise[64 * 1024];
	uint8_t all[64];

	(void)state;
	memset(all, 0xff, sizeof(all));
	say(all, sizeof(all));
	(void)!send(fds[1], noise, sizeof(noise), MSG_DONTWAIT);
	denied(sign(), "4294967295 octets");
}

static void
longest_answer_is_taken_and_one_longer_is_not(void **state)
{
	const uint8_t longest[] = { 0, 4, 0, 0 }, longer[] = { 0, 4, 0, 1 };
	const uint8_t none[] = { 0, 0, 0, 0 };
	size_t len = 7;

	(void)state;
	assert_int_equal(agent_read_length(longest, &len, &err), MFA_OK);
	assert_int_equal(len, AGENT_ANSWER_MAX);
	len = 7;
	assert_int_equal(agent_read_length(longer, &len, &err),
	    MFA_ACCESS_DENIED);
	assert_int_equal(agent_read_length(none, &len, &err),
	    MFA_ACCESS_DENIED);
	assert_int_equal(len, 7);
}

static void
nonsense_is_refused(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
		const char *why;
		bool is_signature;
	} said[] = {
#define SAID(text, why, is_signature) \
	{ text, sizeof(text) - 1, why, is_signature }
		/* Of another type: the other answer, and none that is known. */
		SAID("\x0e\0\0\0\x05" "drawn", "of type 14", false),
		SAID("\x0c\0\0\0\0", "of type 12", true),
		SAID("\x00\0\0\0\0", "of type 0", true),
		SAID("\x06", "of type 6", true),
		/* Lists that end early, say too much, or have too many. */
		SAID("\x0c", "malformed", false),
		SAID("\x0c\0\0\0", "malformed", false),
		SAID("\x0c\0\0\0\x01", "malformed", false),
		SAID("\x0c\0\0\0\x01\0\0\0\x01", "malformed", false),
		SAID("\x0c\0\0\0\x01\0\0\0\x01k", "malformed", false),
		SAID("\x0c\0\0\0\x01\0\0\0\x01k\0\0\0\x01", "malformed", false),
		SAID("\x0c\0\0\0\x01\xff\xff\xff\xffk\0\0\0\0", "malformed",
		    false),
		SAID("\x0c\0\0\0\x01\0\0\0\x01k\0\0\0\0x", "malformed", false),
		SAID("\x0c\0\0\0\0x", "malformed", false),
		SAID("\x0c\0\0\x01\x01", "257 keys", false),
		SAID("\x0c\xff\xff\xff\xff", "4294967295 keys", false),
		/* Signatures likewise. */
		SAID("\x0e", "malformed", true),
		SAID("\x0e\0\0\0\0", "malformed", true),
		SAID("\x0e\0\0\0\x02s", "malformed", true),
		SAID("\x0e\0\0\0\x01sx", "malformed", true),
		SAID("\x0e\xff\xff\xff\xffs", "malformed", true),
#undef SAID
	};
	uint8_t header[4] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		header[3] = (uint8_t)said[i].len;
		say(header, sizeof(header));
		say(said[i].octets, said[i].len);
		denied(said[i].is_signature ? sign() : list(), said[i].why);
	}
}

static void
signature_over_its_limit_is_refused(void **state)
{
	uint8_t octets[5 + AGENT_SIGNATURE_MAX + 1] = { 14, 0, 0, 4, 0 };
	struct ssh_octets ret = { 0 };

	(void)state;
	assert_int_equal(agent_read_signature(octets, sizeof(octets) - 1, &ret,
	    &err), MFA_OK);
	assert_int_equal(ret.len, AGENT_SIGNATURE_MAX);
	octets[4] = 1;
	ret.len = 0;
	assert_int_equal(agent_read_signature(octets, sizeof(octets), &ret,
	    &err), MFA_ACCESS_DENIED);
	assert_int_equal(ret.len, 0);
}

static void
as_many_keys_as_may_be_are_listed(void **state)
{
	static uint8_t octets[5 + 8 * AGENT_IDENTITIES_MAX] = { 12, 0, 0, 1,
		0 };

	(void)state;
	_Static_assert(AGENT_IDENTITIES_MAX == 256, "as the octets say");
	assert_int_equal(agent_read_identities(octets, sizeof(octets), &keys,
	    &err), MFA_OK);
	assert_int_equal(keys.count, AGENT_IDENTITIES_MAX);
	keys.count = 0;
}

static void
nothing_empty_or_too_long_is_sent(void **state)
{
	static const uint8_t much[AGENT_KEY_MAX + 1];
	static struct agent_request request;
	const struct ssh_octets none = { much, 0 },
	    long_key = { much, AGENT_KEY_MAX },
	    longer_key = { much, AGENT_KEY_MAX + 1 },
	    long_data = { much, AGENT_DATA_MAX },
	    longer_data = { much, AGENT_DATA_MAX + 1 };

	(void)state;
	assert_int_equal(agent_ask_signature(&long_key, &long_data, &request,
	    &err), MFA_OK);
	assert_int_equal(request.len, AGENT_REQUEST_MAX);
	assert_int_equal(agent_ask_signature(&longer_key, &long_data, &request,
	    &err), MFA_INVALID_INPUT);
	assert_int_equal(agent_ask_signature(&long_key, &longer_data, &request,
	    &err), MFA_INVALID_INPUT);
	assert_int_equal(agent_ask_signature(&none, &long_data, &request,
	    &err), MFA_INVALID_INPUT);
	assert_int_equal(agent_ask_signature(&long_key, &none, &request,
	    &err), MFA_INVALID_INPUT);
}

static void
descriptor_that_is_no_socket_is_refused(void **state)
{
	_cleanup_(closep) int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	agent.fd = null;
	denied(list(), "talking to");
	agent.fd = -1;
	denied(list(), "talking to");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(keys_are_listed),
		TEST(data_is_signed_with_the_key_that_is_named),
		TEST(agent_without_keys_has_none),
		TEST(answers_in_single_octets_are_put_together),
		TEST(agent_that_hangs_is_given_up),
		TEST(agent_that_hangs_within_its_answer_is_given_up),
		TEST(agent_that_does_not_read_is_given_up),
		TEST(nothing_is_taken_after_the_deadline),
		TEST(agent_that_hangs_up_is_refused),
		TEST(agent_that_ends_its_answer_early_is_refused),
		TEST(agent_that_refuses_is_believed),
		TEST(person_who_leaves_ends_it),
		TEST(person_who_speaks_out_of_turn_ends_it),
		TEST(agent_that_floods_is_refused_at_its_first_octets),
		TEST(longest_answer_is_taken_and_one_longer_is_not),
		TEST(nonsense_is_refused),
		TEST(signature_over_its_limit_is_refused),
		TEST(as_many_keys_as_may_be_are_listed),
		TEST(nothing_empty_or_too_long_is_sent),
		TEST(descriptor_that_is_no_socket_is_refused),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
