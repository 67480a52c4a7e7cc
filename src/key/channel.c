#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "key/channel.h"
#include "wire/frame.h"

/* A report: channel, command or sequence, length, data. */
#define AT_ID	   0
#define AT_COMMAND 4
#define AT_LENGTH  5
#define AT_DATA	   7

#define FIRST		 CTAP_FRAME_INIT /* bit of a message's first report */
#define ANSWER_ERROR	 (FIRST | 0x3f)
#define ANSWER_KEEPALIVE (FIRST | CTAP_KEEPALIVE)
#define KEEPALIVE_TOUCH	 2 /* STATUS_UPNEEDED */

/* hidraw takes the number of the report, which is none, before it. */
#define WRITE_SIZE (1 + CHANNEL_REPORT_SIZE)

static struct channel *volatile current;

void
channel_use(struct channel *channel)
{
	current = channel;
}

void
channel_cancel(void)
{
	uint8_t report[WRITE_SIZE] = { 0 };
	struct channel *c = current;
	int saved = errno;

	if (c == NULL || !c->pending || c->end == CHANNEL_GONE)
		return;
	c->pending = false;
	memcpy(report + 1 + AT_ID, c->id, sizeof(c->id));
	report[1 + AT_COMMAND] = FIRST | CTAP_CMD_CANCEL;
	/* The key may be gone: there is no one to tell. */
	if (write(c->device, report, sizeof(report)) == -1)
		c->end = CHANNEL_GONE;
	errno = saved;
}

void
channel_cancel_other(struct channel *channel, uint32_t id)
{
	size_t i;

	for (i = 0; i < sizeof(channel->id); i++)
		channel->id[i] = (uint8_t)(id >>
		    (8 * (sizeof(channel->id) - 1 - i)));
	channel->pending = true;
	channel_use(channel);
	channel_cancel();
}

/* 1: can be read; else the channel has ended, or MS passed. */
static int
wait_report(struct channel *c, int ms)
{
	int64_t deadline = c->dialogue->deadline;
	int n;

	if (ms >= 0 && wire_now() + ms < deadline)
		deadline = wire_now() + ms;
	n = dialogue_wait(c->dialogue, c->device, deadline);
	if (n == -1)
		c->end = CHANNEL_CLOSED;
	if (n == 0 && wire_now() >= c->dialogue->deadline)
		c->end = CHANNEL_LATE;
	return n;
}

/* Does this report say that the key waits for a touch? */
static bool
wants_touch(const uint8_t *report)
{
	size_t len = (size_t)report[AT_LENGTH] << 8 | report[AT_LENGTH + 1];

	if (report[AT_COMMAND] == ANSWER_KEEPALIVE)
		return report[AT_DATA] == KEEPALIVE_TOUCH;
	return report[AT_COMMAND] == (FIRST | CTAP_CMD_MSG) && len == 2 &&
	    report[AT_DATA] == SW_CONDITIONS_NOT_SATISFIED >> 8 &&
	    report[AT_DATA + 1] == (SW_CONDITIONS_NOT_SATISFIED & 0xff);
}

static void
tell_touch(struct channel *c)
{
	struct keymsg_progress touch = { .status = KEY_STATUS_TOUCH,
		.retries = -1 };
	size_t i;

	for (i = 0; i < sizeof(c->id); i++)
		touch.channel = touch.channel << 8 | c->id[i];
	c->tell_touch = false;
	if (!dialogue_tell(c->dialogue, &touch))
		c->end = CHANNEL_CLOSED;
}

/* What the channel learns from a report, before libfido2 reads it. */
static void
note_report(struct channel *c, const uint8_t *report)
{
	if (memcmp(report + AT_ID, c->id, sizeof(c->id)) != 0 ||
	    (report[AT_COMMAND] & FIRST) == 0)
		return;
	if (c->tell_touch && wants_touch(report))
		tell_touch(c);
	if (report[AT_COMMAND] == ANSWER_KEEPALIVE)
		return;
	c->pending = false;
	c->busy = report[AT_COMMAND] == ANSWER_ERROR &&
	    report[AT_DATA] == FIDO_ERR_CHANNEL_BUSY;
}

static void *
channel_open(const char *path)
{
	(void)path;
	return current;
}

static void
channel_close(void *handle)
{
	(void)handle;
}

static int
channel_read(void *handle, unsigned char *buf, size_t len, int ms)
{
	struct channel *c = handle;
	ssize_t n;

	if (len != CHANNEL_REPORT_SIZE)
		return -1;
	do {
		if (c->end != CHANNEL_OPEN || wait_report(c, ms) != 1)
			return -1;
		n = read(c->device, buf, len);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n != CHANNEL_REPORT_SIZE) {
		c->end = CHANNEL_GONE;
		return -1;
	}
	note_report(c, buf);
	return (int)n;
}

/* From here on the key may be at it, whatever becomes of the write. */
static void
note_request(struct channel *c, const uint8_t *report)
{
	if ((report[AT_COMMAND] & FIRST) == 0)
		return;
	memcpy(c->id, report + AT_ID, sizeof(c->id));
	c->busy = false;
	c->pending = report[AT_COMMAND] == (FIRST | CTAP_CMD_CBOR);
}

static bool
wait_writable(struct channel *c)
{
	struct pollfd pfd = { .fd = c->device, .events = POLLOUT };

	return poll(&pfd, 1, dialogue_left(c->dialogue->deadline)) > 0 &&
	    (pfd.revents & (POLLERR | POLLHUP)) == 0;
}

static int
channel_write(void *handle, const unsigned char *buf, size_t len)
{
	struct channel *c = handle;
	ssize_t n;

	if (len != WRITE_SIZE || c->end != CHANNEL_OPEN)
		return -1;
	note_request(c, buf + 1);
	do
		n = write(c->device, buf, len);
	while (n == -1 &&
	    (errno == EINTR || (errno == EAGAIN && wait_writable(c))));
	if (n != WRITE_SIZE) {
		c->end = CHANNEL_GONE;
		return -1;
	}
	return (int)n;
}

bool
channel_pause(struct channel *c, int ms)
{
	if (c->end == CHANNEL_OPEN &&
	    dialogue_wait(c->dialogue, -1, wire_now() + ms) == -1)
		c->end = CHANNEL_CLOSED;
	if (c->end == CHANNEL_OPEN && wire_now() >= c->dialogue->deadline)
		c->end = CHANNEL_LATE;
	return c->end == CHANNEL_OPEN;
}

const fido_dev_io_t channel_io = {
	.open = channel_open,
	.close = channel_close,
	.read = channel_read,
	.write = channel_write,
};
