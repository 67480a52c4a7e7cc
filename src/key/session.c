#include <string.h>

#include "key/session.h"

#define BUSY_MS 100 /* between two tries of a busy key */

/* What becomes of libfido2's and CTAP's errors; all others are KEY_FAILED. */
static const struct {
	int code;
	enum keymsg_error error;
} errors[] = {
	{ FIDO_OK, KEY_OK },
	{ FIDO_ERR_NO_CREDENTIALS, KEY_NO_CREDENTIAL },
	{ FIDO_ERR_INVALID_CREDENTIAL, KEY_NO_CREDENTIAL },
	{ FIDO_ERR_CREDENTIAL_EXCLUDED, KEY_EXCLUDED },
	{ FIDO_ERR_TIMEOUT, KEY_TIMEOUT },
	{ FIDO_ERR_USER_ACTION_TIMEOUT, KEY_TIMEOUT },
	{ FIDO_ERR_ACTION_TIMEOUT, KEY_TIMEOUT },
	{ FIDO_ERR_PIN_BLOCKED, KEY_PIN_BLOCKED },
	{ FIDO_ERR_PIN_AUTH_BLOCKED, KEY_PIN_BLOCKED },
	{ FIDO_ERR_UV_BLOCKED, KEY_PIN_BLOCKED },
	{ FIDO_ERR_PIN_NOT_SET, KEY_PIN_NOT_SET },
	{ FIDO_ERR_UNSUPPORTED_ALGORITHM, KEY_UNSUPPORTED },
	{ FIDO_ERR_UNSUPPORTED_EXTENSION, KEY_UNSUPPORTED },
	{ FIDO_ERR_UNSUPPORTED_OPTION, KEY_UNSUPPORTED },
	{ FIDO_ERR_INVALID_OPTION, KEY_UNSUPPORTED },
	{ FIDO_ERR_KEEPALIVE_CANCEL, KEY_CANCELLED },
	{ FIDO_ERR_OPERATION_DENIED, KEY_CANCELLED },
};

static enum keymsg_error
error_of(int r)
{
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].code == r)
			return errors[i].error;
	}
	return KEY_FAILED;
}

enum keymsg_error
session_fail(const struct session *s, int r, struct keymsg_answer *answer)
{
	switch (s->channel->end) {
	case CHANNEL_CLOSED:
		return answer_fail(answer, KEY_CANCELLED, "hung up");
	case CHANNEL_GONE:
		return answer_fail(answer, KEY_GONE, "the key is gone");
	case CHANNEL_LATE:
		return answer_fail(answer, KEY_TIMEOUT, "the time is up");
	case CHANNEL_OPEN:
		break;
	}
	return answer_fail(answer, error_of(r), "%s", fido_strerr(r));
}

/* Is it worth while to ask again? */
static bool
is_busy(const struct session *s, int r)
{
	return r != FIDO_OK && s->channel->end == CHANNEL_OPEN &&
	    (s->channel->busy || r == FIDO_ERR_CHANNEL_BUSY);
}

static int
open_once(struct session *s)
{
	int r;

	if ((s->dev = fido_dev_new()) == NULL)
		return FIDO_ERR_INTERNAL;
	if ((r = fido_dev_set_io_functions(s->dev, &channel_io)) != FIDO_OK)
		return r;
	r = fido_dev_set_timeout(s->dev,
	    dialogue_left(s->channel->dialogue->deadline));
	return r == FIDO_OK ? fido_dev_open(s->dev, s->request->node) : r;
}

int
session_open(struct session *s)
{
	int r;

	for (;;) {
		channel_use(s->channel);
		if (!is_busy(s, r = open_once(s)))
			return r;
		session_close(s);
		if (!channel_pause(s->channel, BUSY_MS))
			return r;
	}
}

void
session_close(struct session *s)
{
	channel_cancel();
	if (s->dev != NULL)
		(void)fido_dev_close(s->dev);
	fido_dev_free(&s->dev);
}

int
session_call(struct session *s, session_function *function, void *arg,
    const char *pin)
{
	int r;

	for (;;) {
		r = fido_dev_set_timeout(s->dev,
		    dialogue_left(s->channel->dialogue->deadline));
		if (r != FIDO_OK)
			return r;
		s->channel->busy = false;
		if (!is_busy(s, r = function(s->dev, arg, pin)) ||
		    !channel_pause(s->channel, BUSY_MS))
			return r;
	}
}

static int
ask_silently(fido_dev_t *dev, void *arg, const char *pin)
{
	return fido_dev_get_assert(dev, arg, pin);
}

/* Asks for an assertion by N credentials from FIRST on, without a touch. */
static int
try_credentials(struct session *s, size_t first, size_t n,
    fido_assert_t *assert)
{
	static const uint8_t hash[KEYMSG_HASH_SIZE];
	const struct keymsg_blob *blob = &s->request->credentials[first];
	int r;

	if ((r = fido_assert_set_rp(assert, s->request->rp_id)) != FIDO_OK ||
	    (r = fido_assert_set_clientdata_hash(assert, hash, sizeof(hash))) !=
		FIDO_OK ||
	    (r = fido_assert_set_up(assert, FIDO_OPT_FALSE)) != FIDO_OK)
		return r;
	for (; n > 0; n--, blob++) {
		r = fido_assert_allow_cred(assert, blob->bytes, blob->len);
		if (r != FIDO_OK)
			return r;
	}
	r = session_call(s, ask_silently, assert, NULL);
	/* U2F says so of a credential that it has. */
	return r == FIDO_ERR_USER_PRESENCE_REQUIRED ? FIDO_OK : r;
}

static int
try_one(struct session *s, size_t index)
{
	fido_assert_t *assert;
	int r = FIDO_ERR_INTERNAL;

	if ((assert = fido_assert_new()) != NULL)
		r = try_credentials(s, index, 1, assert);
	fido_assert_free(&assert);
	return r;
}

static enum session_found
found_of(const struct session *s, int r)
{
	if (s->channel->end != CHANNEL_OPEN)
		return FOUND_FAILED;
	if (r == FIDO_OK)
		return FOUND_ONE;
	if (error_of(r) == KEY_NO_CREDENTIAL)
		return FOUND_NONE;
	/* A status of CTAP is an answer; others mean that there was none. */
	return r > 0 ? FOUND_UNKNOWN : FOUND_FAILED;
}

enum session_found
session_find(struct session *s, size_t *ret_index, int *ret_code)
{
	enum session_found found = FOUND_NONE, worst = FOUND_NONE;
	size_t i;

	/* One by one: a key may take no more in a list, or in a message. */
	for (i = 0; i < s->request->credential_count; i++) {
		*ret_code = try_one(s, i);
		found = found_of(s, *ret_code);
		if (found == FOUND_ONE)
			*ret_index = i;
		if (found == FOUND_ONE || found == FOUND_FAILED)
			return found;
		if (found == FOUND_UNKNOWN)
			worst = found;
	}
	return worst;
}
