/* `awsmfa doctor`: what it looks at, and how it prints what it found. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/call.h"
#include "cli/doctor/doctor.h"

#define MEND_WIDTH	74	/* of 80 columns, with its indentation */

static const char *const rules_folders[] = { "/etc/udev/rules.d",
	"/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
	"/usr/lib/udev/rules.d", "/lib/udev/rules.d", NULL };

static const char *
member(const json_t *finding, const char *name)
{
	return json_string_value(json_object_get(finding, name));
}

/* TEXT in lines below the finding. */
static void
print_mend(const char *text)
{
	size_t len;

	while (*text != '\0') {
		len = strlen(text);
		if (len > MEND_WIDTH)
			for (len = MEND_WIDTH; len > 1 && text[len] != ' ';)
				len--;
		printf("    %.*s\n", (int)len, text);
		text += len;
		text += strspn(text, " ");
	}
}

static void
print_finding(const json_t *finding)
{
	json_int_t line = json_integer_value(json_object_get(finding, "Line"));
	const char *file = member(finding, "File");
	char detail[2048];

	printf("%s %s", member(finding, "Severity"), member(finding, "Name"));
	if (file[0] != '\0') {
		text_sanitise(detail, sizeof(detail), file);
		printf(" %s", detail);
	}
	if (line > 0)
		printf(":%lld", (long long)line);
	text_sanitise(detail, sizeof(detail), member(finding, "Detail"));
	printf(": %s\n", detail);
	print_mend(member(finding, "Mend"));
}

static int
print(struct cli *cli, const struct command *command, json_t *findings)
{
	_cleanup_(json_freep) json_t *result = NULL;
	const json_t *finding;
	size_t i;

	if (!cli->format_given) {
		json_array_foreach (findings, i, finding)
			print_finding(finding);
		return cli_finish_output();
	}
	if ((result = json_pack("{s:O}", "Findings", findings)) == NULL) {
		cli_warn("out of memory");
		return CLI_OTHER;
	}
	return cli_print(cli, command, result);
}

static enum mfa_code
ask(void *world, const char *operation, json_t *parameters,
    json_t **ret_result, struct mfa_error *err)
{
	return call(world, operation, parameters, ret_result, err);
}

static int
examine(struct cli *cli, const struct command *command, struct doctor *d)
{
	int status;

	doctor_examine(d);
	if (d->no_memory) {
		cli_warn("out of memory");
		return CLI_OTHER;
	}
	if ((status = print(cli, command, d->findings)) != CLI_OK)
		return status;
	return d->unfit ? CLI_UNFIT : CLI_OK;
}

/* The folder of --root as root_open() wants it: "" where it is this host. */
static const char *
root_of(const struct arguments *args, char real[static PATH_MAX])
{
	const char *root = arguments_text(args, "root");

	if (root == NULL)
		return "";
	if (realpath(root, real) == NULL)
		return NULL;
	return strcmp(real, "/") != 0 ? real : "";
}

int
doctor_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	char real[PATH_MAX];
	const struct doctor_host host = { .root = root_of(args, real),
		.account = cli->paths->account,
		.dev = "/dev",
		.rules = rules_folders,
		.is_key = doctor_is_key,
		.conf_folder = MFA_CONF_DIR,
		.state = MFA_STATE_DIR,
		.run = MFA_RUN_DIR,
		.pam = "/etc/pam.d",
		.pam_vendor = "/usr/lib/pam.d",
		.module = MFA_PAM_DIR "/pam_awsmfa.so",
		.endpoint = MFA_ENDPOINT,
		.key_worker = MFA_KEY_WORKER,
		.sshd = "/usr/sbin/sshd",
		.sshd_config = "/etc/ssh/sshd_config",
		.cvtsudoers = "/usr/bin/cvtsudoers",
		.sudoers = "/etc/sudoers",
		.systemd = "/run/systemd/system",
		.sockets = "/proc/net/unix",
		.mounts = "/proc/self/mounts",
		.root_keys = "/root/.ssh/authorized_keys",
		.has_clock = doctor_has_clock,
		.ask = ask,
		.world = cli };
	_cleanup_(json_freep) json_t *findings = json_array();
	struct doctor d = { .host = &host,
		.connection = arguments_text(args, "connection"),
		.group = arguments_text(args, "group"),
		.findings = findings };

	if (geteuid() != 0) {
		cli_warn("doctor: only root can do this");
		return CLI_OTHER;
	}
	if (host.root == NULL) {
		cli_warn("doctor: %s: %s", arguments_text(args, "root"),
		    strerror(errno));
		return CLI_OTHER;
	}
	return examine(cli, command, &d);
}
