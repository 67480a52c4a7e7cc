#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "support/softkey.h"
#include "support/softkey_pin.h"

/* Without being asked for that long, a touch is not waited for any more. */
#define TOUCH_FORGOTTEN	2000	/* ms */

int64_t
softkey_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
softkey_log(struct softkey *key, const char *format, ...)
{
	size_t room = sizeof(key->log) - key->log_len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(key->log + key->log_len, room, format, args);
	va_end(args);
	if (len < 0 || (size_t)len + 1 >= room) {
		key->log[key->log_len] = '\0';
		return;
	}
	key->log_len += (size_t)len;
	key->log[key->log_len++] = '\n';
	key->log[key->log_len] = '\0';
}

void
softkey_touch_forget(struct softkey *key)
{
	key->touch_asked = 0;
	key->tapped = false;
}

void
softkey_power_cycle(struct softkey *key)
{
	softkey_touch_forget(key);
	key->hid.state = STATE_IDLE;
	key->hid.last_channel = 0;
	pin_renew(&key->pin);
}

static bool
is_touch_due(const struct softkey *key)
{
	if (key->tapped)
		return true;
	switch (key->switches.touch) {
	case TOUCH_NOW:
		return true;
	case TOUCH_AFTER:
		return softkey_now() >=
		    key->touch_asked + key->switches.touch_after;
	case TOUCH_NEVER:
		return false;
	}
	return false;
}

bool
softkey_is_touched(struct softkey *key)
{
	int64_t now = softkey_now();

	if (now > key->touch_seen + TOUCH_FORGOTTEN)
		softkey_touch_forget(key);
	key->touch_seen = now;
	if (key->touch_asked == 0) {
		key->touch_asked = now;
		softkey_log(key, "touch asked");
	}
	if (!is_touch_due(key))
		return false;
	softkey_log(key, "touched");
	softkey_touch_forget(key);
	return true;
}

uint32_t
softkey_count(struct softkey *key)
{
	switch (key->switches.counter) {
	case COUNTER_NORMAL:
		return ++key->count;
	case COUNTER_STUCK:
		return key->count;
	case COUNTER_BACK:
		return key->count > 1 ? --key->count : key->count;
	case COUNTER_ZERO:
		return 0;
	}
	return 0;
}
