/* Descriptors that are passed with frames, wanted and not. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire/frame.h"

#define PASSED_MAX	20

static int ends[2]; /* what one sends, the other receives */
static struct wire_frame frame;
static struct mfa_error err;

static int
setup(void **state)
{
	(void)state;
	memset(&frame, 0, sizeof(frame));
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static int
teardown(void **state)
{
	(void)state;
	wire_clear(&frame);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static enum mfa_code
receive(void)
{
	return wire_receive(ends[1], wire_now() + 1000, &frame, &err);
}

static int64_t
soon(void)
{
	return wire_now() + 1000;
}

/* How many descriptors this process has open. */
static int
count_open(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* Sends OCTETS, and COUNT descriptors beside the first of them. */
static void
send_with(const void *octets, size_t len, size_t count)
{
	union {
		char		buf[CMSG_SPACE(PASSED_MAX * sizeof(int))];
		struct cmsghdr	align;
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)octets, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	size_t i;

	if (count > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
		for (i = 0; i < count; i++)
			memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &ends[0],
			    sizeof(int));
	}
	assert_int_equal(sendmsg(ends[0], &msg, 0), len);
}

static void
descriptor_arrives_as_the_same_file(void **state)
{
	struct stat sent, got;
	int fd;

	(void)state;
	assert_int_equal(wire_send_fd(ends[0], WIRE_AGENT, ends[0], soon(),
	    &err), MFA_OK);
	assert_int_equal(receive(), MFA_OK);
	assert_int_equal(frame.type, WIRE_AGENT);
	assert_string_equal(frame.payload, "1");
	assert_true(frame.has_fd);
	assert_int_not_equal(frame.fd, ends[0]);
	assert_int_equal(fcntl(frame.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(ends[0], &sent), 0);
	assert_int_equal(fstat(frame.fd, &got), 0);
	assert_int_equal(sent.st_ino, got.st_ino);
	fd = wire_take_fd(&frame);
	assert_int_equal(wire_take_fd(&frame), -1);
	wire_clear(&frame);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}

static void
descriptor_that_is_not_taken_is_closed(void **state)
{
	int before = count_open();

	(void)state;
	assert_int_equal(wire_send_fd(ends[0], WIRE_AGENT, ends[0], soon(),
	    &err), MFA_OK);
	assert_int_equal(receive(), MFA_OK);
	assert_int_equal(count_open(), before + 1);
	wire_clear(&frame);
	assert_int_equal(count_open(), before);
	wire_clear(&frame);
}

/* As on the endpoint's sockets. */
static void
descriptor_arrives_beside_credentials(void **state)
{
	int on = 1;

	(void)state;
	assert_int_equal(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on,
	    sizeof(on)), 0);
	assert_int_equal(wire_send_fd(ends[0], WIRE_AGENT, ends[0], soon(),
	    &err), MFA_OK);
	assert_int_equal(receive(), MFA_OK);
	assert_true(frame.has_fd);
}

static void
frames_around_it_stay_whole(void **state)
{
	(void)state;
	assert_int_equal(wire_send(ends[0], WIRE_USER, "alice", 5, soon(),
	    &err), MFA_OK);
	assert_int_equal(wire_send_fd(ends[0], WIRE_AGENT, ends[0], soon(),
	    &err), MFA_OK);
	assert_int_equal(wire_send(ends[0], WIRE_SIGN_IN, "", 0, soon(), &err),
	    MFA_OK);
	assert_int_equal(receive(), MFA_OK);
	assert_string_equal(frame.payload, "alice");
	assert_false(frame.has_fd);
	wire_clear(&frame);
	assert_int_equal(receive(), MFA_OK);
	assert_true(frame.has_fd);
	wire_clear(&frame);
	assert_int_equal(receive(), MFA_OK);
	assert_int_equal(frame.type, WIRE_SIGN_IN);
	assert_false(frame.has_fd);
}

static void
other_types_carry_none(void **state)
{
	(void)state;
	assert_int_equal(wire_send_fd(ends[0], WIRE_USER, ends[0], soon(),
	    &err), MFA_SERVICE_FAILURE);
	assert_int_equal(wire_send_fd(ends[0], (enum wire_type)17, ends[0],
	    soon(), &err), MFA_SERVICE_FAILURE);
	assert_int_equal(wire_send(ends[0], WIRE_AGENT, "1", 1, soon(), &err),
	    MFA_SERVICE_FAILURE);
}

/* With every octet of a frame in turn. */
static void
descriptors_that_are_not_wanted_are_dropped(void **state)
{
	static const char octets[] = "\1\1\0\0\0\0\0\5alice";
	int before = count_open();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(octets) - 1; i++) {
		if (i > 0)
			send_with(octets, i, 0);
		send_with(octets + i, sizeof(octets) - 1 - i, PASSED_MAX);
		assert_int_equal(receive(), MFA_OK);
		assert_string_equal(frame.payload, "alice");
		assert_false(frame.has_fd);
		assert_int_equal(count_open(), before);
		wire_clear(&frame);
	}
}

static void
number_of_descriptors_that_is_not_one_is_refused(void **state)
{
	static const size_t counts[] = { 0, 2, 3, 10, 11, PASSED_MAX };
	static const char header[] = "\1\x10\0\0\0\0\0\1";
	int before = count_open(), on = 1;
	size_t i;

	(void)state;
	assert_int_equal(header[1], WIRE_AGENT);
	for (i = 0; i < 2 * sizeof(counts) / sizeof(counts[0]); i++) {
		if (i == sizeof(counts) / sizeof(counts[0]))
			assert_int_equal(setsockopt(ends[1], SOL_SOCKET,
			    SO_PASSCRED, &on, sizeof(on)), 0);
		send_with(header, sizeof(header) - 1, 0);
		send_with("1", 1, counts[i % (sizeof(counts) /
		    sizeof(counts[0]))]);
		assert_int_equal(receive(), MFA_SERVICE_FAILURE);
		assert_null(frame.payload);
		assert_int_equal(count_open(), before);
	}
}

static void
payload_of_another_length_is_refused(void **state)
{
	int before = count_open();

	(void)state;
	send_with("\1\x10\0\0\0\0\0\0", 8, 1);
	assert_int_equal(receive(), MFA_SERVICE_FAILURE);
	send_with("\1\x10\0\0\0\0\0\2", 8, 1);
	assert_int_equal(receive(), MFA_SERVICE_FAILURE);
	/* With the header is too early. */
	send_with("\1\x10\0\0\0\0\0\1" "1", 9, 1);
	assert_int_equal(receive(), MFA_SERVICE_FAILURE);
	assert_int_equal(count_open(), before);
}

static void
peer_that_ends_within_it_is_unavailable(void **state)
{
	(void)state;
	send_with("\1\x10\0\0\0\0\0\1", 8, 0);
	assert_int_equal(wire_receive(ends[1], wire_now() + 20, &frame, &err),
	    MFA_SERVICE_UNAVAILABLE);
	send_with("\1\x10\0\0\0\0\0\1", 8, 0);
	assert_int_equal(shutdown(ends[0], SHUT_WR), 0);
	assert_int_equal(receive(), MFA_SERVICE_UNAVAILABLE);
	assert_int_equal(receive(), MFA_REQUEST_ABORTED);
}

static void
frame_longer_than_a_peer_may_send_is_refused(void **state)
{
	char text[100] = "";

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(wire_send(ends[0], WIRE_OPERATION, text, 100, soon(),
			     &err),
	    MFA_OK);
	assert_int_equal(wire_receive_short(ends[1], 100, soon(), &frame,
			     &err),
	    MFA_OK);
	wire_clear(&frame);
	assert_int_equal(wire_send(ends[0], WIRE_OPERATION, text, 100, soon(),
			     &err),
	    MFA_OK);
	assert_int_equal(wire_receive_short(ends[1], 99, soon(), &frame, &err),
	    MFA_SERVICE_FAILURE);
	assert_null(frame.payload);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(descriptor_arrives_as_the_same_file),
		TEST(descriptor_that_is_not_taken_is_closed),
		TEST(descriptor_arrives_beside_credentials),
		TEST(frames_around_it_stay_whole),
		TEST(other_types_carry_none),
		TEST(descriptors_that_are_not_wanted_are_dropped),
		TEST(number_of_descriptors_that_is_not_one_is_refused),
		TEST(payload_of_another_length_is_refused),
		TEST(peer_that_ends_within_it_is_unavailable),
		TEST(frame_longer_than_a_peer_may_send_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
