#include <string.h>

#include "key/verify.h"

#define PIN_MAX 63 /* octets (CTAP 2.1, 6.5.1) */

enum method { METHOD_NONE, METHOD_BUILT_IN, METHOD_PIN };

static int
get_retries(fido_dev_t *dev, void *arg, const char *pin)
{
	(void)pin;
	return fido_dev_get_retry_count(dev, arg);
}

/* Text of at most PIN_MAX octets? The key need not be asked about others. */
static bool
is_pin(const struct secret *pin)
{
	return pin->len > 0 && pin->len <= PIN_MAX &&
	    memchr(pin->bytes, '\0', pin->len) == NULL;
}

/* Gets a PIN from the endpoint, with a NUL after it. */
static enum keymsg_error
take_pin(struct session *s, bool wrong, struct secret *pin,
    struct keymsg_answer *answer)
{
	struct keymsg_progress progress = { .status = KEY_STATUS_PIN,
		.retries = -1,
		.wrong = wrong };
	struct dialogue *d = s->channel->dialogue;
	int r, retries = -1;

	r = session_call(s, get_retries, &retries, NULL);
	if (s->channel->end != CHANNEL_OPEN)
		return session_fail(s, r, answer);
	if (r == FIDO_OK && retries == 0)
		return session_fail(s, FIDO_ERR_PIN_BLOCKED, answer);
	if (r == FIDO_OK && retries > 0 && retries <= UINT8_MAX)
		progress.retries = retries;
	do {
		if (!dialogue_tell(d, &progress) ||
		    !dialogue_take_pin(d, pin)) {
			s->channel->end = d->is_over ? CHANNEL_CLOSED
						     : CHANNEL_LATE;
			return session_fail(s, FIDO_ERR_INTERNAL, answer);
		}
		progress.wrong = true;
	} while (!is_pin(pin));
	pin->bytes[pin->len] = '\0';
	return KEY_OK;
}

/* Can the request be met, and how? */
static enum keymsg_error
choose(const struct session *s, enum method *ret, struct keymsg_answer *answer)
{
	if (s->request->uv == KEY_UV_DISCOURAGED)
		*ret = METHOD_NONE;
	else if (fido_dev_has_uv(s->dev))
		*ret = METHOD_BUILT_IN;
	else if (fido_dev_has_pin(s->dev))
		*ret = METHOD_PIN;
	else if (s->request->uv == KEY_UV_PREFERRED)
		*ret = METHOD_NONE;
	else if (fido_dev_supports_pin(s->dev) || fido_dev_supports_uv(s->dev))
		return answer_fail(answer, KEY_PIN_NOT_SET,
		    "the key has no PIN, and verification is required");
	else
		return answer_fail(answer, KEY_UNSUPPORTED,
		    "the key can't verify its user");
	return KEY_OK;
}

/* Is the PIN the way on, after the answer R? */
static bool
wants_pin(const struct session *s, enum method method, int r)
{
	if (method == METHOD_PIN)
		return r == FIDO_ERR_PIN_INVALID;
	if (!fido_dev_has_pin(s->dev))
		return false;
	/* Some keys make no credential without their PIN. */
	if (r == FIDO_ERR_PIN_REQUIRED)
		return true;
	return method == METHOD_BUILT_IN &&
	    (r == FIDO_ERR_UV_BLOCKED || r == FIDO_ERR_UV_INVALID);
}

enum keymsg_error
verify_and_ask(struct session *s, const struct ask *ask,
    struct keymsg_answer *answer)
{
	_cleanup_(secret_wipe) struct secret pin = { 0 };
	enum keymsg_error error;
	bool wrong = false;
	enum method method = METHOD_NONE;
	int r;

	if ((error = choose(s, &method, answer)) != KEY_OK)
		return error;
	for (;;) {
		if (method == METHOD_PIN &&
		    (error = take_pin(s, wrong, &pin, answer)) != KEY_OK)
			return error;
		r = ask->set_uv(ask->arg,
		    method == METHOD_BUILT_IN ? FIDO_OPT_TRUE : FIDO_OPT_OMIT);
		if (r != FIDO_OK)
			return session_fail(s, r, answer);
		s->channel->tell_touch = true;
		r = session_call(s, ask->call, ask->arg,
		    method == METHOD_PIN ? (const char *)pin.bytes : NULL);
		s->channel->tell_touch = false;
		if (r == FIDO_OK)
			return KEY_OK;
		if (s->channel->end != CHANNEL_OPEN || !wants_pin(s, method, r))
			return session_fail(s, r, answer);
		wrong = method == METHOD_PIN;
		method = METHOD_PIN;
	}
}
