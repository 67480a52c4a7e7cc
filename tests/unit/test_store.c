#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/devfile.h"
#include "storetest.h"

static void
save(struct storetest *t, const struct host_user *user, unsigned count)
{
	struct device_list list = { 0 };
	struct device *d;
	unsigned i;

	for (i = 0; i < count; i++) {
		d = storetest_device(i);
		assert_int_equal(device_list_add(&list, &d, &t->err), MFA_OK);
	}
	if (store_save(t->store, user, &list, &t->err) != MFA_OK)
		fail_msg("%s", t->err.detail);
	device_list_clear(&list);
}

/* Loads USER's devices, expects CODE, and that nothing changes. */
static void
expect(struct storetest *t, const struct host_user *user, enum mfa_code code)
{
	struct device_list list = { 0 };
	enum mfa_code got;

	t->err.detail[0] = '\0';
	got = store_load(t->store, user, &list, &t->err);
	if (got != code)
		fail_msg("%s: %s", mfa_code_name(got), t->err.detail);
	if (got != MFA_OK)
		assert_int_equal(list.count, 0);
	device_list_clear(&list);
}

static void
alices_path(const struct storetest *t, char path[static PATH_MAX])
{
	storetest_path(t, "devices", "alice", path);
}

static void
saved_devices_are_loaded(void **state)
{
	struct storetest *t = *state;
	struct device_list list = { 0 }, got = { 0 };
	struct device *d;
	char path[PATH_MAX];
	struct stat st;
	unsigned i;

	for (i = 0; i < DEVICES_MAX; i++) {
		d = storetest_device(i);
		assert_int_equal(device_list_add(&list, &d, &t->err), MFA_OK);
	}
	assert_int_equal(store_save(t->store, &USER_ALICE, &list, &t->err),
	    MFA_OK);
	assert_int_equal(store_load(t->store, &USER_ALICE, &got, &t->err),
	    MFA_OK);
	assert_int_equal(got.count, DEVICES_MAX);
	for (i = 0; i < DEVICES_MAX; i++)
		assert_true(storetest_same(list.devices[i], got.devices[i]));
	alices_path(t, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(storetest_count(t, "devices"), 1);
	device_list_clear(&list);
	device_list_clear(&got);
}

static void
user_without_a_file_or_device_is_not_enrolled(void **state)
{
	struct storetest *t = *state;

	expect(t, &USER_ALICE, MFA_NOT_ENROLLED);
	save(t, &USER_BOB, 2);
	expect(t, &USER_ALICE, MFA_NOT_ENROLLED);
	save(t, &USER_ALICE, 0);
	expect(t, &USER_ALICE, MFA_NOT_ENROLLED);
	save(t, &USER_ALICE, 1);
	expect(t, &USER_ALICE, MFA_OK);
}

static void
removed_or_replaced_folder_is_a_failure(void **state)
{
	struct storetest *t = *state;
	char path[PATH_MAX], away[PATH_MAX];

	storetest_path(t, "devices", "", path);
	path[strlen(path) - 1] = '\0';
	storetest_path(t, "away", "", away);
	away[strlen(away) - 1] = '\0';
	assert_int_equal(rename(path, away), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(mkdir(path, 0700), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "replaced");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rename(away, path), 0);
	expect(t, &USER_ALICE, MFA_NOT_ENROLLED);
	assert_int_equal(rmdir(path), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
}

static void
file_of_another_user_or_uid_is_a_failure(void **state)
{
	struct storetest *t = *state;
	struct host_user other = { .name = "alice", .uid = 1002 };
	char from[PATH_MAX], to[PATH_MAX];

	save(t, &USER_ALICE, 1);
	expect(t, &other, MFA_SERVICE_FAILURE);
	storetest_says(t, "uid 1001, not 1002");
	storetest_says(t, t->root);
	storetest_path(t, "devices", "alice", from);
	storetest_path(t, "devices", "bob", to);
	assert_int_equal(rename(from, to), 0);
	expect(t, &USER_BOB, MFA_SERVICE_FAILURE);
	storetest_says(t, "bob: is the file of user alice");
}

static void
damaged_file_is_a_failure(void **state)
{
	struct storetest *t = *state;
	static char large[DEVFILE_MAX + 1];
	char path[PATH_MAX], *text;
	size_t len;

	save(t, &USER_ALICE, 2);
	alices_path(t, path);
	text = storetest_read(path, &len);
	assert_int_equal(truncate(path, (off_t)len / 2), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "devices/alice: ");
	assert_int_equal(truncate(path, 0), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_write(path, "\x7f" "ELF\x01\xff", 6);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	text[len / 2] = '\0';
	storetest_write(path, text, len);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "NUL");
	memset(large, ' ', sizeof(large));
	storetest_write(path, large, sizeof(large));
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "larger than 65536");
	storetest_write(path, "@include \"/etc/passwd\"\n", 23);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "@include");
	free(text);
}

static void
file_of_another_kind_is_a_failure(void **state)
{
	struct storetest *t = *state;
	char path[PATH_MAX], other[PATH_MAX];

	save(t, &USER_ALICE, 1);
	alices_path(t, path);
	storetest_path(t, "devices", "real", other);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink("real", path), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "symbolic link");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("nowhere", path), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "regular");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(link(other, path), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "hard links");
	assert_int_equal(unlink(other), 0);
	expect(t, &USER_ALICE, MFA_OK);
}

static void
wrong_mode_or_owner_is_a_failure(void **state)
{
	struct storetest *t = *state;
	char path[PATH_MAX];

	save(t, &USER_ALICE, 1);
	alices_path(t, path);
	assert_int_equal(chmod(path, 0640), 0);
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "mode");
	assert_int_equal(chmod(path, 0600), 0);
	expect(t, &USER_ALICE, MFA_OK);
	/* To another owner the same file is a stranger's. */
	t->store->owner = geteuid() + 1;
	expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "belongs to uid");
}

static void
name_that_can_not_be_a_file_is_a_failure(void **state)
{
	struct storetest *t = *state;
	struct host_user user = { .uid = 1 };
	struct device_list none = { 0 };

	expect(t, &user, MFA_SERVICE_FAILURE);
	strcpy(user.name, "a\nb");
	expect(t, &user, MFA_SERVICE_FAILURE);
	memset(user.name, '/', USER_NAME_MAX);
	expect(t, &user, MFA_SERVICE_FAILURE);
	assert_int_equal(store_save(t->store, &user, &none, &t->err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(storetest_count(t, "devices"), 0);
}

static void
names_of_odd_users_stay_in_the_folder(void **state)
{
	static const char *const names[] = {
		"..", ".", "../bob", "a/b", "DOM\\x", ".alice.new", "%41",
	};
	struct storetest *t = *state;
	struct host_user user = { .uid = 7 };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		strcpy(user.name, names[i]);
		expect(t, &user, MFA_NOT_ENROLLED);
		save(t, &user, 1);
		expect(t, &user, MFA_OK);
		assert_int_equal(storetest_count(t, "devices"), i + 1);
	}
	assert_int_equal(storetest_count(t, ""), 4);
}

static void
save_that_fails_leaves_the_file_as_it_was(void **state)
{
	struct storetest *t = *state;
	struct rlimit none = { 0, 0 };
	struct device_list list = { 0 };
	char path[PATH_MAX], *before, *after;
	pid_t pid;

	save(t, &USER_ALICE, 3);
	alices_path(t, path);
	before = storetest_read(path, NULL);
	if (storetest_fork(&pid)) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &none);
		_exit(store_save(t->store, &USER_ALICE, &list, &t->err));
	}
	assert_int_equal(storetest_wait(pid), MFA_SERVICE_FAILURE);
	after = storetest_read(path, NULL);
	assert_string_equal(before, after);
	assert_int_equal(storetest_count(t, "devices"), 1);
	free(before);
	free(after);
}

/* store_open() fails with MFA_SERVICE_FAILURE and says PART. */
static void
expect_closed(struct storetest *t, const char *part)
{
	struct store *store = NULL;

	assert_int_equal(store_open(t->root, t->key, geteuid(),
	    &storetest_world, &store, &t->err), MFA_SERVICE_FAILURE);
	assert_null(store);
	storetest_says(t, part);
}

static void
missing_folder_says_to_run_init(void **state)
{
	static const char *const folders[] = {
		"devices", "ledger", "claims", "inventory",
	};
	struct storetest *t = *state;
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < 4; i++) {
		storetest_path(t, folders[i], "", path);
		assert_int_equal(rmdir(path), 0);
		expect_closed(t, "run \"awsmfa init\"");
		storetest_says(t, folders[i]);
		storetest_says(t, t->root);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	strcat(t->root, "x");
	expect_closed(t, "run \"awsmfa init\"");
	t->root[strlen(t->root) - 1] = '\0';
	strcat(t->key, "x");
	expect_closed(t, "run \"awsmfa init\"");
	storetest_says(t, t->key);
}

static void
folder_that_is_not_as_it_must_be_is_refused(void **state)
{
	struct storetest *t = *state;
	struct store *store = NULL;
	char path[PATH_MAX], away[PATH_MAX];

	storetest_path(t, "claims", "", path);
	path[strlen(path) - 1] = '\0';
	assert_int_equal(chmod(path, 0750), 0);
	expect_closed(t, "mode");
	storetest_says(t, path);
	assert_int_equal(chmod(path, 0700), 0);
	storetest_path(t, "away", "", away);
	away[strlen(away) - 1] = '\0';
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(symlink("away", path), 0);
	expect_closed(t, "claims");
	assert_int_equal(unlink(path), 0);
	storetest_write(path, "", 0);
	expect_closed(t, "claims");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(away, path), 0);
	assert_int_equal(chmod(t->root, 0755), 0);
	expect_closed(t, "mode");
	assert_int_equal(chmod(t->root, 0700), 0);
	assert_int_equal(store_open(t->root, t->key, geteuid() + 1,
	    &storetest_world, &store, &t->err), MFA_SERVICE_FAILURE);
	storetest_says(t, "belongs to uid");
	assert_int_equal(store_open(t->root, t->key, geteuid(),
	    &storetest_world, &store, &t->err), MFA_OK);
	store_freep(&store);
	assert_null(store);
	store_freep(&store);
}

static void
host_key_that_is_not_as_it_must_be_is_refused(void **state)
{
	struct storetest *t = *state;
	uint8_t bytes[33] = { 1 };
	char other[96];

	storetest_write(t->key, bytes, 31);
	expect_closed(t, "not 32 octets");
	storetest_write(t->key, bytes, 33);
	expect_closed(t, "not 32 octets");
	storetest_write(t->key, bytes, 32);
	assert_int_equal(chmod(t->key, 0604), 0);
	expect_closed(t, "mode");
	assert_int_equal(chmod(t->key, 0600), 0);
	assert_int_equal(chmod(t->dir, 0777), 0);
	expect_closed(t, "mode");
	assert_int_equal(chmod(t->dir, 0700), 0);
	snprintf(other, sizeof(other), "%s/real", t->dir);
	assert_int_equal(rename(t->key, other), 0);
	assert_int_equal(symlink("real", t->key), 0);
	expect_closed(t, "symbolic link");
	snprintf(other, sizeof(other), "%s/link", t->dir);
	assert_int_equal(symlink(t->dir, other), 0);
	snprintf(t->key, sizeof(t->key), "%s/link/real", t->dir);
	expect_closed(t, "link");
	snprintf(t->key, sizeof(t->key), "%s/real", t->dir);
	assert_int_equal(store_open(t->root, "real", geteuid(),
	    &storetest_world, &t->store, &t->err), MFA_SERVICE_FAILURE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		storetest(saved_devices_are_loaded),
		storetest(user_without_a_file_or_device_is_not_enrolled),
		storetest(removed_or_replaced_folder_is_a_failure),
		storetest(file_of_another_user_or_uid_is_a_failure),
		storetest(damaged_file_is_a_failure),
		storetest(file_of_another_kind_is_a_failure),
		storetest(wrong_mode_or_owner_is_a_failure),
		storetest(name_that_can_not_be_a_file_is_a_failure),
		storetest(names_of_odd_users_stay_in_the_folder),
		storetest(save_that_fails_leaves_the_file_as_it_was),
		storetest(missing_folder_says_to_run_init),
		storetest(folder_that_is_not_as_it_must_be_is_refused),
		storetest(host_key_that_is_not_as_it_must_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
