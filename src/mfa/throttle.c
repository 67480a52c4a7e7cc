#include <string.h>

#include "base/text.h"
#include "mfa/throttle.h"

static int64_t
period(size_t code_devices)
{
	return THROTTLE_HOUR * (int64_t)(code_devices > 0 ? code_devices : 1);
}

/* Takes off what has decayed by NOW. A clock that went back decays nothing. */
static void
decay(struct ledger_throttle *t, int64_t now, int64_t T)
{
	int64_t falls;

	if (t->failures == 0 || now < t->since) {
		t->since = now;
		return;
	}
	falls = (now - t->since) / T;
	if (falls >= t->failures) {
		t->failures = 0;
		t->since = now;
		return;
	}
	t->failures -= (uint32_t)falls;
	t->since += falls * T;
}

bool
throttle_cut(struct ledger_throttle *t, int64_t now, size_t code_devices)
{
	int64_t T = period(code_devices);

	/* A clock that can't be told shows nothing. */
	if (now < 0 || t->until - now <= T)
		return false;
	t->until = now + T;
	return true;
}

enum mfa_code
throttle_check(const struct ledger_throttle *t, int64_t now,
    struct mfa_error *err)
{
	char until[TEXT_TIME_SIZE];

	if (now >= t->until)
		return MFA_OK;
	text_time(t->until, until);
	return mfa_error_set(err, MFA_THROTTLING, 0,
	    "too many wrong codes; codes are refused until %s", until);
}

void
throttle_count(struct ledger_throttle *t, int64_t now, size_t code_devices)
{
	int64_t T = period(code_devices), wait = THROTTLE_FIRST_WAIT;
	uint32_t over;

	/* Where it can't be told now: the latest moment that is known. */
	if (now < 0)
		now = t->until > t->since ? t->until : t->since;
	decay(t, now, T);
	if (t->failures < UINT32_MAX)
		t->failures++;
	if (t->failures <= THROTTLE_FREE)
		return;
	for (over = t->failures - THROTTLE_FREE - 1; over > 0 && wait < T;
	     over--)
		wait *= 2;
	t->until = now + (wait < T ? wait : T);
}

void
throttle_clear(struct ledger_throttle *t, int64_t now)
{
	memset(t, 0, sizeof(*t));
	t->since = now;
}
