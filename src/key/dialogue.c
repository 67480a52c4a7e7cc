#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "key/dialogue.h"
#include "wire/frame.h"

#define SEND_MS 1000 /* the endpoint reads, or is not worth waiting for */

int
dialogue_left(int64_t deadline)
{
	int64_t left = deadline - wire_now();

	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

bool
dialogue_tell(struct dialogue *d, const struct keymsg_progress *progress)
{
	struct mfa_error err;

	if (!d->is_over &&
	    keymsg_send_progress(d->fd, progress, wire_now() + SEND_MS, &err) !=
		MFA_OK)
		d->is_over = true;
	return !d->is_over;
}

bool
dialogue_take_pin(struct dialogue *d, struct secret *ret_pin)
{
	int64_t begin = wire_now(), took;
	enum mfa_code code;
	struct mfa_error err;

	code = keymsg_receive_pin(d->fd, begin + d->pin_left, ret_pin, &err);
	took = wire_now() - begin;
	d->deadline += took;
	d->pin_left -= took;
	if (code == MFA_OK)
		return true;
	/* The time is up, or the endpoint is gone or says something else. */
	if (d->pin_left > 0)
		d->is_over = true;
	return false;
}

int
dialogue_wait(struct dialogue *d, int fd, int64_t deadline)
{
	struct pollfd pfds[] = {
		{ .fd = d->fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	int n;

	while (!d->is_over) {
		n = poll(pfds, 2, dialogue_left(deadline));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			return 0;
		if (n == -1 || pfds[0].revents != 0)
			break;
		return 1;
	}
	d->is_over = true;
	return -1;
}

enum keymsg_error
answer_fail(struct keymsg_answer *answer, enum keymsg_error error,
    const char *fmt, ...)
{
	char text[KEYMSG_TEXT_MAX + 1];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	answer->error = error;
	text_sanitise(answer->text, sizeof(answer->text), text);
	return error;
}
