#include <sys/stat.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor.h"

#define ACCOUNT	"daemon"	/* one that every host has */
#define RULES	"70-awsmfa-fido.rules"

/* Of a FIDO key, as CTAP 2.1 has it in 11.2.8.2. */
static const uint8_t key_descriptor[] = { 0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1,
	0x01, 0x09, 0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40,
	0x81, 0x02, 0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95,
	0x40, 0x91, 0x02, 0xc0 };

static char		root[64], dev[128], first[128], second[128], policy[128];
static const char	*const rules[] = { first, second, NULL };
static struct doctor	d;

static bool
is_executable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & 0111) != 0;
}

static struct doctor_host host = { .account = ACCOUNT, .dev = dev,
	.rules = rules, .is_key = is_executable, .policy = policy };

static int
set_up(void **unused)
{
	(void)unused;
	strcpy(root, "/tmp/test_doctor.XXXXXX");
	if (mkdtemp(root) == NULL || chmod(root, 0755) < 0)
		return -1;
	snprintf(dev, sizeof(dev), "%s/dev", root);
	snprintf(first, sizeof(first), "%s/etc", root);
	snprintf(second, sizeof(second), "%s/lib", root);
	snprintf(policy, sizeof(policy), "%s/policy.json", root);
	if (mkdir(dev, 0755) < 0 || mkdir(first, 0755) < 0 ||
	    mkdir(second, 0755) < 0 || chmod(dev, 0755) < 0)
		return -1;
	d = (struct doctor){ .host = &host, .check = "security-keys",
		.findings = json_array() };
	host.account = ACCOUNT;
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
write_file(const char *folder, const char *name, const char *text, mode_t mode)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

/* A node that stands for a key: of root and the group GROUP. */
static void
plug_in(const char *name, gid_t group, mode_t mode)
{
	char path[256];

	write_file(dev, name, "", mode);
	snprintf(path, sizeof(path), "%s/%s", dev, name);
	assert_int_equal(chown(path, 0, group), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
assert_found(size_t number, const char *outcome, const char *subject,
    const char *part)
{
	const json_t *finding = json_array_get(d.findings, number);
	const char *text;

	assert_non_null(finding);
	text = json_string_value(json_object_get(finding, "Detail"));
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, text);
	assert_string_equal(json_string_value(json_object_get(finding,
	    "Outcome")), outcome);
	text = json_string_value(json_object_get(finding, "Subject"));
	if (strstr(text, subject) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", subject, text);
}

static void
assert_findings(size_t number)
{
	assert_int_equal(json_array_size(d.findings), number);
}

static void
a_key_is_told_by_its_usage_page(void **state)
{
	static const uint8_t mouse[] = { 0x05, 0x01, 0x09, 0x02, 0xa1, 0x01,
		0xc0 };
	static const uint8_t wide[] = { 0x07, 0xd0, 0xf1, 0x00, 0x00, 0xc0 };
	/* The page's octets as the value of another item. */
	static const uint8_t other[] = { 0x27, 0x06, 0xd0, 0xf1, 0x00, 0xc0 };
	static const uint8_t too_wide[] = { 0x07, 0xd0, 0xf1, 0x01, 0x00 };

	(void)state;
	assert_true(doctor_is_fido(key_descriptor, sizeof(key_descriptor)));
	assert_true(doctor_is_fido(wide, sizeof(wide)));
	assert_false(doctor_is_fido(mouse, sizeof(mouse)));
	assert_false(doctor_is_fido(other, sizeof(other)));
	assert_false(doctor_is_fido(too_wide, sizeof(too_wide)));
	assert_false(doctor_is_fido(NULL, 0));
}

static void
a_descriptor_cut_short_or_with_long_items_is_no_keys(void **state)
{
	uint8_t copy[sizeof(key_descriptor)], *exact;
	size_t len;

	(void)state;
	/* Where it is cut between items it is whole. */
	for (len = 1; len < 3; len++) {
		exact = malloc(len);
		memcpy(exact, key_descriptor, len);
		assert_false(doctor_is_fido(exact, len));
		free(exact);
	}
	assert_false(doctor_is_fido(key_descriptor, 4));
	memcpy(copy, key_descriptor, sizeof(copy));
	copy[3] = 0xfe;
	assert_false(doctor_is_fido(copy, sizeof(copy)));
}

static void
what_is_no_hidraw_node_is_no_key(void **state)
{
	(void)state;
	assert_false(doctor_is_key("/dev/null"));
	assert_false(doctor_is_key("/nonexistent"));
	assert_false(doctor_is_key(root));
}

static void
without_a_key_only_the_rule_is_told(void **state)
{
	(void)state;
	doctor_security_keys(&d);
	assert_findings(2);
	assert_found(0, "note", "", RULES " is not installed");
	assert_found(1, "note", "", "no FIDO key is plugged in");
	assert_false(d.unfit);
}

static void
the_rule_is_found_where_udev_looks_first(void **state)
{
	char path[256];

	(void)state;
	write_file(second, RULES, "rule\n", 0644);
	doctor_security_keys(&d);
	assert_found(0, "ok", "/lib/" RULES, "is installed");
	assert_int_equal(json_array_clear(d.findings), 0);
	snprintf(path, sizeof(path), "%s/" RULES, first);
	assert_int_equal(symlink("/dev/null", path), 0);
	doctor_security_keys(&d);
	assert_found(0, "note", "/etc/" RULES, "is masked");
	assert_int_equal(json_array_clear(d.findings), 0);
	assert_int_equal(unlink(path), 0);
	write_file(first, RULES, "", 0644);
	doctor_security_keys(&d);
	assert_found(0, "note", "/etc/" RULES, "is masked");
	assert_findings(2);
}

static void
keys_are_tried_as_the_account(void **state)
{
	const struct passwd *account = getpwnam(ACCOUNT);

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(account);
	/* Root's groups are not the account's. */
	assert_int_equal(setgroups(1, (const gid_t[]){ 0 }), 0);
	plug_in("hidraw10", account->pw_gid, 0770);
	plug_in("hidraw9", 0, 0770);
	plug_in("hidraw0", account->pw_gid, 0750);
	plug_in("hidraw1", account->pw_gid, 0660);	/* no key */
	plug_in("hidraw", account->pw_gid, 0770);
	plug_in("hidraw2x", account->pw_gid, 0770);
	doctor_security_keys(&d);
	assert_findings(4);
	assert_found(1, "FAILED", "/dev/hidraw0", "Permission denied");
	assert_found(2, "FAILED", "/dev/hidraw9", "replug the key");
	assert_found(3, "ok", "/dev/hidraw10", "the account can open it");
	assert_true(d.unfit);
	assert_int_equal(geteuid(), 0);
}

static void
an_account_that_is_missing_or_root_is_told(void **state)
{
	(void)state;
	host.account = "no-such-account";
	doctor_security_keys(&d);
	assert_found(1, "FAILED", "", "run awsmfa init");
	host.account = "root";
	doctor_security_keys(&d);
	assert_found(3, "FAILED", "", "run awsmfa init");
	assert_true(d.unfit);
}

static void
a_folder_of_nodes_that_can_not_be_read_is_told(void **state)
{
	(void)state;
	assert_int_equal(rmdir(dev), 0);
	doctor_security_keys(&d);
	assert_findings(2);
	assert_found(1, "FAILED", "/dev", "No such file");
}

/* The only finding, of the policy TEXT with MODE. */
static void
finds_of_policy(const char *text, mode_t mode, const char *outcome,
    const char *part)
{
	const json_t *finding;

	if (text != NULL)
		write_file(root, "policy.json", text, mode);
	json_array_clear(d.findings);
	doctor_policy(&d);
	assert_int_equal(json_array_size(d.findings), 1);
	finding = json_array_get(d.findings, 0);
	assert_string_equal(
	    json_string_value(json_object_get(finding, "Outcome")), outcome);
	assert_non_null(strstr(
	    json_string_value(json_object_get(finding, "Detail")), part));
}

static void
a_policy_that_denies_everyone_is_found(void **unused)
{
	static const char good[] = "{\"Version\":\"2012-10-17\","
	    "\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
	    "\"Resource\":\"*\"}}";

	(void)unused;
	finds_of_policy(NULL, 0, "ok", "default");
	if (geteuid() != 0)
		skip();
	finds_of_policy(good, 0644, "ok", "valid");
	finds_of_policy(good, 0600, "FAILED", "0644");
	finds_of_policy(good, 0666, "FAILED", "denied");
	finds_of_policy("{\"Version\":1}", 0644, "FAILED", "/Version");
	finds_of_policy("{", 0644, "FAILED", "line 1");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_told_by_its_usage_page),
		TEST(a_descriptor_cut_short_or_with_long_items_is_no_keys),
		TEST(what_is_no_hidraw_node_is_no_key),
		TEST(without_a_key_only_the_rule_is_told),
		TEST(the_rule_is_found_where_udev_looks_first),
		TEST(keys_are_tried_as_the_account),
		TEST(an_account_that_is_missing_or_root_is_told),
		TEST(a_folder_of_nodes_that_can_not_be_read_is_told),
		TEST(a_policy_that_denies_everyone_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
