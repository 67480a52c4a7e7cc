/* What doctor finds on a running host; test_doctor_image.py has images. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/doctor.h"
#include "cli/doctor/settings.h"

#define ACCOUNT	"daemon"	/* one that every host has */
#define RULES	"70-awsmfa-fido.rules"

/* Of a FIDO key, as CTAP 2.1 has it in 11.2.8.2. */
static const uint8_t key_descriptor[] = { 0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1,
	0x01, 0x09, 0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40,
	0x81, 0x02, 0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95,
	0x40, 0x91, 0x02, 0xc0 };

static char		root[64], dev[128], first[128], second[128], run[80], mounts[128];
static char		sockets[128];
static const char	*const rules[] = { first, second, NULL };
static struct doctor	d;

static bool
is_executable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & 0111) != 0;
}

static bool clock_is_right;

static bool
has_clock(void)
{
	return clock_is_right;
}

static enum mfa_code ask(void *world, const char *operation,
    json_t *parameters, json_t **ret_result, struct mfa_error *err);

static struct doctor_host host = { .root = "",
	.account = ACCOUNT,
	.dev = dev,
	.rules = rules,
	.is_key = is_executable,
	.conf_folder = root,
	.state = root,
	.run = run,
	.pam = root,
	.module = "/bin/true",
	.endpoint = "/bin/true",
	.key_worker = "/bin/true",
	.systemd = root,
	.sockets = sockets,
	.sudoers = "sudoers",
	.mounts = mounts,
	.root_keys = mounts,
	.has_clock = has_clock,
	.ask = ask };

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
	snprintf(run, sizeof(run), "%s/run", root);
	snprintf(mounts, sizeof(mounts), "%s/mounts", root);
	strcpy(sockets, "/proc/net/unix");
	if (mkdir(dev, 0755) < 0 || mkdir(first, 0755) < 0 ||
	    mkdir(second, 0755) < 0 || mkdir(run, 0755) < 0 ||
	    chmod(dev, 0755) < 0)
		return -1;
	d = (struct doctor){ .host = &host, .check = "security-keys",
		.findings = json_array() };
	host.account = ACCOUNT;
	host.systemd = root;
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

/* The finding NUMBER: its name, the end of its file, a part of its text. */
static void
assert_found(size_t number, const char *name, const char *file,
    const char *part)
{
	const json_t *finding = json_array_get(d.findings, number);
	const char *text;

	assert_non_null(finding);
	assert_string_equal(json_string_value(json_object_get(finding,
	    "Name")), name);
	text = json_string_value(json_object_get(finding, "Detail"));
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, text);
	text = json_string_value(json_object_get(finding, "File"));
	if (strstr(text, file) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", file, text);
}

static void
assert_findings(size_t number)
{
	assert_int_equal(json_array_size(d.findings), number);
}

static void
forget(void)
{
	json_array_clear(d.findings);
	d.unfit = false;
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
rule_is_looked_for_where_udev_looks_first(void **state)
{
	char path[256];

	(void)state;
	doctor_security_keys(&d);
	assert_findings(1);
	assert_found(0, "udev-rule", "", RULES " is not installed");
	forget();
	write_file(second, RULES, "rule\n", 0644);
	doctor_security_keys(&d);
	assert_findings(0);
	snprintf(path, sizeof(path), "%s/" RULES, first);
	assert_int_equal(symlink("/dev/null", path), 0);
	doctor_security_keys(&d);
	assert_findings(1);
	assert_found(0, "udev-rule", "/etc/" RULES, "is masked");
	assert_false(d.unfit);
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
	assert_found(1, "key-unreadable", "/dev/hidraw0", "Permission denied");
	assert_found(2, "key-unreadable", "/dev/hidraw9", "can't open it");
	assert_found(3, "key-ready", "/dev/hidraw10", "the account can open");
	assert_true(d.unfit);
	assert_int_equal(geteuid(), 0);
}

static void
folder_of_nodes_that_can_not_be_read_is_told(void **state)
{
	(void)state;
	assert_int_equal(rmdir(dev), 0);
	doctor_security_keys(&d);
	assert_findings(2);
	assert_found(1, "key-unreadable", "/dev", "No such file");
}

/* A socket at NAME below RUN, that listens. */
static int
listen_at(const char *name, mode_t mode)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", run,
	    name);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	assert_int_equal(chmod(address.sun_path, mode), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void
sockets_that_do_not_listen_or_are_open_to_others_are_told(void **state)
{
	char path[256];
	int login, user;

	(void)state;
	if (geteuid() != 0)
		skip();
	/* What stands there need not listen. */
	write_file(run, "login.sock", "", 0600);
	doctor_service(&d);
	assert_findings(2);
	assert_found(0, "service-down", "/run/login.sock", "nothing listens");
	assert_found(1, "service-down", "/run/user.sock", "nothing listens");
	forget();
	snprintf(path, sizeof(path), "%s/login.sock", run);
	assert_int_equal(unlink(path), 0);
	login = listen_at("login.sock", 0666);
	user = listen_at("user.sock", 0666);
	doctor_service(&d);
	assert_findings(1);
	assert_found(0, "socket-mode", "/run/login.sock", "0600");
	forget();
	assert_int_equal(chmod(path, 0600), 0);
	doctor_service(&d);
	assert_findings(0);
	/* Where systemd does not run nobody is to listen. */
	close(login);
	close(user);
	host.systemd = "/nonexistent";
	doctor_service(&d);
	assert_findings(0);
}

static void
clock_that_nothing_sets_is_told(void **state)
{
	(void)state;
	write_file(root, "mounts", "proc /proc proc rw 0 0\n", 0644);
	clock_is_right = false;
	doctor_system(&d);
	assert_findings(1);
	assert_found(0, "clock", "", "not synchronised");
	forget();
	clock_is_right = true;
	doctor_system(&d);
	assert_findings(0);
	/* The kernel can be asked, whatever it says. */
	(void)doctor_has_clock();
}

static void
proc_that_is_hidden_from_the_account_is_told(void **state)
{
	const struct passwd *account = getpwnam(ACCOUNT);
	char text[128];

	(void)state;
	clock_is_right = true;
	write_file(root, "mounts", "proc /proc proc rw,hidepid=0 0 0\n"
	    "proc /srv/proc proc rw,hidepid=2 0 0\n", 0644);
	doctor_system(&d);
	assert_findings(0);
	write_file(root, "mounts", "proc /proc proc rw,hidepid=invisible 0 0\n",
	    0644);
	doctor_system(&d);
	assert_findings(1);
	assert_found(0, "proc-hidden", "mounts", "can't see who asks");
	forget();
	write_file(root, "mounts", "proc /proc proc rw,hidepid=2,gid=0 0 0\n",
	    0644);
	doctor_system(&d);
	assert_findings(1);
	forget();
	snprintf(text, sizeof(text), "proc /proc proc rw,hidepid=2,gid=%u 0 0\n",
	    (unsigned)account->pw_gid);
	write_file(root, "mounts", text, 0644);
	doctor_system(&d);
	assert_findings(0);
}

/* An account that every host has, that is in a group besides its own. */
static void
account_in_a_group_that_it_does_not_need_is_told(void **state)
{
	const struct group *group;
	bool found = false;
	size_t i;

	(void)state;
	/* Whoever is in one here, if anybody is. */
	setgrent();
	while (!found && (group = getgrent()) != NULL)
		if (group->gr_mem[0] != NULL &&
		    getpwnam(group->gr_mem[0]) != NULL &&
		    getpwnam(group->gr_mem[0])->pw_gid != group->gr_gid &&
		    getpwnam(group->gr_mem[0])->pw_uid != 0) {
			host.account = strdup(group->gr_mem[0]);
			found = true;
		}
	endgrent();
	doctor_account(&d);
	for (i = 0; found && i < json_array_size(d.findings); i++)
		if (strcmp(json_string_value(json_object_get(json_array_get(
			d.findings, i), "Name")), "account-groups") == 0)
			break;
	assert_true(!found || i < json_array_size(d.findings));
	if (found)
		free((char *)host.account);
	forget();
	host.account = ACCOUNT;
	doctor_account(&d);
	for (i = 0; i < json_array_size(d.findings); i++)
		assert_string_not_equal(json_string_value(json_object_get(
		    json_array_get(d.findings, i), "Name")), "account-groups");
}

/* What the endpoint of the tests says. */
static struct {
	enum mfa_code	user;		/* to GetUser */
	enum mfa_code	list;		/* to ListMFADevices */
	const char	*device;	/* one that all have, or NULL */
	unsigned	asked;
} answers;

static enum mfa_code
ask(void *world, const char *operation, json_t *parameters,
    json_t **ret_result, struct mfa_error *err)
{
	(void)world;
	if (strcmp(operation, "GetUser") == 0)
		return mfa_error_set(err, answers.user, 0, "what it said");
	if (strcmp(operation, "GetMFADevice") == 0) {
		*ret_result = json_pack("{s:s}", "SSHPublicKey", "x");
		return MFA_OK;
	}
	assert_string_equal(operation, "ListMFADevices");
	assert_non_null(json_object_get(parameters, "UserName"));
	answers.asked++;
	if (answers.list != MFA_OK)
		return mfa_error_set(err, answers.list, 0, "no");
	*ret_result = answers.device != NULL
	    ? json_pack("{s:[{s:s, s:s}]}", "MFADevices", "Type",
		  answers.device, "SerialNumber", "one")
	    : json_pack("{s:[]}", "MFADevices");
	return MFA_OK;
}

static void
survey(const char *arguments)
{
	char text[256];

	snprintf(text, sizeof(text), "auth required pam_awsmfa.so%s\n",
	    arguments);
	write_file(root, "login", text, 0644);
	forget();
	/* Every host has it, with root in it by its own entry. */
	d.group = "root";
	answers.asked = 0;
	doctor_users(&d);
}

static void
whoever_would_be_locked_out_is_told(void **state)
{
	(void)state;
	memset(&answers, 0, sizeof(answers));
	survey("");
	assert_in_range(answers.asked, 1, 1000);
	assert_found(0, "user-without-device", "", "has no MFA device");
	assert_found(json_array_size(d.findings) - 1, "admins-locked-out", "",
	    "nobody in the group root");
	assert_true(d.unfit);
	survey(" unenrolled=allow");
	assert_findings(0);
	assert_int_equal(answers.asked, 0);
	answers.device = "virtual";
	survey("");
	assert_findings(0);
	assert_in_range(answers.asked, 1, 1000);
	answers.list = MFA_SERVICE_FAILURE;
	survey("");
	assert_findings(1);
	assert_found(0, "users-unknown", "", "did not say");
	assert_int_equal(answers.asked, 1);
}

/* Who has no password and no key, as root on many hosts, does not sign in. */
static void
root_is_asked_for_where_root_signs_in(void **state)
{
	bool before, after;
	json_t *one;
	size_t i;

	(void)state;
	if (geteuid() != 0)
		skip();
	memset(&answers, 0, sizeof(answers));
	write_file(root, "login", "auth required pam_awsmfa.so\n", 0644);
	write_file(root, "mounts", "a key\n", 0600);
	for (d.root_by_ssh = false, before = after = false;;
	    d.root_by_ssh = true) {
		forget();
		doctor_users(&d);
		json_array_foreach (d.findings, i, one)
			after |= strncmp(json_string_value(json_object_get(one,
			    "Detail")), "root has no", 11) == 0;
		if (d.root_by_ssh)
			break;
		before = after;
		after = false;
	}
	assert_true(after);
	assert_int_equal(before, getspnam("root")->sp_pwdp[0] != '!' &&
	    getspnam("root")->sp_pwdp[0] != '*');
	d.root_by_ssh = false;
}

static void
group_that_there_is_not_is_told(void **state)
{
	(void)state;
	memset(&answers, 0, sizeof(answers));
	write_file(root, "login", "auth required pam_awsmfa.so\n", 0644);
	d.group = "no-such-group";
	doctor_users(&d);
	d.group = NULL;
	assert_findings(1);
	assert_found(0, "users-unknown", "", "no group no-such-group");
}

static void
agent_that_sudo_does_not_see_is_told(void **state)
{
	(void)state;
	memset(&answers, 0, sizeof(answers));
	answers.device = "security-key";
	survey("");
	assert_findings(0);
	d.agent_is_hidden = true;
	survey("");
	assert_findings(1);
	assert_found(0, "sudo-agent", "sudoers", "SSH_AUTH_SOCK");
	answers.device = "virtual";
	survey("");
	assert_findings(0);
	d.agent_is_hidden = false;
}

static void
endpoint_that_does_not_answer_is_told(void **state)
{
	(void)state;
	memset(&answers, 0, sizeof(answers));
	answers.user = MFA_INVALID_CONFIGURATION;
	survey("");
	assert_findings(1);
	assert_found(0, "settings-invalid", "", "what it said");
	answers.user = MFA_SERVICE_UNAVAILABLE;
	survey("");
	assert_findings(1);
	assert_found(0, "users-unknown", "", "what it said");
	assert_int_equal(answers.asked, 0);
}

static void
read_settings(const char *text, struct settings *ret)
{
	char copy[512];

	snprintf(copy, sizeof(copy), "%s", text);
	settings_read(copy, ret);
}

static void
settings_are_read_as_libconfig_does(void **state)
{
	struct settings settings;

	(void)state;
	read_settings("", &settings);
	assert_true(settings_list_has(&settings.account_services, "sshd"));
	assert_int_equal(settings.ssh_verified_keys.count, 0);
	assert_int_equal(settings.key_timeout, 30);
	assert_false(settings.uv_required);
	read_settings("# ssh_verified_keys = (\"a\");\n"
	    "// ssh_verified_keys = (\"b\");\n"
	    "/* ssh_verified_keys = (\"c\"); */ key_timeout = 10;"
	    "prompt = \"ssh_verified_keys = (\\\"d\\\");\";"
	    "x_ssh_verified_keys = (\"e\");"
	    "user_verification:\"required\"; account_services\n=\n"
	    "[\"login\" /* \"f\" */, \"g\"];", &settings);
	assert_int_equal(settings.ssh_verified_keys.count, 0);
	assert_int_equal(settings.key_timeout, 10);
	assert_true(settings.uv_required);
	assert_int_equal(settings.account_services.count, 2);
	assert_true(settings_list_has(&settings.account_services, "g"));
	assert_false(settings_list_has(&settings.account_services, "sshd"));
	read_settings("ssh_verified_keys = (\"unended", &settings);
	read_settings("ssh_verified_keys = ();", &settings);
	assert_int_equal(settings.ssh_verified_keys.count, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_told_by_its_usage_page),
		TEST(a_descriptor_cut_short_or_with_long_items_is_no_keys),
		TEST(what_is_no_hidraw_node_is_no_key),
		TEST(rule_is_looked_for_where_udev_looks_first),
		TEST(keys_are_tried_as_the_account),
		TEST(folder_of_nodes_that_can_not_be_read_is_told),
		TEST(sockets_that_do_not_listen_or_are_open_to_others_are_told),
		TEST(clock_that_nothing_sets_is_told),
		TEST(proc_that_is_hidden_from_the_account_is_told),
		TEST(account_in_a_group_that_it_does_not_need_is_told),
		TEST(whoever_would_be_locked_out_is_told),
		TEST(root_is_asked_for_where_root_signs_in),
		TEST(group_that_there_is_not_is_told),
		TEST(agent_that_sudo_does_not_see_is_told),
		TEST(endpoint_that_does_not_answer_is_told),
		TEST(settings_are_read_as_libconfig_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
