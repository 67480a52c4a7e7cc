#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mfatest.h"

#include "mfa/enrol.h"
#include "mfa/recover.h"
#include "mfa/signin.h"
#include "mfa/throttle.h"

#define HOUR 3600
#define WRONG "AAAA-BBBB-CCCC-DDDD"

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

static struct longcode
grant(struct mfatest *m, const struct host_user *user, int64_t seconds,
    int64_t uses)
{
	struct recover_given given;

	if (recover_grant(&m->ctx, user, seconds, uses, &given, &m->err) !=
	    MFA_OK)
		fail_msg("%s", m->err.detail);
	assert_int_equal(given.expires, m->now + seconds);
	assert_int_equal(given.uses, uses);
	return given.code;
}

static struct longcode
invite(struct mfatest *m, const struct host_user *user, int64_t seconds)
{
	struct recover_given given;

	if (recover_invite(&m->ctx, user, seconds, &given, &m->err) != MFA_OK)
		fail_msg("%s", m->err.detail);
	assert_int_equal(given.expires, m->now + seconds);
	return given.code;
}

static enum mfa_code
signin(struct mfatest *m, const char *user, const struct longcode *code)
{
	struct proof proof = { .kind = PROOF_NONE };
	struct signin *signin = NULL;
	enum mfa_code result;

	assert_int_equal(signin_begin(&m->ctx, user, LEDGER_LOGIN, &signin,
	    &m->err), MFA_OK);
	result = signin_verify(signin, code->text, strlen(code->text), &proof,
	    &m->err);
	signin_freep(&signin);
	assert_int_equal(proof.kind,
	    result == MFA_OK ? PROOF_GRANT : PROOF_NONE);
	return result;
}

static enum mfa_code
accept_invite(struct mfatest *m, const struct host_user *user,
    const char *text)
{
	return recover_check_invite(&m->ctx, user, text, strlen(text), &m->err);
}

static struct recover_status
status_of(struct mfatest *m, const struct host_user *user)
{
	struct recover_status status;

	if (recover_get_status(&m->ctx, user, &status, &m->err) != MFA_OK)
		fail_msg("%s", m->err.detail);
	return status;
}

static void
grant_lets_in_as_often_as_it_says(void **state)
{
	struct mfatest *m = *state;
	struct longcode code;

	mfatest_enrol(m, &alice, 1);
	assert_false(status_of(m, &alice).grant_open);
	code = grant(m, &alice, HOUR, 2);
	assert_int_equal(status_of(m, &alice).grant_uses, 2);
	assert_int_equal(status_of(m, &alice).grant_expires, m->now + HOUR);
	assert_int_equal(signin(m, "alice", &code), MFA_OK);
	assert_int_equal(status_of(m, &alice).grant_uses, 1);
	assert_int_equal(signin(m, "alice", &code), MFA_OK);
	assert_false(status_of(m, &alice).grant_open);
	assert_int_equal(signin(m, "alice", &code),
	    MFA_INVALID_AUTHENTICATION_CODE);
}

static void
grant_lets_in_who_has_no_device(void **state)
{
	struct mfatest *m = *state;
	struct longcode code = grant(m, &alice, HOUR, 1);
	struct signin *begun = NULL;

	assert_int_equal(signin_begin(&m->ctx, "alice", LEDGER_LOGIN, &begun,
	    &m->err), MFA_OK);
	assert_true(signin_is_unenrolled(begun));
	signin_freep(&begun);
	assert_int_equal(signin(m, "bob", &code), MFA_NOT_ENROLLED);
	assert_int_equal(signin(m, "alice", &code), MFA_OK);
	/* A code of six digits does not get further than it did. */
	assert_int_equal(mfatest_signin(m, "alice", "123456", 6),
	    MFA_NOT_ENROLLED);
	assert_int_equal(signin(m, "alice", &code),
	    MFA_INVALID_AUTHENTICATION_CODE);
	/* The ledger that was made for it is the one that enrolment finds. */
	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
}

static void
grant_ends_with_its_time_and_does_not_come_back(void **state)
{
	struct mfatest *m = *state;
	struct longcode code = grant(m, &alice, HOUR, 5);
	int64_t start = m->now;

	m->now = start + HOUR - 1;
	assert_int_equal(signin(m, "alice", &code), MFA_OK);
	m->now = start + HOUR;
	assert_int_equal(signin(m, "alice", &code),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "expired");
	assert_false(status_of(m, &alice).grant_open);
	/* The clock is put back. */
	m->now = start + 10;
	assert_int_equal(signin(m, "alice", &code),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_false(status_of(m, &alice).grant_open);
}

static void
clock_before_what_was_seen_does_not_count(void **state)
{
	struct mfatest *m = *state;
	struct longcode code;
	int64_t start;

	mfatest_enrol(m, &alice, 1);
	code = grant(m, &alice, HOUR, 5);
	start = m->now;
	m->now = start - 1;
	assert_int_equal(signin(m, "alice", &code),
	    MFA_INVALID_AUTHENTICATION_CODE);
	/* Someone else's sign-in at the user's name has seen a later time. */
	m->now = start + 1000;
	assert_int_not_equal(mfatest_signin(m, "alice", "000000", 6), MFA_OK);
	m->now = start + 999;
	assert_int_equal(signin(m, "alice", &code),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "clock was put back");
	m->now = start + 1000;
	assert_int_equal(signin(m, "alice", &code), MFA_OK);
	/* A code that is accepted notes the time as well. */
	m->now = start + 4 * HOUR;
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	m->now = start + 1010;
	assert_int_equal(signin(m, "alice", &code),
	    MFA_INVALID_AUTHENTICATION_CODE);
}

static void
new_grant_takes_the_place_of_the_old(void **state)
{
	struct mfatest *m = *state;
	struct longcode old = grant(m, &alice, HOUR, 5);
	struct longcode code = grant(m, &alice, HOUR, 1);

	assert_int_equal(signin(m, "alice", &old),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(signin(m, "alice", &code), MFA_OK);
}

static void
revoked_grant_is_over(void **state)
{
	struct mfatest *m = *state;
	struct longcode code;

	assert_int_equal(recover_revoke(&m->ctx, &alice, &m->err),
	    MFA_NO_SUCH_ENTITY);
	code = grant(m, &alice, HOUR, 5);
	assert_int_equal(recover_revoke(&m->ctx, &alice, &m->err), MFA_OK);
	assert_int_equal(signin(m, "alice", &code),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(recover_revoke(&m->ctx, &alice, &m->err),
	    MFA_NO_SUCH_ENTITY);
}

static void
throttle_does_not_bar_a_grant(void **state)
{
	struct mfatest *m = *state;
	struct longcode code;
	unsigned i;

	mfatest_enrol(m, &alice, 1);
	for (i = 0; i < 2 * THROTTLE_FREE; i++)
		(void)mfatest_signin(m, "alice", "000000", 6);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_THROTTLING);
	code = grant(m, &alice, HOUR, 1);
	assert_int_equal(signin(m, "alice", &code), MFA_OK);
}

static void
grant_outside_the_limits_is_invalid(void **state)
{
	static const struct {
		int64_t	seconds;
		int64_t	uses;
	} bad[] = { { 0, 1 }, { -1, 1 }, { RECOVER_GRANT_MIN - 1, 1 },
		{ RECOVER_GRANT_MAX + 1, 1 }, { INT64_MAX, 1 }, { HOUR, 0 },
		{ HOUR, -1 }, { HOUR, RECOVER_USES_MAX + 1 },
		{ HOUR, INT64_MAX } };
	struct mfatest *m = *state;
	struct recover_given given;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(recover_grant(&m->ctx, &alice, bad[i].seconds,
		    bad[i].uses, &given, &m->err), MFA_INVALID_INPUT);
	assert_int_equal(recover_invite(&m->ctx, &alice,
	    RECOVER_INVITE_MAX + 1, &given, &m->err), MFA_INVALID_INPUT);
	assert_int_equal(storetest_count(m->t, "ledger"), 0);
}

static void
nothing_is_given_out_where_the_time_cannot_be_told(void **state)
{
	struct mfatest *m = *state;
	struct recover_given given;

	m->now = -1;
	assert_int_equal(recover_grant(&m->ctx, &alice, HOUR, 1, &given,
			     &m->err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(recover_invite(&m->ctx, &alice, HOUR, &given,
			     &m->err),
	    MFA_SERVICE_FAILURE);
	m->now = MFATEST_NOW;
	assert_false(status_of(m, &alice).grant_open);
	assert_false(status_of(m, &alice).invite_open);
}

static void
grant_is_no_way_past_a_damaged_device_file(void **state)
{
	struct mfatest *m = *state;
	struct longcode code;
	char path[PATH_MAX];

	mfatest_enrol(m, &alice, 1);
	code = grant(m, &alice, HOUR, 1);
	storetest_path(m->t, "devices", "alice", path);
	storetest_write(path, "version = 1;", 12);
	assert_int_equal(signin(m, "alice", &code), MFA_SERVICE_FAILURE);
}

static void
use_of_a_grant_by_many_processes_is_counted(void **state)
{
	struct mfatest *m = *state;
	struct longcode code = grant(m, &alice, HOUR, 3);
	int i, accepted, status;
	pid_t pids[8];

	for (i = 0; i < 8; i++) {
		if (storetest_fork(&pids[i]))
			_exit(signin(m, "alice", &code) == MFA_OK ? 0 : 1);
	}
	for (accepted = i = 0; i < 8; i++) {
		status = storetest_wait(pids[i]);
		assert_in_range(status, 0, 1);
		accepted += status == 0;
	}
	assert_int_equal(accepted, 3);
}

static void
invitation_is_taken_once(void **state)
{
	struct mfatest *m = *state;
	struct longcode code = invite(m, &alice, HOUR);

	assert_true(status_of(m, &alice).invite_open);
	assert_int_equal(status_of(m, &alice).invite_expires, m->now + HOUR);
	assert_int_equal(accept_invite(m, &bob, code.text),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(accept_invite(m, &alice, WRONG),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(accept_invite(m, &alice, ""),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(accept_invite(m, &alice, code.text), MFA_OK);
	assert_int_equal(accept_invite(m, &alice, code.text),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_false(status_of(m, &alice).invite_open);
}

static void
invitation_lets_nobody_in_and_a_grant_invites_nobody(void **state)
{
	struct mfatest *m = *state;
	struct longcode invited = invite(m, &alice, HOUR);
	struct longcode granted = grant(m, &alice, HOUR, 1);

	assert_int_equal(signin(m, "alice", &invited),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(accept_invite(m, &alice, granted.text),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(signin(m, "alice", &granted), MFA_OK);
	assert_int_equal(accept_invite(m, &alice, invited.text), MFA_OK);
}

static void
invitation_expires_and_does_not_come_back(void **state)
{
	struct mfatest *m = *state;
	struct longcode granted, code = invite(m, &alice, HOUR);

	m->now += HOUR;
	assert_int_equal(accept_invite(m, &alice, code.text),
	    MFA_INVALID_AUTHENTICATION_CODE);
	/* What else is written then notes that its time is over. */
	granted = grant(m, &alice, HOUR, 1);
	assert_int_equal(signin(m, "alice", &granted), MFA_OK);
	m->now -= HOUR - 1;
	assert_int_equal(accept_invite(m, &alice, code.text),
	    MFA_INVALID_AUTHENTICATION_CODE);
}

static void
invitation_is_for_who_has_no_device(void **state)
{
	struct mfatest *m = *state;
	struct device *device = storetest_device(1);
	struct recover_given given;
	struct longcode code = invite(m, &alice, HOUR);

	mfatest_enrol(m, &alice, 1);
	assert_false(status_of(m, &alice).invite_open);
	assert_int_equal(recover_invite(&m->ctx, &alice, HOUR, &given,
	    &m->err), MFA_ENTITY_ALREADY_EXISTS);
	/* An old one is over, also when the device has gone again. */
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, device->serial,
	    &m->err), MFA_OK);
	assert_int_equal(accept_invite(m, &alice, code.text),
	    MFA_INVALID_AUTHENTICATION_CODE);
	device_freep(&device);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(grant_lets_in_as_often_as_it_says),
		mfatest(grant_lets_in_who_has_no_device),
		mfatest(grant_ends_with_its_time_and_does_not_come_back),
		mfatest(clock_before_what_was_seen_does_not_count),
		mfatest(new_grant_takes_the_place_of_the_old),
		mfatest(revoked_grant_is_over),
		mfatest(throttle_does_not_bar_a_grant),
		mfatest(grant_outside_the_limits_is_invalid),
		mfatest(nothing_is_given_out_where_the_time_cannot_be_told),
		mfatest(grant_is_no_way_past_a_damaged_device_file),
		mfatest(use_of_a_grant_by_many_processes_is_counted),
		mfatest(invitation_is_taken_once),
		mfatest(invitation_lets_nobody_in_and_a_grant_invites_nobody),
		mfatest(invitation_expires_and_does_not_come_back),
		mfatest(invitation_is_for_who_has_no_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
