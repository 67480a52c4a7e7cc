#include <sys/stat.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/init.h"

#define ACCOUNT	"daemon"	/* one that every host has */

static char		root[64], conf[128], state[128], run[128];
static struct init_paths paths = { conf, state, run, ACCOUNT };
static unsigned		lines;
static const struct passwd *account;

static void
count_line(const char *line)
{
	(void)line;
	lines++;
}

static int
set_up(void **unused)
{
	(void)unused;
	if (geteuid() != 0)
		return 0;
	strcpy(root, "/tmp/test_init.XXXXXX");
	if (mkdtemp(root) == NULL || chmod(root, 0755) < 0)
		return -1;
	snprintf(conf, sizeof(conf), "%s/etc/awsmfa", root);
	snprintf(state, sizeof(state), "%s/var/lib/awsmfa", root);
	snprintf(run, sizeof(run), "%s/run/awsmfa", root);
	account = getpwnam(ACCOUNT);
	return account != NULL ? 0 : -1;
}

static int
tear_down(void **unused)
{
	char command[128];

	(void)unused;
	if (geteuid() != 0)
		return 0;
	snprintf(command, sizeof(command), "rm -rf -- %s", root);
	return system(command);
}

static void
needs_root(void)
{
	if (geteuid() != 0)
		skip();
}

static enum mfa_code
apply(struct mfa_error *err)
{
	lines = 0;
	return init_apply(&paths, count_line, err);
}

static void
assert_applies(void)
{
	struct mfa_error err = { 0 };

	if (apply(&err) != MFA_OK)
		fail_msg("%s", err.detail);
}

static void
assert_refuses(const char *part)
{
	struct mfa_error err = { 0 };

	assert_int_equal(apply(&err), MFA_SERVICE_FAILURE);
	if (strstr(err.detail, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, err.detail);
	assert_int_equal(geteuid(), 0);
	assert_int_equal(getegid(), 0);
}

static char *
path_of(const char *folder, const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
assert_is(const char *path, uid_t uid, mode_t mode)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_mode, mode);
}

static void
read_key(unsigned char key[static 32])
{
	FILE *file = fopen(path_of(conf, "host.key"), "r");

	assert_non_null(file);
	assert_int_equal(fread(key, 1, 32, file), 32);
	assert_int_equal(fgetc(file), EOF);
	fclose(file);
}

static void
put_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	while (size-- > 0)
		fputc('x', file);
	assert_int_equal(fclose(file), 0);
}

static void
everything_is_made_with_its_owner_and_mode(void **unused)
{
	static const char *const folders[] = { "devices", "ledger", "claims",
		"inventory" };
	unsigned char key[32];
	size_t i;

	(void)unused;
	needs_root();
	assert_applies();
	assert_is(conf, 0, S_IFDIR | 0755);
	assert_is(run, 0, S_IFDIR | 0755);
	assert_is(path_of(run, "sessions"), account->pw_uid, S_IFDIR | 0700);
	assert_is(state, account->pw_uid, S_IFDIR | 0700);
	for (i = 0; i < 4; i++)
		assert_is(path_of(state, folders[i]), account->pw_uid,
		    S_IFDIR | 0700);
	assert_is(path_of(conf, "host.key"), account->pw_uid, S_IFREG | 0600);
	read_key(key);
	assert_int_equal(access(path_of(conf, ".host.key.new"), F_OK), -1);
	assert_int_equal(geteuid(), 0);
}

static void
a_second_time_changes_nothing(void **unused)
{
	unsigned char before[32], after[32];

	(void)unused;
	needs_root();
	assert_applies();
	read_key(before);
	assert_applies();
	read_key(after);
	assert_memory_equal(before, after, 32);
	assert_int_equal(lines, 0);
}

static void
what_has_been_opened_wide_is_closed_again(void **unused)
{
	(void)unused;
	needs_root();
	assert_applies();
	assert_int_equal(chmod(state, 0777), 0);
	assert_int_equal(chmod(path_of(state, "ledger"), 0777), 0);
	assert_applies();
	assert_int_equal(lines, 2);
	assert_is(state, account->pw_uid, S_IFDIR | 0700);
	assert_is(path_of(state, "ledger"), account->pw_uid, S_IFDIR | 0700);
}

static void
a_key_that_is_not_right_is_left_and_named(void **unused)
{
	char key[PATH_MAX];

	(void)unused;
	needs_root();
	assert_applies();
	strcpy(key, path_of(conf, "host.key"));
	assert_int_equal(chmod(key, 0644), 0);
	assert_refuses("by others");
	assert_int_equal(chmod(key, 0600), 0);
	assert_int_equal(chown(key, 0, 0), 0);
	assert_refuses("does not belong");
	put_file(key, 31);
	assert_refuses("32 octets");
	assert_int_equal(unlink(key), 0);
	assert_int_equal(symlink("/dev/zero", key), 0);
	assert_refuses("not a regular file");
	assert_is(key, 0, S_IFLNK | 0777);
}

static void
a_missing_key_beside_devices_is_no_fresh_start(void **unused)
{
	static const char *const folders[] = { "devices", "inventory" };
	char file[PATH_MAX];
	size_t i;

	(void)unused;
	needs_root();
	assert_applies();
	assert_int_equal(unlink(path_of(conf, "host.key")), 0);
	for (i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "%s/%s/alice", state, folders[i]);
		put_file(file, 1);
		assert_refuses("put it back from a backup");
		assert_int_equal(access(path_of(conf, "host.key"), F_OK), -1);
		unlink(file);
	}
	assert_applies();
	assert_int_equal(lines, 1);
}

/* The account may put anything in its folder; root does not follow. */
static void
links_in_the_accounts_folder_are_not_followed(void **unused)
{
	char victim[PATH_MAX], link[PATH_MAX];

	(void)unused;
	needs_root();
	assert_applies();
	snprintf(victim, sizeof(victim), "%s/victim", root);
	assert_int_equal(mkdir(victim, 0750), 0);
	snprintf(link, sizeof(link), "%s/ledger", state);
	assert_int_equal(rmdir(link), 0);
	assert_int_equal(symlink(victim, link), 0);
	assert_refuses("ledger");
	assert_is(victim, 0, S_IFDIR | 0750);
	assert_int_equal(chown(victim, account->pw_uid, account->pw_gid), 0);
	assert_refuses("ledger");
	assert_is(victim, account->pw_uid, S_IFDIR | 0750);
	assert_int_equal(chown(victim, 0, 0), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(rename(victim, link), 0);
	assert_refuses("ledger");
	assert_is(link, 0, S_IFDIR | 0750);
}

static void
a_state_folder_of_someone_else_or_a_link_is_refused(void **unused)
{
	char elsewhere[PATH_MAX];

	(void)unused;
	needs_root();
	assert_applies();
	assert_int_equal(chown(state, 12345, 12345), 0);
	assert_refuses("belongs to uid 12345");
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", root);
	assert_int_equal(rename(state, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, state), 0);
	assert_refuses(state);
	/* Nor one that would do, if it were not behind a link. */
	assert_int_equal(chown(elsewhere, account->pw_uid, account->pw_gid),
	    0);
	assert_refuses(state);
	assert_is(elsewhere, account->pw_uid, S_IFDIR | 0700);
}

static void
a_parent_that_others_can_change_is_refused(void **unused)
{
	char parent[PATH_MAX];

	(void)unused;
	needs_root();
	snprintf(parent, sizeof(parent), "%s/var", root);
	assert_int_equal(mkdir(parent, 0755), 0);
	assert_int_equal(chmod(parent, 0777), 0);
	assert_refuses("var");
	assert_int_equal(access(state, F_OK), -1);
}

static void
only_root_may(void **unused)
{
	struct mfa_error err = { 0 };

	(void)unused;
	if (geteuid() == 0)
		assert_int_equal(seteuid(12345), 0);
	assert_int_equal(apply(&err), MFA_ACCESS_DENIED);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static void
root_is_no_account_for_this(void **unused)
{
	struct mfa_error err = { 0 };

	(void)unused;
	needs_root();
	paths.account = "root";
	assert_int_equal(apply(&err), MFA_SERVICE_FAILURE);
	paths.account = ACCOUNT;
	assert_non_null(strstr(err.detail, "uid 0"));
	assert_int_equal(access(conf, F_OK), -1);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_is_made_with_its_owner_and_mode),
		TEST(a_second_time_changes_nothing),
		TEST(what_has_been_opened_wide_is_closed_again),
		TEST(a_key_that_is_not_right_is_left_and_named),
		TEST(a_missing_key_beside_devices_is_no_fresh_start),
		TEST(links_in_the_accounts_folder_are_not_followed),
		TEST(a_state_folder_of_someone_else_or_a_link_is_refused),
		TEST(a_parent_that_others_can_change_is_refused),
		TEST(only_root_may),
		TEST(root_is_no_account_for_this),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
