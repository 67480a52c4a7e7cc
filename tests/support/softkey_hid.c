/* CTAPHID (CTAP 2.1, 11.2): reports to messages and back, one at a time. */
#include <string.h>

#include "support/softkey_crypto.h"
#include "support/softkey_ctap2.h"
#include "support/softkey_link.h"

#define BROADCAST		0xffffffffU
#define FIRST			0x80	/* marks a message's first report */
#define FIRST_SIZE		57	/* octets of the message in it */
#define NEXT_SIZE		59	/* and in those that follow */
#define KEEPALIVE_INTERVAL	100	/* ms */
#define MESSAGE_TIMEOUT		500	/* ms for the rest of a message */
#define NONCE_SIZE		8

enum {
	PING		= 0x01,
	MSG		= 0x03,
	INIT		= 0x06,
	WINK		= 0x08,
	CBOR		= 0x10,
	CANCEL		= 0x11,
	KEEPALIVE	= 0x3b,
	ERROR		= 0x3f
};

enum { PROCESSING = 1, TOUCH_NEEDED = 2 };	/* of KEEPALIVE */
enum { CAN_WINK = 0x01, CAN_CBOR = 0x04 };	/* of INIT */

enum error {
	INVALID_COMMAND	= 0x01,
	INVALID_LENGTH	= 0x03,
	INVALID_SEQUENCE = 0x04,
	TIMEOUT		= 0x05,
	CHANNEL_BUSY	= 0x06,
	INVALID_CHANNEL	= 0x0b
};

static void
write_u32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t
read_u32(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 |
	    (uint32_t)from[2] << 8 | from[3];
}

static void
send_message(struct softkey *key, uint32_t channel, uint8_t command,
    const uint8_t *data, size_t len)
{
	uint8_t report[SOFTKEY_REPORT_SIZE] = { 0 };
	size_t size = len < FIRST_SIZE ? len : FIRST_SIZE;
	uint8_t sequence = 0;

	write_u32(report, channel);
	report[4] = FIRST | command;
	report[5] = (uint8_t)(len >> 8);
	report[6] = (uint8_t)len;
	if (size > 0)
		memcpy(report + 7, data, size);
	link_write(key->link, report);
	for (size_t sent = size; sent < len; sent += size) {
		memset(report + 4, 0, sizeof(report) - 4);
		size = len - sent < NEXT_SIZE ? len - sent : NEXT_SIZE;
		report[4] = sequence++;
		memcpy(report + 5, data + sent, size);
		link_write(key->link, report);
	}
}

static void
send_error(struct softkey *key, uint32_t channel, enum error error)
{
	uint8_t octet = (uint8_t)error;

	softkey_log(key, "ERROR %02x", error);
	send_message(key, channel, ERROR, &octet, 1);
}

/* A host drops what is of another channel, so that it is of this one. */
static void
send_garbage(struct softkey *key, uint32_t channel)
{
	uint8_t report[SOFTKEY_REPORT_SIZE];

	for (int i = 0; i < 3; i++) {
		crypto_random(report, sizeof(report));
		write_u32(report, channel);
		link_write(key->link, report);
	}
}

/* Makes the answer senseless, a good status apart. */
static void
spoil(struct softkey_hid *hid)
{
	if (hid->command != CBOR && hid->command != MSG)
		return;
	if (hid->answer.len < 2)
		hid->answer.len = 64;
	crypto_random(hid->answer.bytes, hid->answer.len);
	hid->answer.bytes[0] = CTAP2_OK;
}

/* Ends the transaction with its answer. */
static void
send_answer(struct softkey *key)
{
	struct softkey_hid *hid = &key->hid;

	hid->state = STATE_IDLE;
	if (key->switches.garbage == GARBAGE_REPORTS) {
		send_garbage(key, hid->channel);
		return;
	}
	if (key->switches.garbage == GARBAGE_MESSAGES)
		spoil(hid);
	send_message(key, hid->channel, hid->command, hid->answer.bytes,
	    hid->answer.len);
}

/* Sends the answer when the time for it has come. */
static void
finish(struct softkey *key)
{
	struct softkey_hid *hid = &key->hid;

	if (key->switches.mute) {
		hid->state = STATE_MUTE;
	} else if (key->switches.slow > 0) {
		hid->state = STATE_ANSWERING;
		hid->keepalive = softkey_now() + KEEPALIVE_INTERVAL;
		hid->deadline = softkey_now() + key->switches.slow;
	} else
		send_answer(key);
}

/* Ends the transaction with a status of CTAP2 alone. */
static void
give_up(struct softkey *key, enum ctap2_status status)
{
	softkey_touch_forget(key);
	softkey_log(key, "error %02x", status);
	key->hid.answer.bytes[0] = (uint8_t)status;
	key->hid.answer.len = 1;
	send_answer(key);
}

static void
run_cbor(struct softkey *key)
{
	struct softkey_hid *hid = &key->hid;

	if (ctap2_request(key, &hid->request, &hid->answer)) {
		finish(key);
		return;
	}
	hid->state = STATE_TOUCH;
	hid->deadline = softkey_now() + key->switches.touch_timeout;
	hid->keepalive = softkey_now();
	hid_tick(key);
}

static void
run(struct softkey *key)
{
	struct softkey_hid *hid = &key->hid;

	switch (hid->command) {
	case CBOR:
		run_cbor(key);
		return;
	case MSG:
		u2f_request(key, &hid->request, &hid->answer);
		break;
	case PING:
		memcpy(&hid->answer, &hid->request, sizeof(hid->answer));
		break;
	case WINK:
		softkey_log(key, "WINK");
		hid->answer.len = 0;
		break;
	}
	finish(key);
}

static bool
has_command(const struct softkey *key, uint8_t command)
{
	switch (command) {
	case PING:
	case MSG:
	case WINK:
		return true;
	case CBOR:
		return !key->switches.u2f_only;
	default:
		return false;
	}
}

/* Opens a channel, or synchronises one. */
static void
answer_init(struct softkey *key, uint32_t channel, const uint8_t *nonce)
{
	struct softkey_hid *hid = &key->hid;
	uint8_t answer[NONCE_SIZE + 9] = { 0 };
	bool u2f_only = key->switches.u2f_only;

	softkey_log(key, "INIT");
	if (channel == BROADCAST) {
		link_flush(key->link);
		hid->last_channel++;
	} else if (hid->state != STATE_IDLE && hid->channel == channel) {
		softkey_touch_forget(key);
		hid->state = STATE_IDLE;
	}
	if (key->switches.garbage == GARBAGE_REPORTS) {
		send_garbage(key, channel);
		return;
	}
	if (key->switches.mute)
		return;
	memcpy(answer, nonce, NONCE_SIZE);
	write_u32(answer + NONCE_SIZE,
	    channel == BROADCAST ? hid->last_channel : channel);
	answer[12] = 2; /* version of the protocol */
	answer[13] = 1; /* and of the device */
	answer[14] = 2;
	answer[15] = 3;
	answer[16] = u2f_only ? CAN_WINK : CAN_WINK | CAN_CBOR;
	send_message(key, channel, INIT, answer, sizeof(answer));
}

static void
cancel(struct softkey *key, uint32_t channel)
{
	struct softkey_hid *hid = &key->hid;

	softkey_log(key, "CANCEL");
	if (hid->channel == channel && hid->command == CBOR &&
	    (hid->state == STATE_TOUCH || hid->state == STATE_ANSWERING))
		give_up(key, CTAP2_KEEPALIVE_CANCEL);
}

/* Takes octets of the request in; runs it when it is whole. */
static void
receive(struct softkey *key, const uint8_t *data, size_t room)
{
	struct softkey_hid *hid = &key->hid;
	struct softkey_message *request = &hid->request;
	size_t missing = hid->wanted - request->len;
	size_t size = missing < room ? missing : room;

	memcpy(request->bytes + request->len, data, size);
	request->len += size;
	hid->deadline = softkey_now() + MESSAGE_TIMEOUT;
	if (request->len == hid->wanted)
		run(key);
}

static void
begin(struct softkey *key, uint32_t channel, uint8_t command, size_t len,
    const uint8_t *data)
{
	struct softkey_hid *hid = &key->hid;

	if (!has_command(key, command)) {
		send_error(key, channel, INVALID_COMMAND);
		return;
	}
	if (len > SOFTKEY_MESSAGE_MAX) {
		send_error(key, channel, INVALID_LENGTH);
		return;
	}
	if ((command == CBOR || command == MSG) && key->switches.busy > 0) {
		key->switches.busy--;
		send_error(key, channel, CHANNEL_BUSY);
		return;
	}
	hid->state = STATE_RECEIVING;
	hid->channel = channel;
	hid->command = command;
	hid->sequence = 0;
	hid->wanted = len;
	hid->request.len = 0;
	receive(key, data, FIRST_SIZE);
}

static void
first_report(struct softkey *key, uint32_t channel, const uint8_t *report)
{
	struct softkey_hid *hid = &key->hid;
	uint8_t command = report[4] & ~FIRST;
	size_t len = (size_t)report[5] << 8 | report[6];

	if (command == INIT && len != NONCE_SIZE) {
		send_error(key, channel, INVALID_LENGTH);
	} else if (command == INIT &&
	    (channel == BROADCAST ||
		(channel > 0 && channel <= hid->last_channel))) {
		answer_init(key, channel, report + 7);
	} else if (channel == 0 || channel > hid->last_channel) {
		send_error(key, channel, INVALID_CHANNEL);
	} else if (command == CANCEL) {
		cancel(key, channel);
	} else if (hid->state == STATE_RECEIVING && hid->channel == channel) {
		hid->state = STATE_IDLE;
		send_error(key, channel, INVALID_SEQUENCE);
	} else if (hid->state != STATE_IDLE) {
		send_error(key, channel, CHANNEL_BUSY);
	} else
		begin(key, channel, command, len, report + 7);
}

static void
next_report(struct softkey *key, uint32_t channel, const uint8_t *report)
{
	struct softkey_hid *hid = &key->hid;

	if (hid->state != STATE_RECEIVING || hid->channel != channel)
		return;
	if (report[4] != hid->sequence) {
		hid->state = STATE_IDLE;
		send_error(key, channel, INVALID_SEQUENCE);
		return;
	}
	hid->sequence++;
	receive(key, report + 5, NEXT_SIZE);
}

void
hid_report(struct softkey *key,
    const uint8_t report[static SOFTKEY_REPORT_SIZE])
{
	uint32_t channel = read_u32(report);

	if ((report[4] & FIRST) != 0)
		first_report(key, channel, report);
	else
		next_report(key, channel, report);
}

static void
keep_alive(struct softkey *key, uint8_t status)
{
	struct softkey_hid *hid = &key->hid;

	if (softkey_now() < hid->keepalive || hid->command != CBOR)
		return;
	hid->keepalive = softkey_now() + KEEPALIVE_INTERVAL;
	send_message(key, hid->channel, KEEPALIVE, &status, 1);
}

static void
tick_touch(struct softkey *key)
{
	if (softkey_is_touched(key)) {
		key->is_touched = true;
		run_cbor(key);
		key->is_touched = false;
	} else if (softkey_now() >= key->hid.deadline)
		give_up(key, CTAP2_USER_ACTION_TIMEOUT);
	else
		keep_alive(key, TOUCH_NEEDED);
}

void
hid_tick(struct softkey *key)
{
	struct softkey_hid *hid = &key->hid;
	bool late = softkey_now() >= hid->deadline;

	switch (hid->state) {
	case STATE_IDLE:
	case STATE_MUTE:
		break;
	case STATE_RECEIVING:
		if (late) {
			hid->state = STATE_IDLE;
			send_error(key, hid->channel, TIMEOUT);
		}
		break;
	case STATE_TOUCH:
		tick_touch(key);
		break;
	case STATE_ANSWERING:
		if (late)
			send_answer(key);
		else
			keep_alive(key, PROCESSING);
		break;
	}
}

int64_t
hid_next(const struct softkey *key)
{
	const struct softkey_hid *hid = &key->hid;
	int64_t next = hid->deadline;

	if (hid->state == STATE_IDLE || hid->state == STATE_MUTE)
		return SOFTKEY_NEVER;
	if (hid->state == STATE_RECEIVING)
		return next;
	if (hid->command == CBOR && hid->keepalive < next)
		next = hid->keepalive;
	if (hid->state == STATE_TOUCH && key->switches.touch == TOUCH_AFTER &&
	    key->touch_asked + key->switches.touch_after < next)
		next = key->touch_asked + key->switches.touch_after;
	return next;
}
