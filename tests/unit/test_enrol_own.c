#include <string.h>

#include "mfatest.h"

#include "mfa/enrol.h"
#include "mfa/manage.h"
#include "mfa/throttle.h"

/* What a user in person asks for, and not root. */

static enum mfa_code
enable(struct mfatest *m, const struct host_user *user, const char *serial,
    unsigned number, int offset)
{
	struct secret code1, code2;

	mfatest_code(m, number, offset, &code1);
	mfatest_code(m, number, offset + 1, &code2);
	return enrol_enable_own(&m->ctx, user, serial, &code1, &code2,
	    &m->err);
}

static enum mfa_code
resync(struct mfatest *m, const char *serial, unsigned number, int offset)
{
	struct secret code1, code2;

	mfatest_code(m, number, offset, &code1);
	mfatest_code(m, number, offset + 1, &code2);
	return enrol_resync_own(&m->ctx, &USER_ALICE, serial, &code1, &code2,
	    RESYNC_WINDOW_USER, &m->err);
}

static void
token_is_enabled_by_its_two_codes(void **state)
{
	char serial[SERIAL_NUMBER_MAX + 1];
	struct mfatest *m = *state;

	mfatest_import(m, 1, serial);
	assert_int_equal(enable(m, &USER_ALICE, serial, 1, -1), MFA_OK);
	assert_int_equal(manage_check_owner(&m->ctx, serial, &USER_ALICE,
			     &m->err),
	    MFA_OK);
	assert_int_equal(manage_check_owner(&m->ctx, serial, &USER_BOB,
			     &m->err),
	    MFA_NO_SUCH_ENTITY);
}

/* Else codes of tokens in the inventory could be guessed for ever. */
static void
guesses_are_throttled_and_do_not_bar_the_sign_in(void **state)
{
	char serial[SERIAL_NUMBER_MAX + 1];
	struct mfatest *m = *state;
	int i;

	mfatest_import(m, 1, serial);
	mfatest_enrol(m, &USER_ALICE, 2);
	for (i = 0; i <= THROTTLE_FREE; i++)
		assert_int_equal(enable(m, &USER_ALICE, serial, 1, 100 + i),
		    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(enable(m, &USER_ALICE, serial, 1, -1),
	    MFA_THROTTLING);
	assert_int_equal(mfatest_signin_code(m, "alice", 2, 0), MFA_OK);
	/* Nor anyone else. */
	assert_int_equal(enable(m, &USER_BOB, serial, 1, -1), MFA_OK);
}

static void
guesses_at_a_resync_are_throttled(void **state)
{
	char serial[SERIAL_NUMBER_MAX + 1];
	struct mfatest *m = *state;
	int i;

	mfatest_import(m, 1, serial);
	assert_int_equal(enable(m, &USER_ALICE, serial, 1, -1), MFA_OK);
	for (i = 0; i <= THROTTLE_FREE; i++)
		assert_int_equal(resync(m, serial, 1, 100 + i),
		    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(resync(m, serial, 1, 10), MFA_THROTTLING);
	m->now += 3600 * 24;
	assert_int_equal(resync(m, serial, 1, 10), MFA_OK);
}

static void
virtual_device_is_its_owners_alone(void **state)
{
	_cleanup_(device_freep) struct device *device = NULL;
	struct mfatest *m = *state;
	struct secret code1, code2;
	int64_t step;

	assert_int_equal(enrol_create_virtual(&m->ctx, &USER_ALICE, "/alice/",
			     "phone", NULL, &device, &m->err),
	    MFA_OK);
	step = totp_step(&device->otp, m->now);
	assert_int_equal(hotp_code(&device->otp, &device->seed,
			     (uint64_t)step - 1, &code1, &m->err),
	    MFA_OK);
	assert_int_equal(hotp_code(&device->otp, &device->seed, (uint64_t)step,
			     &code2, &m->err),
	    MFA_OK);
	assert_int_equal(enrol_enable_own(&m->ctx, &USER_BOB, device->serial,
			     &code1, &code2, &m->err),
	    MFA_NO_SUCH_ENTITY);
	assert_int_equal(manage_check_owner(&m->ctx, device->serial, &USER_BOB,
			     &m->err),
	    MFA_NO_SUCH_ENTITY);
	assert_int_equal(manage_check_owner(&m->ctx, device->serial,
			     &USER_ALICE, &m->err),
	    MFA_OK);
	assert_int_equal(enrol_enable_own(&m->ctx, &USER_ALICE, device->serial,
			     &code1, &code2, &m->err),
	    MFA_OK);
	/* Enabled, it looks to others as if it were not there. */
	assert_int_equal(enrol_enable_own(&m->ctx, &USER_BOB, device->serial,
			     &code1, &code2, &m->err),
	    MFA_NO_SUCH_ENTITY);
}

static void
user_of_the_same_name_and_another_uid_owns_nothing(void **state)
{
	const struct host_user other = { .name = "alice", .uid = 4711 };
	_cleanup_(device_freep) struct device *waiting = NULL;
	char serial[SERIAL_NUMBER_MAX + 1];
	struct mfatest *m = *state;

	mfatest_import(m, 1, serial);
	assert_int_equal(enable(m, &USER_ALICE, serial, 1, -1), MFA_OK);
	assert_int_equal(manage_check_owner(&m->ctx, serial, &other, &m->err),
	    MFA_NO_SUCH_ENTITY);
	assert_int_equal(resync(m, serial, 1, 2), MFA_OK);
	assert_int_equal(enrol_create_virtual(&m->ctx, &USER_ALICE, "/alice/",
			     "phone", NULL, &waiting, &m->err),
	    MFA_OK);
	assert_int_equal(manage_check_owner(&m->ctx, waiting->serial, &other,
			     &m->err),
	    MFA_NO_SUCH_ENTITY);
	assert_int_equal(manage_check_owner(&m->ctx, waiting->serial,
			     &USER_ALICE, &m->err),
	    MFA_OK);
}

/* Else what was decided for a first device would let in a second. */
static void
device_is_added_only_to_as_many_as_was_decided_for(void **state)
{
	char serial[SERIAL_NUMBER_MAX + 1];
	struct mfatest *m = *state;
	size_t held = 0;

	m->ctx.held = &held;
	mfatest_import(m, 1, serial);
	assert_int_equal(enable(m, &USER_ALICE, serial, 1, -1), MFA_OK);
	mfatest_import(m, 2, serial);
	assert_int_equal(enable(m, &USER_ALICE, serial, 2, -1),
	    MFA_CONCURRENT_MODIFICATION);
	held = 1;
	assert_int_equal(enable(m, &USER_ALICE, serial, 2, -1), MFA_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(token_is_enabled_by_its_two_codes),
		mfatest(guesses_are_throttled_and_do_not_bar_the_sign_in),
		mfatest(guesses_at_a_resync_are_throttled),
		mfatest(virtual_device_is_its_owners_alone),
		mfatest(device_is_added_only_to_as_many_as_was_decided_for),
		mfatest(user_of_the_same_name_and_another_uid_owns_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
