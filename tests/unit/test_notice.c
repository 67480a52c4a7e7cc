#include <string.h>

#include "mfatest.h"

#include "mfa/notice.h"
#include "mfa/recover.h"
#include "mfa/signin.h"

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

/* A sign-in at DOOR from ADDRESS with TEXT for an answer. */
static enum mfa_code
attempt(struct mfatest *m, enum ledger_door door, const char *address,
    const char *text)
{
	struct signin *signin = NULL;
	struct proof proof;
	enum mfa_code code;

	assert_int_equal(signin_begin(&m->ctx, "alice", door, &signin,
	    &m->err), MFA_OK);
	signin_set_origin(signin, address);
	code = signin_verify(signin, text, strlen(text), &proof, &m->err);
	signin_freep(&signin);
	return code;
}

static void
deny(struct mfatest *m, enum ledger_door door, const char *address)
{
	assert_int_not_equal(attempt(m, door, address, "000000"), MFA_OK);
}

static struct notice
take(struct mfatest *m, const struct host_user *user)
{
	struct notice notice;

	if (notice_take(&m->ctx, user, &notice, &m->err) != MFA_OK)
		fail_msg("%s", m->err.detail);
	return notice;
}

static void
wrong_codes_are_told_once_with_the_last_address(void **state)
{
	struct mfatest *m = *state;
	struct notice notice;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(take(m, &alice).failed, 0);
	deny(m, LEDGER_LOGIN, "192.0.2.1");
	deny(m, LEDGER_LOGIN, "2001:db8::2");
	notice = take(m, &alice);
	assert_int_equal(notice.failed, 2);
	assert_string_equal(notice.from, "2001:db8::2");
	notice = take(m, &alice);
	assert_int_equal(notice.failed, 0);
	assert_string_equal(notice.from, "");
}

static void
success_leaves_the_count_until_it_is_told(void **state)
{
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	deny(m, LEDGER_LOGIN, "192.0.2.1");
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	assert_int_equal(take(m, &alice).failed, 1);
}

static void
attempts_at_the_users_own_door_are_not_told(void **state)
{
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	deny(m, LEDGER_USER, "192.0.2.1");
	assert_int_equal(take(m, &alice).failed, 0);
}

static void
address_is_optional_cut_and_fit_to_be_shown(void **state)
{
	struct mfatest *m = *state;
	char name[200];

	mfatest_enrol(m, &alice, 1);
	deny(m, LEDGER_LOGIN, "192.0.2.1");
	deny(m, LEDGER_LOGIN, NULL);
	assert_string_equal(take(m, &alice).from, "");
	deny(m, LEDGER_LOGIN, "a\033[2Jb\n");
	assert_string_equal(take(m, &alice).from, "a\\x1b[2Jb\\x0a");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	deny(m, LEDGER_LOGIN, name);
	assert_int_equal(strlen(take(m, &alice).from), LEDGER_FROM_SIZE - 1);
}

static void
what_writes_nothing_is_not_counted(void **state)
{
	struct mfatest *m = *state;
	unsigned i;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(attempt(m, LEDGER_LOGIN, "192.0.2.1", "letmein"),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(take(m, &alice).failed, 0);
	for (i = 0; i < 9; i++)
		deny(m, LEDGER_LOGIN, "192.0.2.1");
	/* Five are free and the sixth counts still; the rest are throttled. */
	assert_int_equal(take(m, &alice).failed, 6);
}

static void
user_without_a_ledger_has_no_failure(void **state)
{
	struct mfatest *m = *state;

	deny(m, LEDGER_LOGIN, "192.0.2.1");
	assert_int_equal(take(m, &alice).failed, 0);
	assert_int_equal(storetest_count(m->t, "ledger"), 0);
}

static void
used_recovery_codes_are_counted_until_there_is_a_new_set(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct mfatest *m = *state;
	unsigned i;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(take(m, &alice).codes_used, 0);
	assert_int_equal(recover_create(&m->ctx, &alice, codes, &m->err),
	    MFA_OK);
	for (i = 0; i < RECOVER_CODES; i++) {
		assert_int_equal(take(m, &alice).codes_used, i);
		assert_int_equal(mfatest_signin(m, "alice", codes[i].text,
		    strlen(codes[i].text)), MFA_OK);
	}
	assert_int_equal(take(m, &alice).codes_used, RECOVER_CODES);
	assert_int_equal(recover_create(&m->ctx, &alice, codes, &m->err),
	    MFA_OK);
	assert_int_equal(take(m, &alice).codes_used, 0);
}

static void
one_users_failures_are_not_told_to_another(void **state)
{
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	mfatest_enrol(m, &bob, 2);
	deny(m, LEDGER_LOGIN, "192.0.2.1");
	assert_int_equal(take(m, &bob).failed, 0);
	assert_int_equal(take(m, &alice).failed, 1);
}

static void
damaged_ledger_is_a_failure(void **state)
{
	struct mfatest *m = *state;
	struct notice notice = { .failed = 7 };
	char path[PATH_MAX];

	mfatest_enrol(m, &alice, 1);
	storetest_path(m->t, "ledger", "alice", path);
	storetest_write(path, "x", 1);
	assert_int_equal(notice_take(&m->ctx, &alice, &notice, &m->err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(notice.failed, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(wrong_codes_are_told_once_with_the_last_address),
		mfatest(success_leaves_the_count_until_it_is_told),
		mfatest(attempts_at_the_users_own_door_are_not_told),
		mfatest(address_is_optional_cut_and_fit_to_be_shown),
		mfatest(what_writes_nothing_is_not_counted),
		mfatest(user_without_a_ledger_has_no_failure),
		mfatest(used_recovery_codes_are_counted_until_there_is_a_new_set),
		mfatest(one_users_failures_are_not_told_to_another),
		mfatest(damaged_ledger_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
