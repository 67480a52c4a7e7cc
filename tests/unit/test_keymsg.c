#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/fields.h"
#include "wire/frame.h"
#include "wire/keymsg.h"

#define ROUNDS	   20000
#define RAW_MAX	   WIRE_KEY_MESSAGE_MAX
#define TIMEOUT_MS 500

static int fds[2];
static struct mfa_error err;

/* Big, so not on the stack of each test. */
static struct keymsg_request request, got_request;
static struct keymsg_answer answer, got_answer;
static struct keymsg_progress progress, got_progress;
static bool is_answer;

static int
setup(void **state)
{
	(void)state;
	memset(&request, 0, sizeof(request));
	memset(&got_request, 0x5a, sizeof(got_request));
	memset(&answer, 0, sizeof(answer));
	memset(&got_answer, 0, sizeof(got_answer));
	memset(&progress, 0, sizeof(progress));
	memset(&got_progress, 0, sizeof(got_progress));
	progress.retries = -1;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
}

static int
teardown(void **state)
{
	(void)state;
	close(fds[0]);
	close(fds[1]);
	return 0;
}

static int64_t
soon(void)
{
	return wire_now() + TIMEOUT_MS;
}

static void
fill(void *at, size_t len)
{
	uint8_t *p = at;

	while (len-- > 0)
		*p++ = (uint8_t)(len * 7 + 1);
}

static void
fill_text(char *at, size_t max)
{
	memset(at, 'a', max);
	at[max] = '\0';
}

/* The largest request that there can be. */
static void
fill_request(enum keymsg_what what)
{
	size_t i;

	request.what = what;
	request.timeout = 4000000000U;
	request.channel = 0xfedcba98U;
	fill_text(request.node, KEYMSG_NODE_MAX);
	request.node_count = KEYMSG_NODES_MAX;
	for (i = 0; i < KEYMSG_NODES_MAX; i++)
		fill_text(request.nodes[i], KEYMSG_NODE_MAX - i);
	if (what == KEY_INFO)
		return;
	fill_text(request.rp_id, KEYMSG_RP_MAX);
	fill(request.hash, sizeof(request.hash));
	request.uv = KEY_UV_REQUIRED;
	request.credential_count = KEYMSG_CREDENTIALS_MAX;
	for (i = 0; i < KEYMSG_CREDENTIALS_MAX; i++) {
		request.credentials[i].len = KEYMSG_CREDENTIAL_MAX - i;
		fill(request.credentials[i].bytes,
		    request.credentials[i].len);
	}
	if (what == KEY_ASSERT)
		return;
	request.eddsa = true;
	fill(request.user_id, sizeof(request.user_id));
	fill_text(request.user_name, KEYMSG_TEXT_MAX);
}

static void
fill_answer(void)
{
	size_t i;

	answer.error = KEY_OK;
	fill_text(answer.text, KEYMSG_TEXT_MAX);
	fill_text(answer.node, KEYMSG_NODE_MAX);
	answer.fido2 = answer.has_pin = true;
	answer.certification_count = KEYMSG_CERTIFICATIONS_MAX;
	for (i = 0; i < KEYMSG_CERTIFICATIONS_MAX; i++) {
		fill_text(answer.certifications[i].name, KEYMSG_TEXT_MAX);
		answer.certifications[i].level = UINT64_MAX - i;
	}
	fill_text(answer.format, KEYMSG_TEXT_MAX);
	fill(answer.authdata, answer.authdata_len = KEYMSG_AUTHDATA_MAX);
	fill(answer.signature, answer.signature_len = KEYMSG_SIGNATURE_MAX);
	fill(answer.certificate,
	    answer.certificate_len = KEYMSG_CERTIFICATE_MAX);
	fill(answer.credential.bytes,
	    answer.credential.len = KEYMSG_CREDENTIAL_MAX);
}

static enum mfa_code
receive(void)
{
	return keymsg_receive(fds[1], soon(), &is_answer, &got_progress,
	    &got_answer, &err);
}

static enum mfa_code
receive_request(void)
{
	return keymsg_receive_request(fds[1], soon(), &got_request, &err);
}

/* The payload of the frame that was sent last. */
static size_t
take_raw(uint8_t raw[static RAW_MAX])
{
	struct wire_frame frame = { 0 };
	size_t len;

	assert_int_equal(wire_receive(fds[1], soon(), &frame, &err), MFA_OK);
	assert_true(frame.len <= RAW_MAX);
	memcpy(raw, frame.payload, len = frame.len);
	wire_clear(&frame);
	return len;
}

static void
send_raw(enum wire_type type, const void *raw, size_t len)
{
	assert_int_equal(wire_send(fds[0], type, raw, len, soon(), &err),
	    MFA_OK);
}

static void
request_arrives(enum keymsg_what what)
{
	fill_request(what);
	assert_int_equal(keymsg_send_request(fds[0], &request, soon(), &err),
	    MFA_OK);
	assert_int_equal(receive_request(), MFA_OK);
	assert_memory_equal(&got_request, &request, sizeof(request));
}

static void
largest_requests_arrive_as_they_were(void **state)
{
	(void)state;
	request_arrives(KEY_INFO);
	memset(&request, 0, sizeof(request));
	request_arrives(KEY_ASSERT);
	memset(&request, 0, sizeof(request));
	request_arrives(KEY_MAKE);
}

static void
smallest_request_arrives(void **state)
{
	(void)state;
	request.what = KEY_INFO;
	assert_int_equal(keymsg_send_request(fds[0], &request, soon(), &err),
	    MFA_OK);
	assert_int_equal(receive_request(), MFA_OK);
	assert_memory_equal(&got_request, &request, sizeof(request));
}

static void
largest_answer_arrives_as_it_was(void **state)
{
	(void)state;
	fill_answer();
	assert_int_equal(keymsg_send_answer(fds[0], &answer, soon(), &err),
	    MFA_OK);
	assert_int_equal(receive(), MFA_OK);
	assert_true(is_answer);
	assert_memory_equal(&got_answer, &answer, sizeof(answer));
}

static void
every_error_arrives(void **state)
{
	int error;

	(void)state;
	for (error = KEY_OK; error <= KEY_FAILED; error++) {
		answer.error = (enum keymsg_error)error;
		assert_int_equal(
		    keymsg_send_answer(fds[0], &answer, soon(), &err), MFA_OK);
		assert_int_equal(receive(), MFA_OK);
		assert_true(is_answer);
		assert_int_equal(got_answer.error, error);
	}
}

static void
every_status_arrives(void **state)
{
	int status;

	(void)state;
	for (status = KEY_STATUS_WAITING; status <= KEY_STATUS_PIN; status++) {
		progress.status = (enum keymsg_status)status;
		strcpy(progress.text, "Schl\xc3\xbcssel");
		memset(progress.node, 0, sizeof(progress.node));
		if (status == KEY_STATUS_OPENED)
			strcpy(progress.node, "/dev/hidraw0");
		progress.retries = status == KEY_STATUS_PIN ? 3 : -1;
		progress.wrong = status == KEY_STATUS_PIN;
		progress.channel = status == KEY_STATUS_TOUCH ? UINT32_MAX : 0;
		assert_int_equal(
		    keymsg_send_progress(fds[0], &progress, soon(), &err),
		    MFA_OK);
		assert_int_equal(receive(), MFA_OK);
		assert_false(is_answer);
		assert_memory_equal(&got_progress, &progress, sizeof(progress));
	}
}

static void
retries_that_are_not_told_are_minus_one(void **state)
{
	(void)state;
	progress.status = KEY_STATUS_PIN;
	assert_int_equal(keymsg_send_progress(fds[0], &progress, soon(), &err),
	    MFA_OK);
	assert_int_equal(receive(), MFA_OK);
	assert_int_equal(got_progress.retries, -1);
}

static void
pin_arrives(void **state)
{
	struct secret pin, got = { 0 };

	(void)state;
	assert_true(secret_set(&pin, "12\0" "34", 5));
	assert_int_equal(keymsg_send_pin(fds[0], &pin, soon(), &err), MFA_OK);
	assert_int_equal(keymsg_receive_pin(fds[1], soon(), &got, &err),
	    MFA_OK);
	assert_true(secret_is_equal(&got, &pin));
	pin.len = SECRET_SIZE;
	assert_int_equal(keymsg_send_pin(fds[0], &pin, soon(), &err), MFA_OK);
	assert_int_equal(keymsg_receive_pin(fds[1], soon(), &got, &err),
	    MFA_OK);
	assert_int_equal(got.len, SECRET_SIZE);
}

static void
another_frame_is_no_pin(void **state)
{
	struct secret got = { .len = 3 };

	(void)state;
	send_raw(WIRE_KEY_REQUEST, "1234", 4);
	assert_int_equal(keymsg_receive_pin(fds[1], soon(), &got, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(got.len, 3);
}

static void
refuses_to_send(void)
{
	assert_int_equal(keymsg_send_request(fds[0], &request, soon(), &err),
	    MFA_SERVICE_FAILURE);
}

static void
requests_out_of_bounds_are_not_sent(void **state)
{
	(void)state;
	fill_request(KEY_MAKE);
	request.what = (enum keymsg_what)3;
	refuses_to_send();
	request.what = KEY_MAKE;
	request.credential_count = KEYMSG_CREDENTIALS_MAX + 1;
	refuses_to_send();
	request.credential_count = 1;
	request.credentials[0].len = KEYMSG_CREDENTIAL_MAX + 1;
	refuses_to_send();
	request.credentials[0].len = 0;
	refuses_to_send();
	request.credential_count = 0;
	request.node_count = KEYMSG_NODES_MAX + 1;
	refuses_to_send();
	request.node_count = 0;
	request.rp_id[0] = '\0';
	refuses_to_send();
	request.rp_id[0] = '\n';
	refuses_to_send();
	fill_text(request.rp_id, sizeof(request.rp_id) - 1);
	request.rp_id[sizeof(request.rp_id) - 1] = 'x';
	refuses_to_send();
	fill_text(request.rp_id, 3);
	request.what = KEY_ASSERT;
	refuses_to_send(); /* no credential */
	request.what = KEY_MAKE;
	assert_int_equal(keymsg_send_request(fds[0], &request, soon(), &err),
	    MFA_OK);
}

static void
cut_and_longer_messages_are_refused(void **state)
{
	static uint8_t raw[RAW_MAX];
	size_t len, n;

	(void)state;
	fill_request(KEY_ASSERT);
	request.credential_count = 1;
	request.credentials[0].len = 5;
	request.node_count = 1;
	request.channel = 0;	/* at the end, and need not be there */
	assert_int_equal(keymsg_send_request(fds[0], &request, soon(), &err),
	    MFA_OK);
	len = take_raw(raw);
	for (n = 0; n < len; n++) {
		send_raw(WIRE_KEY_REQUEST, raw, n);
		assert_int_equal(receive_request(), MFA_SERVICE_FAILURE);
	}
	memset(raw + len, 0, 3);
	for (n = 1; n <= 3; n++) {
		send_raw(WIRE_KEY_REQUEST, raw, len + n);
		assert_int_equal(receive_request(), MFA_SERVICE_FAILURE);
	}
	send_raw(WIRE_KEY_REQUEST, raw, len);
	assert_int_equal(receive_request(), MFA_OK);
}

/* Messages that a worker may not send, and one that it may. */
static void
malformed_answers_are_refused(void **state)
{
#define RAW(s) { s, sizeof(s) - 1 }
	static const struct {
		const char *raw;
		size_t len;
	} bad[] = {
		RAW(""),
		RAW("\x01\0\x01\x0a"),		       /* unknown error */
		RAW("\x01\0\x02\0\0"),		       /* too long */
		RAW("\x01\0\x01\0\x01\0\x01\0"),       /* twice */
		RAW("\x02\0\x01x"),		       /* no first field */
		RAW("\x02\0\x01x\x01\0\x01\0"),	       /* order */
		RAW("\x01\0\x01\0\x0c\0\x01x"),	       /* unknown tag */
		RAW("\x01\0\x01\0\0\0\x01x"),	       /* unknown tag */
		RAW("\x01\0\x01\0\xff\0\x01x"),	       /* unknown tag */
		RAW("\x01\0\x01\0\x02\0\0"),	       /* empty */
		RAW("\x01\0\x01\0\x02\0\x02x\0"),      /* NUL */
		RAW("\x01\0\x01\0\x02\0\x01\x1b"),     /* control */
		RAW("\x01\0\x01\0\x02\0\x01\xff"),     /* not UTF-8 */
		RAW("\x01\0\x01\0\x04\0\x01\x02"),     /* not a flag */
		RAW("\x01\0\x01\0\x06\0\x08" "12345678"), /* no name */
		RAW("\x01\0\x01\x01\x09\0\x01x"),      /* error and signature */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		send_raw(WIRE_KEY_ANSWER, bad[i].raw, bad[i].len);
		if (receive() != MFA_SERVICE_FAILURE)
			fail_msg("answer %zu was taken", i);
	}
	send_raw(WIRE_KEY_ANSWER, "\x01\0\x01\0\x09\0\x01x", 8);
	assert_int_equal(receive(), MFA_OK);
	assert_int_equal(got_answer.signature_len, 1);
#undef RAW
}

static void
lists_have_an_end(void **state)
{
	static uint8_t raw[RAW_MAX];
	size_t i, len = 0;

	(void)state;
	memcpy(raw, "\x01\0\x01\0", len = 4);
	for (i = 0; i < KEYMSG_CERTIFICATIONS_MAX + 1; i++, len += 12)
		memcpy(raw + len, "\x06\0\x09" "12345678a", 12);
	send_raw(WIRE_KEY_ANSWER, raw, len - 12);
	assert_int_equal(receive(), MFA_OK);
	send_raw(WIRE_KEY_ANSWER, raw, len);
	assert_int_equal(receive(), MFA_SERVICE_FAILURE);
}

static void
worker_can_not_send_a_request(void **state)
{
	(void)state;
	request.what = KEY_INFO;
	assert_int_equal(keymsg_send_request(fds[0], &request, soon(), &err),
	    MFA_OK);
	assert_int_equal(receive(), MFA_SERVICE_FAILURE);
}

static void
results_are_untouched_on_failure(void **state)
{
	static struct keymsg_request before;

	(void)state;
	before = got_request;
	send_raw(WIRE_KEY_REQUEST, "\x01\0\x01\0\x02\0\x04\0\0\0\x01\x63", 12);
	assert_int_equal(receive_request(), MFA_SERVICE_FAILURE);
	assert_memory_equal(&got_request, &before, sizeof(before));
}

static void
closed_peer_is_told(void **state)
{
	(void)state;
	close(fds[0]);
	assert_int_equal(receive(), MFA_REQUEST_ABORTED);
	fds[0] = dup(fds[1]);
}

/* With the sanitizers, no octet outside is read or written. */
static void
random_messages_do_no_harm(void **state)
{
	static uint8_t raw[RAW_MAX], mutant[RAW_MAX];
	static const enum wire_type types[] = { WIRE_KEY_ANSWER,
		WIRE_KEY_STATUS };
	size_t len, n, i, j;

	(void)state;
	srandom(1);
	fill_answer();
	answer.authdata_len = answer.signature_len = 40;
	answer.certificate_len = answer.credential.len = 50;
	assert_int_equal(keymsg_send_answer(fds[0], &answer, soon(), &err),
	    MFA_OK);
	len = take_raw(raw);
	for (i = 0; i < ROUNDS; i++) {
		memcpy(mutant, raw, len);
		if ((n = len) > wire_limit(types[i % 2]))
			n = wire_limit(types[i % 2]);
		if (i % 4 == 0) {
			n = (size_t)random() % 64;
			fill(mutant, n);
		}
		for (j = 0; j <= i % 5 && n > 0; j++)
			mutant[(size_t)random() % n] = (uint8_t)random();
		send_raw(types[i % 2], mutant, n);
		if (receive() == MFA_OK && is_answer)
			assert_true(
			    strlen(got_answer.text) <= KEYMSG_TEXT_MAX);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(largest_requests_arrive_as_they_were),
		TEST(smallest_request_arrives),
		TEST(largest_answer_arrives_as_it_was),
		TEST(every_error_arrives),
		TEST(every_status_arrives),
		TEST(retries_that_are_not_told_are_minus_one),
		TEST(pin_arrives),
		TEST(another_frame_is_no_pin),
		TEST(requests_out_of_bounds_are_not_sent),
		TEST(cut_and_longer_messages_are_refused),
		TEST(malformed_answers_are_refused),
		TEST(lists_have_an_end),
		TEST(worker_can_not_send_a_request),
		TEST(results_are_untouched_on_failure),
		TEST(closed_peer_is_told),
		TEST(random_messages_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
