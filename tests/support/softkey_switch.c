/* The commands of the control socket. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/softkey_control.h"
#include "support/softkey_crypto.h"
#include "support/softkey_hex.h"
#include "support/softkey_link.h"
#include "support/softkey_pin.h"

#define TOUCH_LATER	250	/* ms */
#define TOUCH_TIMEOUT	30000	/* ms */
#define WORDS_MAX	3
#define NUMBER_MAX	0x7fffffff

const char switch_help[] =
    "touch now|later|never|after MS|once|timeout MS\n"
    "pin set TEXT|clear|blocked|retries N\n"
    "uv absent|works|fails\n"
    "counter normal|stuck|back|zero|set N\n"
    "busy N\n"
    "slow MS\n"
    "mute on|off\n"
    "garbage off|messages|reports\n"
    "u2f-only on|off\n"
    "attestation batch|self\n"
    "algorithms both|eddsa|untold\n"
    "pin-protocol 1|2|both\n"
    "seed HEX\n"
    "unplug\n"
    "replug\n"
    "reset\n"
    "log\n"
    "log clear\n";

static const char malformed[] = "the command is malformed: see \"help\"";

void
switches_default(struct softkey_switches *switches)
{
	*switches = (struct softkey_switches) {
		.touch_timeout = TOUCH_TIMEOUT,
	};
}

static bool
is(const char *word, const char *text)
{
	return word != NULL && strcmp(word, text) == 0;
}

static bool
number(const char *word, int64_t *ret)
{
	char *end;
	long value;

	if (word == NULL || *word < '0' || *word > '9')
		return false;
	errno = 0;
	value = strtol(word, &end, 10);
	if (errno != 0 || *end != '\0' || value > NUMBER_MAX)
		return false;
	*ret = value;
	return true;
}

static bool
on_off(const char *word, bool *ret)
{
	if (!is(word, "on") && !is(word, "off"))
		return false;
	*ret = is(word, "on");
	return true;
}

/* The place of WORD among NAMES, which end with NULL; -1 where it is none. */
static int
choice(const char *word, const char *const *names)
{
	for (int i = 0; names[i] != NULL; i++)
		if (is(word, names[i]))
			return i;
	return -1;
}

static const char *
tap_once(struct softkey *key)
{
	if (key->touch_asked == 0)
		return "nothing waits for a touch";
	key->tapped = true;
	return NULL;
}

static const char *
run_touch(struct softkey *key, char **words)
{
	struct softkey_switches *switches = &key->switches;

	if (is(words[1], "once"))
		return tap_once(key);
	if (is(words[1], "timeout"))
		return number(words[2], &switches->touch_timeout) ? NULL
								  : malformed;
	if (is(words[1], "now"))
		switches->touch = TOUCH_NOW;
	else if (is(words[1], "never"))
		switches->touch = TOUCH_NEVER;
	else if (is(words[1], "later")) {
		switches->touch = TOUCH_AFTER;
		switches->touch_after = TOUCH_LATER;
	} else if (is(words[1], "after") &&
	    number(words[2], &switches->touch_after))
		switches->touch = TOUCH_AFTER;
	else
		return malformed;
	return NULL;
}

static const char *
run_pin(struct softkey *key, char **words)
{
	int64_t retries = 0;

	if (is(words[1], "clear"))
		pin_clear(&key->pin);
	else if (is(words[1], "set") && words[2] != NULL)
		pin_set(&key->pin, words[2]);
	else if (is(words[1], "blocked") ||
	    (is(words[1], "retries") && number(words[2], &retries) &&
		retries <= SOFTKEY_PIN_RETRIES))
		key->pin.retries = (unsigned)retries;
	else
		return malformed;
	return NULL;
}

static const char *
run_uv(struct softkey *key, char **words)
{
	static const char *const names[] = {
		[UV_ABSENT] = "absent",
		[UV_WORKS] = "works",
		[UV_FAILS] = "fails",
		NULL
	};
	int found = choice(words[1], names);

	if (found < 0)
		return malformed;
	key->switches.uv = (enum softkey_uv)found;
	return NULL;
}

static const char *
run_counter(struct softkey *key, char **words)
{
	static const char *const names[] = {
		[COUNTER_NORMAL] = "normal",
		[COUNTER_STUCK] = "stuck",
		[COUNTER_BACK] = "back",
		[COUNTER_ZERO] = "zero",
		NULL
	};
	int found = choice(words[1], names);
	int64_t count;

	if (is(words[1], "set") && number(words[2], &count))
		key->count = (uint32_t)count;
	else if (found >= 0)
		key->switches.counter = (enum softkey_counter)found;
	else
		return malformed;
	return NULL;
}

static const char *
run_busy(struct softkey *key, char **words)
{
	int64_t count;

	if (!number(words[1], &count))
		return malformed;
	key->switches.busy = (unsigned)count;
	return NULL;
}

static const char *
run_slow(struct softkey *key, char **words)
{
	return number(words[1], &key->switches.slow) ? NULL : malformed;
}

static const char *
run_mute(struct softkey *key, char **words)
{
	if (!on_off(words[1], &key->switches.mute))
		return malformed;
	if (!key->switches.mute && key->hid.state == STATE_MUTE)
		key->hid.state = STATE_IDLE;
	return NULL;
}

static const char *
run_garbage(struct softkey *key, char **words)
{
	static const char *const names[] = {
		[GARBAGE_OFF] = "off",
		[GARBAGE_MESSAGES] = "messages",
		[GARBAGE_REPORTS] = "reports",
		NULL
	};
	int found = words[1] == NULL ? GARBAGE_MESSAGES
				     : choice(words[1], names);

	if (found < 0)
		return malformed;
	key->switches.garbage = (enum softkey_garbage)found;
	return NULL;
}

static const char *
run_u2f_only(struct softkey *key, char **words)
{
	return on_off(words[1], &key->switches.u2f_only) ? NULL : malformed;
}

static const char *
run_attestation(struct softkey *key, char **words)
{
	if (!is(words[1], "self") && !is(words[1], "batch"))
		return malformed;
	key->switches.self = is(words[1], "self");
	return NULL;
}

static const char *
run_algorithms(struct softkey *key, char **words)
{
	static const char *const names[] = {
		[ALGORITHMS_BOTH] = "both",
		[ALGORITHMS_EDDSA] = "eddsa",
		[ALGORITHMS_UNTOLD] = "untold",
		NULL
	};
	int found = choice(words[1], names);

	if (found < 0)
		return malformed;
	key->switches.algorithms = (enum softkey_algorithms)found;
	return NULL;
}

static const char *
run_pin_protocol(struct softkey *key, char **words)
{
	static const char *const names[] = { "both", "1", "2", NULL };
	int found = choice(words[1], names);

	if (found < 0)
		return malformed;
	key->switches.pin_protocol = found;
	return NULL;
}

static const char *
run_seed(struct softkey *key, char **words)
{
	if (words[1] == NULL || words[2] != NULL)
		return malformed;
	return hex_seed(words[1], key->master) ? NULL : malformed;
}

static const char *
run_unplug(struct softkey *key, char **words)
{
	(void)words;
	link_unplug(key->link);
	softkey_power_cycle(key);
	return NULL;
}

static const char *
run_replug(struct softkey *key, char **words)
{
	(void)words;
	return link_plug(key->link) ? NULL : strerror(errno);
}

/* As new, but for the master key and the counter; plugged in. */
static const char *
run_reset(struct softkey *key, char **words)
{
	switches_default(&key->switches);
	pin_clear(&key->pin);
	softkey_power_cycle(key);
	key->log_len = 0;
	key->log[0] = '\0';
	return run_replug(key, words);
}

static const char *
run_log(struct softkey *key, char **words)
{
	if (words[1] == NULL)
		return NULL;
	if (!is(words[1], "clear"))
		return malformed;
	key->log_len = 0;
	key->log[0] = '\0';
	return NULL;
}

static const struct {
	const char	*name;
	const char	*(*run)(struct softkey *, char **);
} switches[] = {
	{ "algorithms",		run_algorithms },
	{ "attestation",	run_attestation },
	{ "busy",		run_busy },
	{ "counter",		run_counter },
	{ "garbage",		run_garbage },
	{ "log",		run_log },
	{ "mute",		run_mute },
	{ "pin",		run_pin },
	{ "pin-protocol",	run_pin_protocol },
	{ "replug",		run_replug },
	{ "reset",		run_reset },
	{ "seed",		run_seed },
	{ "slow",		run_slow },
	{ "touch",		run_touch },
	{ "u2f-only",		run_u2f_only },
	{ "unplug",		run_unplug },
	{ "uv",			run_uv },
};

const char *
switch_run(struct softkey *key, char *line)
{
	char *words[WORDS_MAX + 1] = { NULL };
	size_t count = 0;

	while (line != NULL && count < WORDS_MAX)
		words[count++] = strsep(&line, " ");
	if (line != NULL)
		return malformed;
	for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++)
		if (is(words[0], switches[i].name))
			return switches[i].run(key, words);
	return malformed;
}
