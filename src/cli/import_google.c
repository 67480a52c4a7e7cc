#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "cli/import.h"

#define OPTION		"\" "	/* what an option's line begins with */
#define SCRATCH_DIGITS	8
#define WINDOW_DEFAULT	3

/* What its lines say, and where. */
struct google {
	char		*secret;	/* borrowed from the text; NULL: none */
	bool		totp;
	bool		disabled;
	unsigned	counter;	/* line of HOTP_COUNTER; 0: none */
	int64_t		period;
	int64_t		skew;
	int64_t		last_step;	/* -1: not known */
	unsigned	scratch;	/* codes */
	unsigned	scratch_line;	/* of the first */
	unsigned	wrong;		/* line of an option that is wrong */
};

static bool
is_scratch(const char *line)
{
	return strlen(line) == SCRATCH_DIGITS &&
	    strspn(line, "0123456789") == SCRATCH_DIGITS;
}

/* The only argument of an option, a number from LEAST to MOST. */
static bool
take_number(const char *arguments, int64_t least, int64_t most, int64_t *ret)
{
	int64_t n;

	if (!text_parse_i64(arguments, &n) || n < least || n > most)
		return false;
	*ret = n;
	return true;
}

/* The steps of codes that were used: the highest of them. */
static bool
take_steps(char *arguments, int64_t *ret)
{
	char *word;
	int64_t step;

	while ((word = strsep(&arguments, " ")) != NULL) {
		if (*word == '\0')
			continue;
		if (!take_number(word, 0, INT64_MAX / 2, &step))
			return false;
		if (step > *ret)
			*ret = step;
	}
	return true;
}

/* One that changes nothing here is left out, and said to be. */
static void
leave_option(const char *name, const char *arguments, unsigned line,
    const char *owner, struct import_list *list)
{
	int64_t window;

	if (strcmp(name, "WINDOW_SIZE") == 0) {
		if (!take_number(arguments, 1, WINDOW_DEFAULT, &window))
			import_list_leave_part(list, line, owner,
			    "WINDOW_SIZE: a code is good one step before and "
			    "after the present one here, and drift is learned");
	} else if (strcmp(name, "RATE_LIMIT") == 0) {
		import_list_leave_part(list, line, owner,
		    "RATE_LIMIT: wrong codes are counted here by a throttle "
		    "that is always on");
	} else if (strncmp(name, "LAST", 4) != 0 &&
	    strcmp(name, "RESETTING_TIME_SKEW") != 0) {
		import_list_leave_part(list, line, owner,
		    "an option that is not known");
	}
}

static void
take_option(struct google *google, char *text, unsigned line,
    const char *owner, struct import_list *list)
{
	char *arguments = text, *name = strsep(&arguments, " ");
	bool good = true;

	if (arguments == NULL)
		arguments = name + strlen(name);
	if (strcmp(name, "TOTP_AUTH") == 0)
		google->totp = true;
	else if (strcmp(name, "OTP_DISABLED") == 0)
		google->disabled = true;
	else if (strcmp(name, "HOTP_COUNTER") == 0)
		google->counter = line;
	else if (strcmp(name, "STEP_SIZE") == 0)
		good = take_number(arguments, 1, 60, &google->period);
	else if (strcmp(name, "TIME_SKEW") == 0)
		good = take_number(arguments, INT32_MIN, INT32_MAX,
		    &google->skew);
	else if (strcmp(name, "DISALLOW_REUSE") == 0)
		good = take_steps(arguments, &google->last_step);
	else
		leave_option(name, arguments, line, owner, list);
	if (!good)
		google->wrong = line;
}

static void
take_line(struct google *google, char *text, unsigned line, const char *owner,
    struct import_list *list)
{
	size_t len = strlen(text);

	while (len > 0 && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	if (line == 1) {
		google->secret = text;
	} else if (strncmp(text, OPTION, strlen(OPTION)) == 0) {
		take_option(google, text + strlen(OPTION), line, owner, list);
	} else if (is_scratch(text)) {
		if (google->scratch++ == 0)
			google->scratch_line = line;
	} else if (len > 0) {
		import_list_leave_part(list, line, owner,
		    "neither an option nor a scratch code");
	}
}

static void
add_device(const struct google *google, const char *owner,
    struct import_list *list)
{
	json_t *device;

	device = json_pack("{s:s, s:s, s:I, s:I}", "DeviceName",
	    "google-authenticator", "Base32StringSeed", google->secret,
	    "Period", (json_int_t)google->period, "Drift",
	    (json_int_t)google->skew);
	if (device != NULL && google->last_step >= 0)
		(void)json_object_set_new(device, "LastStep",
		    json_integer(google->last_step));
	import_list_add(list, 1, owner, device);
}

void
import_google(char *text, const struct import_from *from,
    struct import_list *list)
{
	struct google google = { .period = 30, .last_step = -1 };
	const char *owner = from->owner;
	unsigned line;
	char *next;

	for (line = 1; (next = strsep(&text, "\n")) != NULL; line++)
		take_line(&google, next, line, owner, list);
	if (google.scratch > 0)
		import_list_leave_part(list, google.scratch_line, owner,
		    "%u scratch codes, which can be guessed: \"awsmfa "
		    "create-recovery-codes\" makes such as can't",
		    google.scratch);
	if (google.secret == NULL || *google.secret == '\0')
		import_list_leave(list, 1, owner, "there is no secret");
	else if (google.counter > 0)
		import_list_leave(list, google.counter, owner,
		    "HOTP_COUNTER: HOTP, codes by a counter, is not supported");
	else if (google.disabled)
		import_list_leave(list, 1, owner,
		    "OTP_DISABLED: it is not in use");
	else if (!google.totp)
		import_list_leave(list, 1, owner,
		    "no TOTP_AUTH: its codes are not in use");
	else if (google.wrong > 0)
		import_list_leave(list, google.wrong, owner,
		    "an option whose argument is wrong");
	else
		add_device(&google, owner, list);
}
