/*
 * What awsmfa doctor reads. The first octet of an input chooses what the rest
 * is:
 *  P  a file of /etc/pam.d          C  a control of one of its lines
 *  S  what "sshd -T" prints         M  the criteria of a Match block
 *  A  awsmfa.conf
 */
#include <string.h>

#include "cli/doctor/pam_control.h"
#include "cli/doctor/pam_line.h"
#include "cli/doctor/settings.h"
#include "cli/doctor/sshd_config.h"
#include "tests/fuzz/fuzz.h"

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 1000;

static void
check_actions(const int actions[static PAM_CODES])
{
	size_t i;

	for (i = 0; i < PAM_CODES; i++)
		must(actions[i] >= PAM_ACTION_UNSET);
}

static bool
try_control(const char *text)
{
	int actions[PAM_CODES];
	bool well = pam_control_parse(text, actions);
	size_t i;

	check_actions(actions);
	for (i = 0; !well && i < PAM_CODES; i++)
		must(actions[i] == PAM_ACTION_BAD);
	pam_control_fill(actions, PAM_ACTION_OK);
	for (i = 0; i < PAM_CODES; i++)
		must(actions[i] != PAM_ACTION_UNSET);
	return well;
}

/* True where every line is one that libpam reads. */
static bool
try_lines(const char *text, size_t len)
{
	struct pam_text lines = { .at = text, .end = text + len, .number = 1 };
	char line[PAM_LINE_SIZE], *rest, *word;
	unsigned number = 0, last = 0, words = 0;
	enum pam_line read;

	while ((read = pam_line_next(&lines, line, &number)) ==
	    PAM_LINE_READ) {
		must(lines.at <= lines.end && number >= last);
		last = number;
		for (rest = line; (word = pam_line_word(&rest)) != NULL;
		    words++) {
			must(word >= line && word < line + sizeof(line));
			(void)try_control(word);
		}
	}
	return read == PAM_LINE_END && words > 0;
}

static bool
try_sshd(const char *text)
{
	static const char *const names[] = { "authenticationmethods",
		"usepam", "logingracetime" };
	struct sshd_ways ways;
	const char *value;
	bool found = false;
	size_t i, len;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = sshd_option(text, names[i], &len);
		if (value == NULL)
			continue;
		found = true;
		must(value >= text && len <= strlen(value));
		(void)sshd_option_has(text, names[i], "yes");
	}
	sshd_ways_read(text, &ways);
	return found;
}

/* Of a host without users. */
static bool
try_criteria(const char *text)
{
	char connection[64] = "";

	if (sshd_connection("/nonexistent", text, connection,
	    sizeof(connection)) != SSHD_WHOM_ONE)
		return false;
	must(memchr(connection, '\0', sizeof(connection)) != NULL);
	return true;
}

static bool
try_settings(char *text)
{
	struct settings settings;

	settings_read(text, &settings);
	must(settings.account_services.count <= SETTINGS_NAMES);
	must(settings.ssh_verified_keys.count <= SETTINGS_NAMES);
	must(settings.password_services.count <= SETTINGS_NAMES);
	must(settings.single_factor_ok.count <= SETTINGS_NAMES);
	return settings.account_services.count > 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text;

	fuzz_accepted = false;
	if (len == 0)
		return 0;
	must((text = strndup((const char *)data + 1, len - 1)) != NULL);
	if (data[0] == 'P')
		fuzz_accepted = try_lines(text, strlen(text));
	else if (data[0] == 'C')
		fuzz_accepted = try_control(text);
	else if (data[0] == 'S')
		fuzz_accepted = try_sshd(text);
	else if (data[0] == 'M')
		fuzz_accepted = try_criteria(text);
	else if (data[0] == 'A')
		fuzz_accepted = try_settings(text);
	free(text);
	return 0;
}
