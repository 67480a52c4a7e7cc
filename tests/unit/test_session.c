#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/session.h"
#include "storetest.h"

#define NOW	5000	/* seconds since boot */
#define AUDIT	17

static int64_t since_boot;
static const char *boot;

static int64_t
boottime(void *ctx)
{
	(void)ctx;
	return since_boot;
}

static bool
boot_id(void *ctx, char ret[static BOOT_ID_SIZE])
{
	(void)ctx;
	if (boot == NULL)
		return false;
	strcpy(ret, boot);
	return true;
}

static struct world world;

static int
setup(void **state)
{
	struct storetest *t;

	if (storetest_setup(state) != 0)
		return -1;
	t = *state;
	since_boot = NOW;
	boot = "11111111-1111-4111-8111-111111111111";
	world = storetest_world;
	world.boottime = boottime;
	world.boot_id = boot_id;
	t->store->world = &world;
	return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, storetest_teardown)

static struct session
alices(void)
{
	struct session session = { .audit = AUDIT, .user = USER_ALICE,
		.proved = NOW, .expires = NOW + 100 };

	memset(session.device, 0xab, sizeof(session.device));
	return session;
}

static void
save(struct storetest *t, const struct session *session)
{
	if (session_save(t->store, session, &t->err) != MFA_OK)
		fail_msg("%s", t->err.detail);
}

/* Asking for USER's session AUDIT ends in CODE. */
static void
expect(struct storetest *t, uint32_t audit, const struct host_user *user,
    enum mfa_code code)
{
	struct session session = { .proved = -7 };
	enum mfa_code got;

	t->err.detail[0] = '\0';
	got = session_load(t->store, audit, user, &session, &t->err);
	if (got != code)
		fail_msg("%s: %s", mfa_code_name(got), t->err.detail);
	if (got != MFA_OK)
		assert_int_equal(session.proved, -7);
}

static void
path_of(const struct storetest *t, const char *name, char ret[static PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/%s", t->sessions, name);
}

static void
saved_session_is_found_as_it_was(void **state)
{
	struct storetest *t = *state;
	struct session saved = alices(), got;

	save(t, &saved);
	assert_int_equal(session_load(t->store, AUDIT, &USER_ALICE, &got,
	    &t->err), MFA_OK);
	assert_int_equal(got.audit, AUDIT);
	assert_string_equal(got.user.name, "alice");
	assert_int_equal(got.user.uid, 1001);
	assert_memory_equal(got.device, saved.device, sizeof(got.device));
	assert_int_equal(got.proved, NOW);
	assert_int_equal(got.expires, NOW + 100);
}

static void
later_session_replaces_the_earlier(void **state)
{
	struct storetest *t = *state;
	struct session session = alices(), got;

	save(t, &session);
	since_boot += 10;
	session.proved += 10;
	save(t, &session);
	assert_int_equal(session_load(t->store, AUDIT, &USER_ALICE, &got,
	    &t->err), MFA_OK);
	assert_int_equal(got.proved, NOW + 10);
}

static void
session_is_of_its_user_and_uid_alone(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();

	save(t, &session);
	expect(t, AUDIT, &USER_BOB, MFA_NO_SUCH_ENTITY);
	expect(t, AUDIT, &(struct host_user){ "alice", 1002 },
	    MFA_NO_SUCH_ENTITY);
	expect(t, AUDIT, &(struct host_user){ "bob", 1001 },
	    MFA_NO_SUCH_ENTITY);
	expect(t, AUDIT, &USER_ALICE, MFA_OK);
}

static void
session_copied_to_another_login_session_is_none(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();
	char from[PATH_MAX], to[PATH_MAX];
	size_t len;
	char *text;

	save(t, &session);
	path_of(t, "17", from);
	path_of(t, "18", to);
	text = storetest_read(from, &len);
	storetest_write(to, text, len);
	free(text);
	expect(t, 18, &USER_ALICE, MFA_NO_SUCH_ENTITY);
	expect(t, AUDIT, &USER_ALICE, MFA_OK);
}

static void
session_of_another_boot_is_none(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();

	save(t, &session);
	boot = "22222222-2222-4222-8222-222222222222";
	expect(t, AUDIT, &USER_ALICE, MFA_NO_SUCH_ENTITY);
	storetest_says(t, "another boot");
}

static void
session_of_another_host_is_none(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();

	save(t, &session);
	t->store->key.bytes[0] ^= 1;
	expect(t, AUDIT, &USER_ALICE, MFA_NO_SUCH_ENTITY);
}

static void
boot_without_a_number_has_no_sessions(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();

	save(t, &session);
	boot = NULL;
	expect(t, AUDIT, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(session_save(t->store, &session, &t->err),
	    MFA_SERVICE_FAILURE);
}

static void
session_counts_from_its_proof_to_its_end(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();

	save(t, &session);
	since_boot = NOW + 99;
	expect(t, AUDIT, &USER_ALICE, MFA_OK);
	since_boot = NOW + 100;
	expect(t, AUDIT, &USER_ALICE, MFA_NO_SUCH_ENTITY);
	since_boot = NOW - 1;
	expect(t, AUDIT, &USER_ALICE, MFA_NO_SUCH_ENTITY);
}

static void
unset_login_session_is_neither_kept_nor_found(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();

	session.audit = SESSION_UNSET;
	assert_int_equal(session_save(t->store, &session, &t->err),
	    MFA_INVALID_INPUT);
	expect(t, SESSION_UNSET, &USER_ALICE, MFA_NO_SUCH_ENTITY);
	assert_int_equal(session_end(t->store, SESSION_UNSET, &t->err),
	    MFA_OK);
	assert_int_equal(storetest_count(t, "../sessions"), 0);
}

static void
ended_session_is_gone(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();

	save(t, &session);
	session.audit++;
	save(t, &session);
	assert_int_equal(session_end(t->store, AUDIT, &t->err), MFA_OK);
	expect(t, AUDIT, &USER_ALICE, MFA_NO_SUCH_ENTITY);
	expect(t, AUDIT + 1, &USER_ALICE, MFA_OK);
	assert_int_equal(session_end(t->store, AUDIT, &t->err), MFA_OK);
}

static void
without_the_folder_nothing_is_kept_or_found(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();

	assert_int_equal(rmdir(t->sessions), 0);
	assert_int_equal(session_save(t->store, &session, &t->err),
	    MFA_SERVICE_FAILURE);
	storetest_says(t, "awsmfa init");
	expect(t, AUDIT, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "awsmfa init");
	assert_int_equal(session_end(t->store, AUDIT, &t->err), MFA_OK);
}

static void
folder_that_others_can_enter_is_not_used(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();

	save(t, &session);
	assert_int_equal(chmod(t->sessions, 0755), 0);
	expect(t, AUDIT, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(session_save(t->store, &session, &t->err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(session_end(t->store, AUDIT, &t->err),
	    MFA_SERVICE_FAILURE);
}

static void
file_that_is_not_the_accounts_alone_is_not_read(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();
	char path[PATH_MAX], other[PATH_MAX];

	save(t, &session);
	path_of(t, "17", path);
	path_of(t, "other", other);
	assert_int_equal(chmod(path, 0644), 0);
	expect(t, AUDIT, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(link(path, other), 0);
	expect(t, AUDIT, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("other", path), 0);
	expect(t, AUDIT, &USER_ALICE, MFA_SERVICE_FAILURE);
}

/* A session with any octet changed, dropped or added is none. */
static void
damaged_session_is_none(void **state)
{
	struct storetest *t = *state;
	struct session session = alices(), got;
	char path[PATH_MAX];
	size_t len, i;
	char *text;

	save(t, &session);
	path_of(t, "17", path);
	text = storetest_read(path, &len);
	for (i = 0; i < len; i++) {
		text[i] ^= 1;
		storetest_write(path, text, len);
		text[i] ^= 1;
		assert_int_not_equal(session_load(t->store, AUDIT,
		    &USER_ALICE, &got, &t->err), MFA_OK);
		storetest_write(path, text, i);
		assert_int_not_equal(session_load(t->store, AUDIT,
		    &USER_ALICE, &got, &t->err), MFA_OK);
	}
	text = realloc(text, len + 1);
	assert_non_null(text);
	text[len] = '\n';
	storetest_write(path, text, len + 1);
	expect(t, AUDIT, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_write(path, text, len);
	expect(t, AUDIT, &USER_ALICE, MFA_OK);
	free(text);
}

static void
session_that_makes_no_sense_is_not_kept(void **state)
{
	struct storetest *t = *state;
	struct session session = alices();

	session.expires = session.proved;
	assert_int_equal(session_save(t->store, &session, &t->err),
	    MFA_SERVICE_FAILURE);
	session = alices();
	strcpy(session.user.name, "alice\nuid 0");
	assert_int_equal(session_save(t->store, &session, &t->err),
	    MFA_SERVICE_FAILURE);
	session = alices();
	session.proved = -1;
	assert_int_equal(session_save(t->store, &session, &t->err),
	    MFA_SERVICE_FAILURE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(saved_session_is_found_as_it_was),
		test(later_session_replaces_the_earlier),
		test(session_is_of_its_user_and_uid_alone),
		test(session_copied_to_another_login_session_is_none),
		test(session_of_another_boot_is_none),
		test(session_of_another_host_is_none),
		test(boot_without_a_number_has_no_sessions),
		test(session_counts_from_its_proof_to_its_end),
		test(unset_login_session_is_neither_kept_nor_found),
		test(ended_session_is_gone),
		test(without_the_folder_nothing_is_kept_or_found),
		test(folder_that_others_can_enter_is_not_used),
		test(file_that_is_not_the_accounts_alone_is_not_read),
		test(damaged_session_is_none),
		test(session_that_makes_no_sense_is_not_kept),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
