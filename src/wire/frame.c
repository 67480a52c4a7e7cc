#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/frame.h"
#include "wire/passing.h"

/* The most octets of each type; a type that is not here is unknown. */
static const struct {
	uint32_t limit;
	bool known;
	bool is_string; /* may not hold a NUL */
} types[] = {
	[WIRE_USER] = { WIRE_STRING_MAX, true, true },
	[WIRE_SERVICE] = { WIRE_STRING_MAX, true, true },
	[WIRE_RHOST] = { WIRE_STRING_MAX, true, true },
	[WIRE_TTY] = { WIRE_STRING_MAX, true, true },
	[WIRE_CONF] = { WIRE_STRING_MAX, true, true },
	[WIRE_UNENROLLED] = { WIRE_STRING_MAX, true, true },
	[WIRE_PROMPT_TEXT] = { WIRE_STRING_MAX, true, true },
	[WIRE_SIGN_IN] = { 0, true, true },
	[WIRE_ANSWER] = { WIRE_ANSWER_MAX, true, false },
	[WIRE_PHASE] = { WIRE_STRING_MAX, true, true },
	[WIRE_TICKET] = { WIRE_STRING_MAX, true, true },
	[WIRE_SSH_KEYS] = { WIRE_SSH_KEYS_MAX, true, true },
	[WIRE_PENDING] = { WIRE_STRING_MAX, true, true },
	[WIRE_ENROLL_BY] = { WIRE_STRING_MAX, true, true },
	[WIRE_MANUAL] = { WIRE_STRING_MAX, true, true },
	[WIRE_AGENT] = { 1, true, true },
	[WIRE_PROMPT] = { WIRE_STRING_MAX, true, true },
	[WIRE_MESSAGE] = { WIRE_STRING_MAX, true, true },
	[WIRE_ENVIRONMENT] = { WIRE_STRING_MAX, true, true },
	[WIRE_OUTCOME] = { WIRE_STRING_MAX, true, true },
	[WIRE_PROMPT_OPTIONAL] = { WIRE_STRING_MAX, true, true },
	[WIRE_WAIT] = { WIRE_STRING_MAX, true, true },
	[WIRE_OPERATION] = { WIRE_OPERATION_MAX, true, true },
	[WIRE_RESULT] = { WIRE_RESULT_MAX, true, true },
	[WIRE_FAILURE] = { WIRE_STRING_MAX * 4, true, true },
	[WIRE_KEY_REQUEST] = { WIRE_KEY_MESSAGE_MAX, true, false },
	[WIRE_KEY_PIN] = { WIRE_KEY_PIN_MAX, true, false },
	[WIRE_KEY_STATUS] = { WIRE_STRING_MAX, true, false },
	[WIRE_KEY_ANSWER] = { WIRE_KEY_MESSAGE_MAX, true, false },
};

#define TYPES_COUNT (sizeof(types) / sizeof(types[0]))

void
wire_clear(struct wire_frame *frame)
{
	if (frame->payload != NULL) {
		explicit_bzero(frame->payload, frame->len);
		free(frame->payload);
	}
	if (frame->has_fd)
		closep(&frame->fd);
	memset(frame, 0, sizeof(*frame));
}

int
wire_take_fd(struct wire_frame *frame)
{
	int fd = frame->has_fd ? frame->fd : -1;

	frame->has_fd = false;
	frame->fd = -1;
	return fd;
}

static bool
type_is_known(unsigned type)
{
	return type < TYPES_COUNT && types[type].known;
}

/* Does a descriptor go with the first octet of the payload? */
static bool
type_has_fd(unsigned type)
{
	return type == WIRE_AGENT;
}

size_t
wire_limit(enum wire_type type)
{
	return type_is_known(type) ? types[type].limit : 0;
}

int64_t
wire_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * Waits until FD is ready for EVENTS; errors of FD are told by the next call.
 */
static enum mfa_code
wait_ready(int fd, short events, int64_t deadline, struct mfa_error *err)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int64_t left;
	int n;

	for (;;) {
		if ((left = deadline - wire_now()) < 0)
			left = 0;
		if (left > INT32_MAX)
			left = INT32_MAX;
		n = poll(&pfd, 1, (int)left);
		if (n > 0)
			return MFA_OK;
		if (n == 0)
			return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
			    "the peer did not answer in time");
		if (errno != EINTR)
			return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
			    "poll");
	}
}

/* May a call that failed with ERRNO be made again once the socket is ready? */
static bool
errno_is_transient(int e)
{
	return e == EINTR || e == EAGAIN || e == EWOULDBLOCK;
}

static void
advance(struct msghdr *msg, size_t n)
{
	while (msg->msg_iovlen > 0 && n >= msg->msg_iov->iov_len) {
		n -= msg->msg_iov->iov_len;
		msg->msg_iov++;
		msg->msg_iovlen--;
	}
	if (msg->msg_iovlen > 0) {
		msg->msg_iov->iov_base = (char *)msg->msg_iov->iov_base + n;
		msg->msg_iov->iov_len -= n;
	}
}

static enum mfa_code
send_all(int fd, struct msghdr *msg, int64_t deadline, struct mfa_error *err)
{
	enum mfa_code code;
	ssize_t n;

	while (msg->msg_iovlen > 0) {
		n = sendmsg(fd, msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			/* What went with the first octet has gone. */
			msg->msg_control = NULL;
			msg->msg_controllen = 0;
			advance(msg, (size_t)n);
			continue;
		}
		if (!errno_is_transient(errno))
			return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE,
			    errno, "sending to the peer");
		if ((code = wait_ready(fd, POLLOUT, deadline, err)) != MFA_OK)
			return code;
	}
	return MFA_OK;
}

static void
fill_header(uint8_t header[WIRE_HEADER_SIZE], enum wire_type type, size_t len)
{
	const uint8_t octets[WIRE_HEADER_SIZE] = { WIRE_VERSION, (uint8_t)type,
		0, 0, (uint8_t)(len >> 24), (uint8_t)(len >> 16),
		(uint8_t)(len >> 8), (uint8_t)len };

	memcpy(header, octets, sizeof(octets));
}

static enum mfa_code
check_part(const struct wire_part *part, struct mfa_error *err)
{
	if (!type_is_known(part->type) || type_has_fd(part->type) ||
	    part->len > types[part->type].limit)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a frame of type %u with %zu octets can't be sent",
		    (unsigned)part->type, part->len);
	return MFA_OK;
}

enum mfa_code
wire_send_parts(int fd, const struct wire_part *parts, size_t count,
    int64_t deadline, struct mfa_error *err)
{
	uint8_t headers[WIRE_PARTS_MAX][WIRE_HEADER_SIZE];
	struct iovec iov[2 * WIRE_PARTS_MAX];
	struct msghdr msg = { .msg_iov = iov };
	enum mfa_code code;
	size_t i;

	if (count > WIRE_PARTS_MAX)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%zu frames can't be sent at once", count);
	for (i = 0; i < count; i++) {
		if ((code = check_part(&parts[i], err)) != MFA_OK)
			return code;
		fill_header(headers[i], parts[i].type, parts[i].len);
		iov[msg.msg_iovlen++] = (struct iovec){ headers[i],
			WIRE_HEADER_SIZE };
		if (parts[i].len > 0)
			iov[msg.msg_iovlen++] = (struct iovec){
				(void *)(uintptr_t)parts[i].payload,
				parts[i].len };
	}
	return send_all(fd, &msg, deadline, err);
}

enum mfa_code
wire_send(int fd, enum wire_type type, const void *payload, size_t len,
    int64_t deadline, struct mfa_error *err)
{
	const struct wire_part part = { type, payload, len };

	return wire_send_parts(fd, &part, 1, deadline, err);
}

enum mfa_code
wire_send_fd(int fd, enum wire_type type, int passed, int64_t deadline,
    struct mfa_error *err)
{
	uint8_t header[WIRE_HEADER_SIZE];
	struct iovec iov = { .iov_base = header, .iov_len = sizeof(header) };
	struct msghdr head = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct passing passing;
	enum mfa_code code;

	if (!type_has_fd(type))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a frame of type %u carries no descriptor", (unsigned)type);
	fill_header(header, type, 1);
	passing_fill(&passing, '1', passed);
	if ((code = send_all(fd, &head, deadline, err)) != MFA_OK)
		return code;
	return send_all(fd, &passing.msg, deadline, err);
}

/* Fills DATA; *ret_got tells how far it came when the peer closed. */
static enum mfa_code
receive_all(int fd, void *data, size_t len, int64_t deadline, size_t *ret_got,
    struct mfa_error *err)
{
	enum mfa_code code;
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = recv(fd, (char *)data + got, len - got, MSG_DONTWAIT);
		if (n > 0) {
			got += (size_t)n;
			continue;
		}
		if (n == 0) {
			*ret_got = got;
			return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
			    "the peer closed the connection within a frame");
		}
		if (!errno_is_transient(errno))
			return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE,
			    errno, "receiving from the peer");
		if ((code = wait_ready(fd, POLLIN, deadline, err)) != MFA_OK)
			return code;
	}
	*ret_got = got;
	return MFA_OK;
}

static enum mfa_code
receive_header(int fd, int64_t deadline, uint8_t header[WIRE_HEADER_SIZE],
    struct mfa_error *err)
{
	size_t got = SIZE_MAX;
	enum mfa_code code;

	code = receive_all(fd, header, WIRE_HEADER_SIZE, deadline, &got, err);
	if (code != MFA_OK && got == 0)
		return mfa_error_set(err, MFA_REQUEST_ABORTED, 0,
		    "the peer closed the connection");
	return code;
}

static enum mfa_code
check_header(const uint8_t header[WIRE_HEADER_SIZE], size_t max,
    size_t *ret_len, struct mfa_error *err)
{
	size_t len = (size_t)header[4] << 24 | (size_t)header[5] << 16 |
	    (size_t)header[6] << 8 | (size_t)header[7];

	if (header[0] != WIRE_VERSION)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the peer speaks version %u of the protocol, this is %u",
		    header[0], WIRE_VERSION);
	if (!type_is_known(header[1]) || header[2] != 0 || header[3] != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the peer sent a frame that is not of this protocol");
	if (len > types[header[1]].limit || len > max)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the peer sent a frame of type %u with %zu octets",
		    header[1], len);
	*ret_len = len;
	return MFA_OK;
}

/* An octet, and the descriptor with it. */
static enum mfa_code
receive_passed(int fd, char *ret_octet, int64_t deadline, int *ret_passed,
    struct mfa_error *err)
{
	struct passing passing;
	enum mfa_code code;
	ssize_t n;

	for (;;) {
		passing_empty(&passing);
		n = recvmsg(fd, &passing.msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n >= 0)
			break;
		if (!errno_is_transient(errno))
			return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE,
			    errno, "receiving from the peer");
		if ((code = wait_ready(fd, POLLIN, deadline, err)) != MFA_OK)
			return code;
	}
	if (n == 0)
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		    "the peer closed the connection within a frame");
	if ((*ret_passed = passing_take(&passing)) == -1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the peer passed not one descriptor");
	*ret_octet = passing.octet;
	return MFA_OK;
}

static enum mfa_code
receive_payload(int fd, int64_t deadline, struct wire_frame *frame,
    struct mfa_error *err)
{
	enum mfa_code code;
	size_t got;

	if (!type_has_fd(frame->type))
		return receive_all(fd, frame->payload, frame->len, deadline,
		    &got, err);
	if (frame->len != 1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the peer passed no descriptor");
	code = receive_passed(fd, frame->payload, deadline, &frame->fd, err);
	frame->has_fd = code == MFA_OK;
	return code;
}

enum mfa_code
wire_receive(int fd, int64_t deadline, struct wire_frame *ret_frame,
    struct mfa_error *err)
{
	return wire_receive_short(fd, SIZE_MAX, deadline, ret_frame, err);
}

enum mfa_code
wire_receive_short(int fd, size_t max, int64_t deadline,
    struct wire_frame *ret_frame, struct mfa_error *err)
{
	_cleanup_(wire_clear) struct wire_frame frame = { 0 };
	uint8_t header[WIRE_HEADER_SIZE];
	enum mfa_code code;

	if ((code = receive_header(fd, deadline, header, err)) != MFA_OK)
		return code;
	if ((code = check_header(header, max, &frame.len, err)) != MFA_OK)
		return code;
	frame.type = (enum wire_type)header[1];
	if ((frame.payload = malloc(frame.len + 1)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "a frame of %zu octets", frame.len);
	code = receive_payload(fd, deadline, &frame, err);
	if (code != MFA_OK)
		return code;
	frame.payload[frame.len] = '\0';
	if (types[frame.type].is_string &&
	    memchr(frame.payload, '\0', frame.len) != NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the peer sent a string with a NUL in it");
	*ret_frame = frame;
	memset(&frame, 0, sizeof(frame));
	return MFA_OK;
}
