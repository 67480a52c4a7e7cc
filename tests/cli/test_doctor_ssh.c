/* What doctor says where a key that sshd has verified is a proof. */
#include <sys/stat.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor.h"

#define ON	"ssh_verified_keys = (\"sshd\");\n"
#define OURS	"session required pam_awsmfa.so\n"
#define ENV	"session required pam_env.so user_readenv=1\n"
#define TOUCH	"#!/bin/sh\n[ \"$*\" = -T ] && echo usepam yes && " \
		"echo pubkeyauthoptions touch-required\n"

static char root[64], conf[128], sshd[128];
static const struct doctor_host host = { .conf = conf, .pam = root,
	.sshd = sshd };
static struct doctor d;

static int
set_up(void **unused)
{
	(void)unused;
	strcpy(root, "/tmp/test_doctor_ssh.XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	snprintf(conf, sizeof(conf), "%s/awsmfa.conf", root);
	snprintf(sshd, sizeof(sshd), "%s/program", root);
	d = (struct doctor){ .host = &host, .check = "ssh",
		.findings = json_array() };
	return d.findings != NULL ? 0 : -1;
}

static int
tear_down(void **unused)
{
	char command[128];

	(void)unused;
	json_decref(d.findings);
	snprintf(command, sizeof(command), "rm -rf -- %s", root);
	return system(command);
}

static void
write_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, 0755), 0);
}

/* Runs the check; the finding NUMBER has OUTCOME and PART of a detail. */
static void
examine(const char *settings, const char *stack, const char *program)
{
	json_array_clear(d.findings);
	d.unfit = false;
	write_file("awsmfa.conf", settings);
	write_file("sshd", stack);
	write_file("program", program);
	doctor_ssh(&d);
}

static void
found(size_t number, const char *outcome, const char *part)
{
	const json_t *finding = json_array_get(d.findings, number);
	const char *text;

	assert_non_null(finding);
	text = json_string_value(json_object_get(finding, "Detail"));
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, text);
	assert_string_equal(json_string_value(json_object_get(finding,
	    "Outcome")), outcome);
}

static void
setting_that_is_off_is_well(void **unused)
{
	(void)unused;
	examine("", "", "");
	found(0, "ok", "no key that sshd has verified");
	examine("#" ON, "", "");
	found(0, "ok", "no key that sshd has verified");
	examine("ssh_verified_keys = ();\n", "", "");
	found(0, "ok", "no key that sshd has verified");
	examine("ssh_verified_keys_x = (\"sshd\");\n", "", "");
	found(0, "ok", "no key that sshd has verified");
	assert_int_equal(json_array_size(d.findings), 1);
	assert_false(d.unfit);
}

static void
line_before_pam_env_is_well(void **unused)
{
	(void)unused;
	examine(ON, "account required pam_env.so\n#" ENV OURS ENV, TOUCH);
	found(0, "ok", "judges in session");
	found(1, "ok", "was tapped");
	assert_false(d.unfit);
	examine("  ssh_verified_keys:\n\t[ \"sshd\" ]\n;",
	    "-session\trequisite\tpam_awsmfa.so\n", TOUCH);
	found(0, "ok", "judges in session");
}

static void
pam_env_before_the_line_is_wrong(void **unused)
{
	(void)unused;
	examine(ON, ENV OURS, TOUCH);
	found(0, "FAILED", "pam_env.so stands before");
	assert_true(d.unfit);
	examine(ON, "-" ENV OURS, TOUCH);
	found(0, "FAILED", "pam_env.so stands before");
}

static void
no_line_in_session_is_wrong(void **unused)
{
	(void)unused;
	examine(ON, "auth required pam_awsmfa.so\n"
	    "account required pam_awsmfa.so\n#" OURS, TOUCH);
	found(0, "FAILED", "no line of pam_awsmfa.so in session");
	examine(ON, "session optional pam_awsmfa.so\n", TOUCH);
	found(0, "FAILED", "not required");
}

static void
service_without_phases_is_wrong(void **unused)
{
	(void)unused;
	examine(ON "account_services = (\"other\");\n", OURS, TOUCH);
	found(0, "FAILED", "account_services");
	examine(ON "account_services = (\"other\", \"sshd\");\n", OURS, TOUCH);
	found(0, "ok", "judges in session");
	examine("ssh_verified_keys = (\"sshd\", \"sshd-x\");\n", OURS, TOUCH);
	found(0, "ok", "judges in session");
	found(1, "FAILED", "account_services");
}

static void
stack_that_can_not_be_read_is_wrong(void **unused)
{
	(void)unused;
	examine("ssh_verified_keys = (\"sshd-x\");\n"
	    "account_services = (\"sshd-x\");\n", OURS, TOUCH);
	found(0, "FAILED", "can't be read");
}

static void
sshd_that_needs_no_tap_is_wrong(void **unused)
{
	(void)unused;
	examine(ON, OURS, "#!/bin/sh\necho usepam yes\n"
	    "echo pubkeyauthoptions none\n");
	found(1, "FAILED", "lacks touch-required");
	examine(ON, OURS, "#!/bin/sh\necho usepam yes\n"
	    "echo pubkeyauthoptions no-touch-required\n");
	found(1, "FAILED", "lacks touch-required");
	examine(ON, OURS, "#!/bin/sh\necho usepam yes\n"
	    "echo pubkeyauthoptions touch-required verify-required\n");
	found(1, "ok", "was tapped");
	examine(ON, OURS, "#!/bin/sh\necho usepam no\n"
	    "echo pubkeyauthoptions touch-required\n");
	found(1, "FAILED", "UsePAM");
}

static void
sshd_that_verifies_no_one_is_wrong_where_that_is_required(void **unused)
{
	static const char uv[] = ON "user_verification = \"required\";\n";

	(void)unused;
	examine(uv, OURS, TOUCH);
	found(1, "FAILED", "lacks verify-required");
	assert_true(d.unfit);
	examine(uv, OURS, "#!/bin/sh\necho usepam yes\n"
	    "echo pubkeyauthoptions touch-required verify-required\n");
	found(1, "ok", "was tapped");
	examine(ON "user_verification = \"preferred\";\n", OURS, TOUCH);
	found(1, "ok", "was tapped");
	examine(ON "#user_verification = \"required\";\n", OURS, TOUCH);
	found(1, "ok", "was tapped");
}

static void
sshd_that_does_not_say_is_noted(void **unused)
{
	(void)unused;
	examine(ON, OURS, "#!/bin/sh\nexit 1\n");
	found(1, "note", "does not say");
	examine(ON, OURS, "#!/bin/sh\nexec head -c 200000 /dev/zero\n");
	found(1, "note", "does not say");
	strcat(sshd, "-not-there");
	doctor_ssh(&d);
	found(3, "note", "does not say");
	assert_false(d.unfit);
}

/* auth has said yes to who has no device, and nobody asks again. */
static void
enrolment_that_no_later_phase_sees_to_is_wrong(void **unused)
{
	static const char auth[] = "auth required pam_awsmfa.so "
	    "unenrolled=enroll\n";
	char stack[512];

	(void)unused;
	examine("", auth, "");
	found(0, "FAILED", "neither in account nor in session");
	assert_true(d.unfit);
	snprintf(stack, sizeof(stack), "%s#" OURS "account required "
	    "pam_unix.so\nsession optional pam_awsmfa.so\n", auth);
	examine("", stack, "");
	found(0, "FAILED", "neither in account nor in session");
	write_file("common", auth);
	examine("", "@include common\n@include sshd\n", "");
	found(0, "FAILED", "neither in account nor in session");
	snprintf(stack, sizeof(stack), "%s" OURS, auth);
	examine("", stack, "");
	found(0, "ok", "no key that sshd has verified");
	write_file("common", "account requisite pam_awsmfa.so\n");
	snprintf(stack, sizeof(stack), "%s@include common\n", auth);
	examine("", stack, "");
	found(0, "ok", "no key that sshd has verified");
	examine("account_services = ();\n", auth, "");
	found(0, "ok", "no key that sshd has verified");
	examine("", "auth required pam_awsmfa.so\n", "");
	found(0, "ok", "no key that sshd has verified");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(setting_that_is_off_is_well),
		TEST(line_before_pam_env_is_well),
		TEST(pam_env_before_the_line_is_wrong),
		TEST(no_line_in_session_is_wrong),
		TEST(service_without_phases_is_wrong),
		TEST(stack_that_can_not_be_read_is_wrong),
		TEST(sshd_that_needs_no_tap_is_wrong),
		TEST(sshd_that_verifies_no_one_is_wrong_where_that_is_required),
		TEST(sshd_that_does_not_say_is_noted),
		TEST(enrolment_that_no_later_phase_sees_to_is_wrong),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
