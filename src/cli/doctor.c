#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/call.h"
#include "cli/doctor.h"

static const struct {
	const char	*name;
	void		(*run)(struct doctor *doctor);
} checks[] = {
	{ "policy", doctor_policy },
	{ "security-keys", doctor_security_keys },
	{ "ssh", doctor_ssh },
};

static const char *const rules_folders[] = { "/etc/udev/rules.d",
	"/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
	"/usr/lib/udev/rules.d", "/lib/udev/rules.d", NULL };

static const char *
outcome_name(enum doctor_outcome outcome)
{
	switch (outcome) {
	case DOCTOR_OK:
		return "ok";
	case DOCTOR_NOTE:
		return "note";
	case DOCTOR_FAILED:
		break;
	}
	return "FAILED";
}

void
doctor_find(struct doctor *d, enum doctor_outcome outcome, const char *subject,
    const char *fmt, ...)
{
	char text[512];
	json_t *finding;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->unfit |= outcome == DOCTOR_FAILED;
	finding = json_pack("{s:s, s:s, s:s, s:s}", "Check", d->check,
	    "Outcome", outcome_name(outcome), "Subject", subject, "Detail",
	    text);
	if (finding == NULL || json_array_append_new(d->findings, finding) < 0)
		d->no_memory = true;
}

static const char *
member(const json_t *finding, const char *name)
{
	return json_string_value(json_object_get(finding, name));
}

static void
print_lines(const json_t *findings)
{
	const char *subject;
	json_t *finding;
	size_t i;

	json_array_foreach ((json_t *)findings, i, finding) {
		subject = member(finding, "Subject");
		printf("%s %s%s%s\n", member(finding, "Outcome"), subject,
		    subject[0] != '\0' ? ": " : "", member(finding, "Detail"));
	}
}

static int
print(struct cli *cli, const struct command *command, json_t *findings)
{
	_cleanup_(json_freep) json_t *result = NULL;

	if (!cli->format_given) {
		print_lines(findings);
		return cli_finish_output();
	}
	if ((result = json_pack("{s:O}", "Findings", findings)) == NULL) {
		cli_warn("out of memory");
		return CLI_OTHER;
	}
	return cli_print(cli, command, result);
}

static int
examine(struct cli *cli, const struct command *command, struct doctor *d)
{
	size_t i;
	int status;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		d->check = checks[i].name;
		checks[i].run(d);
	}
	if (d->no_memory) {
		cli_warn("out of memory");
		return CLI_OTHER;
	}
	if ((status = print(cli, command, d->findings)) != CLI_OK)
		return status;
	return d->unfit ? CLI_UNFIT : CLI_OK;
}

int
doctor_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	const struct doctor_host host = { .account = cli->paths->account,
		.dev = "/dev",
		.rules = rules_folders,
		.is_key = doctor_is_key,
		.policy = MFA_CONF_DIR "/policy.json",
		.conf = MFA_CONF_DIR "/awsmfa.conf",
		.pam = "/etc/pam.d",
		.sshd = "/usr/sbin/sshd" };
	_cleanup_(json_freep) json_t *findings = json_array();
	struct doctor d = { .host = &host, .findings = findings };

	(void)args;
	if (geteuid() != 0) {
		cli_warn("doctor: only root can do this");
		return CLI_OTHER;
	}
	return examine(cli, command, &d);
}
