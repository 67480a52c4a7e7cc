#include "cli/doctor/doctor.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/doctor/root.h"

#define TEXT_SIZE	512	/* of what is found, octets that escape apart */

static const struct {
	const char	*name;
	void		(*run)(struct doctor *doctor);
} checks[] = {
	{ "account", doctor_account },
	{ "files", doctor_files },
	{ "service", doctor_service },
	{ "system", doctor_system },
	{ "policy", doctor_policy },
	{ "security-keys", doctor_security_keys },
	{ "pam", doctor_pam },
	{ "ssh", doctor_ssh },
	{ "sudo", doctor_sudo },
	{ "users", doctor_users },
};

bool
doctor_is_live(const struct doctor *d)
{
	return d->host->root[0] == '\0';
}

/* Is there one of KIND about this line, or, without one, with this text? */
static bool
is_known(const struct doctor *d, const struct finding_kind *kind,
    const char *file, unsigned line, const char *text)
{
	const json_t *one;
	const char *was, *of, *said;
	json_int_t at;
	size_t i;

	json_array_foreach (d->findings, i, one) {
		was = json_string_value(json_object_get(one, "Name"));
		of = json_string_value(json_object_get(one, "File"));
		said = json_string_value(json_object_get(one, "Detail"));
		at = json_integer_value(json_object_get(one, "Line"));
		if (strcmp(was, kind->name) == 0 && strcmp(of, file) == 0 &&
		    at == line && (line != 0 || strcmp(said, text) == 0))
			return true;
	}
	return false;
}

void
doctor_find(struct doctor *d, enum finding finding, const char *file,
    unsigned line, const char *fmt, ...)
{
	const struct finding_kind *kind = &finding_kinds[finding];
	char raw[TEXT_SIZE], text[4 * TEXT_SIZE], path[PATH_MAX];
	json_t *one;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	/* What is quoted from a file may be no UTF-8, or cut. */
	text_sanitise(text, sizeof(text), raw);
	text_sanitise(path, sizeof(path), file);
	if (is_known(d, kind, path, line, text))
		return;
	d->unfit |= kind->severity == SEVERITY_ERROR;
	one = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s}", "Severity",
	    severity_name(kind->severity), "Name", kind->name, "Check",
	    d->check, "File", path, "Line", (json_int_t)line, "Detail", text,
	    "Mend", kind->mend);
	if (one == NULL || json_array_append_new(d->findings, one) < 0)
		d->no_memory = true;
}

void
doctor_read_settings(const struct doctor *d, const char *path,
    struct settings *ret)
{
	_cleanup_(freep) char *text = NULL;
	struct mfa_error err = { 0 };
	char nothing[1] = "";
	size_t len;

	if (root_read(d->host->root, path, &text, &len, &err) != MFA_OK)
		settings_read(nothing, ret);
	else
		settings_read(text, ret);
}

void
doctor_examine(struct doctor *d)
{
	char path[PATH_MAX];
	size_t i;

	(void)snprintf(path, sizeof(path), "%s/awsmfa.conf",
	    d->host->conf_folder);
	doctor_read_settings(d, path, &d->settings);
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		d->check = checks[i].name;
		checks[i].run(d);
	}
}
