#include <string.h>
#include <unistd.h>

#include "mfatest.h"

#include "mfa/enrol.h"
#include "mfa/manage.h"
#include "mfa/signin.h"
#include "mfa/throttle.h"

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

static void
right_code_is_accepted_once(void **state)
{
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "code already used");
}

static void
step_before_the_last_accepted_is_refused(void **state)
{
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, -1),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 1), MFA_OK);
}

static void
codes_outside_the_window_are_wrong(void **state)
{
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 2),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "wrong code");
	assert_int_equal(mfatest_signin_code(m, "alice", 1, -2),
	    MFA_INVALID_AUTHENTICATION_CODE);
}

static void
codes_of_enrolment_are_spent(void **state)
{
	struct mfatest *m = *state;
	char serial[SERIAL_NUMBER_MAX + 1];

	mfatest_import(m, 1, serial);
	assert_int_equal(mfatest_enable(m, &alice, 1, -1), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "code already used");
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 1), MFA_OK);
}

static void
code_of_another_users_token_is_wrong(void **state)
{
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	mfatest_enrol(m, &bob, 2);
	assert_int_equal(mfatest_signin_code(m, "alice", 2, 0),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_signin_code(m, "bob", 2, 0), MFA_OK);
}

static void
each_of_eight_devices_lets_in(void **state)
{
	struct mfatest *m = *state;
	unsigned i;

	for (i = 1; i <= DEVICES_MAX; i++)
		mfatest_enrol(m, &alice, i);
	for (i = 1; i <= DEVICES_MAX; i++)
		assert_int_equal(mfatest_signin_code(m, "alice", i, 0),
		    MFA_OK);
}

static void
unknown_and_unenrolled_users_are_told_apart_in_the_log(void **state)
{
	struct mfatest *m = *state;

	assert_int_equal(mfatest_signin(m, "nobody", "123456", 6),
	    MFA_NO_SUCH_ENTITY);
	mfatest_says(m, "user unknown");
	assert_int_equal(mfatest_signin(m, "alice", "123456", 6),
	    MFA_NOT_ENROLLED);
	assert_int_equal(mfatest_signin(m, "ldapdown", "123456", 6),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(mfatest_signin(m, "../alice", "123456", 6),
	    MFA_NO_SUCH_ENTITY);
}

static void
only_a_user_without_device_is_unenrolled(void **state)
{
	static const struct {
		const char	*name;
		bool		unenrolled;
	} users[] = { { "alice", true }, { "bob", false },
		{ "nobody", false }, { "ldapdown", false } };
	struct mfatest *m = *state;
	struct signin *signin;
	size_t i;

	mfatest_enrol(m, &bob, 1);
	for (i = 0; i < 4; i++) {
		signin = NULL;
		assert_int_equal(signin_begin(&m->ctx, users[i].name,
		    LEDGER_LOGIN, &signin, &m->err), MFA_OK);
		assert_int_equal(signin_is_unenrolled(signin),
		    users[i].unenrolled);
		signin_freep(&signin);
	}
}

static void
answers_of_the_wrong_shape_are_no_guess(void **state)
{
	static const struct {
		const char	*text;
		size_t		len;
	} answers[] = { { "", 0 }, { "12345", 5 }, { "1234567", 7 },
		{ "12345a", 6 }, { "123456\0", 7 }, { "1234567890123456", 16 },
		{ "12345678", 8 }, { "\0\0\0\0\0\0", 6 } };
	struct mfatest *m = *state;
	size_t i, round;

	mfatest_enrol(m, &alice, 1);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
			assert_int_equal(mfatest_signin(m, "alice",
			    answers[i].text, answers[i].len),
			    MFA_INVALID_AUTHENTICATION_CODE);
			mfatest_says(m, "not a code");
		}
	}
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
}

static void
spaces_in_a_code_are_dropped(void **state)
{
	struct mfatest *m = *state;
	struct secret code;
	char text[8];

	mfatest_enrol(m, &alice, 1);
	mfatest_code(m, 1, 0, &code);
	(void)snprintf(text, sizeof(text), "%.3s %.3s",
	    (const char *)code.bytes, (const char *)code.bytes + 3);
	assert_int_equal(mfatest_signin(m, "alice", text, 7), MFA_OK);
}

/* Two codes in one answer, as text. */
static void
pair(struct mfatest *m, unsigned number, int offset, char ret[13])
{
	struct secret a, b;

	mfatest_code(m, number, offset, &a);
	mfatest_code(m, number, offset + 1, &b);
	(void)snprintf(ret, 13, "%.6s%.6s", (const char *)a.bytes,
	    (const char *)b.bytes);
}

static void
twelve_digits_resynchronise_within_twenty_steps(void **state)
{
	struct mfatest *m = *state;
	char text[13];

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 15),
	    MFA_INVALID_AUTHENTICATION_CODE);
	pair(m, 1, 15, text);
	assert_int_equal(mfatest_signin(m, "alice", text, 12), MFA_OK);
	/* The drift is learned: the next single code is accepted. */
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 17), MFA_OK);
	pair(m, 1, 60, text);
	assert_int_equal(mfatest_signin(m, "alice", text, 12),
	    MFA_INVALID_AUTHENTICATION_CODE);
}

static void
twelve_digits_are_spent_by_resynchronising(void **state)
{
	struct mfatest *m = *state;
	char text[13];

	mfatest_enrol(m, &alice, 1);
	pair(m, 1, 5, text);
	assert_int_equal(mfatest_signin(m, "alice", text, 12), MFA_OK);
	assert_int_equal(mfatest_signin(m, "alice", text, 12),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "code already used");
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 6),
	    MFA_INVALID_AUTHENTICATION_CODE);
}

static void
two_codes_of_which_one_is_spent_are_refused(void **state)
{
	struct mfatest *m = *state;
	char text[13];

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	pair(m, 1, 0, text);
	assert_int_equal(mfatest_signin(m, "alice", text, 12),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "code already used");
}

#define FUTURE INT64_C(4070908815)	/* 2099; the middle of a step */

static void
login_in_the_wrong_year_is_undone_by_two_codes_in_a_row(void **state)
{
	struct mfatest *m = *state;
	char text[13];

	mfatest_enrol(m, &alice, 1);
	m->now = FUTURE;
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	m->now = MFATEST_NOW + 3600;
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "code already used, by a clock that was wrong: the "
			"last one was of 2099-01-01T00:");
	pair(m, 1, -1, text);
	assert_int_equal(mfatest_signin(m, "alice", text, 12), MFA_OK);
	assert_int_equal(mfatest_signin(m, "alice", text, 12),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "code already used");
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 1), MFA_OK);
	m->now = FUTURE;
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 1), MFA_OK);
}

static void
two_codes_from_before_a_jump_are_not_good_after_it(void **state)
{
	struct mfatest *m = *state;
	char text[13];

	mfatest_enrol(m, &alice, 1);
	pair(m, 1, 0, text);
	assert_int_equal(mfatest_signin(m, "alice", text, 12), MFA_OK);
	m->now = FUTURE;
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	m->now = MFATEST_NOW + 60;
	assert_int_equal(mfatest_signin(m, "alice", text, 12),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "code already used");
}

static void
drift_is_learned_step_by_step(void **state)
{
	struct mfatest *m = *state;
	int drift;

	mfatest_enrol(m, &alice, 1);
	for (drift = 1; drift <= 10; drift++) {
		assert_int_equal(mfatest_signin_code(m, "alice", 1, drift),
		    MFA_OK);
		m->now += 30;
	}
}

static void
slow_typing_is_not_learned_as_drift(void **state)
{
	struct mfatest *m = *state;
	char serial[SERIAL_NUMBER_MAX + 1];
	int i;

	mfatest_import(m, 1, serial);
	assert_int_equal(mfatest_enable(m, &alice, 1, -3), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	for (i = 0; i < 3; i++) {
		m->now += 60;
		assert_int_equal(mfatest_signin_code(m, "alice", 1, -1),
		    MFA_OK);
	}
	m->now += 30;
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
}

static void
clock_of_a_device_that_is_slow_is_followed(void **state)
{
	struct mfatest *m = *state;
	int drift;

	mfatest_enrol(m, &alice, 1);
	for (drift = -2; drift >= -20; drift--) {
		m->now += 60;
		assert_int_equal(mfatest_signin_code(m, "alice", 1, drift / 2),
		    MFA_OK);
	}
}

static void
sixth_wrong_code_throttles_and_unlock_lets_in(void **state)
{
	struct mfatest *m = *state;
	int i;

	mfatest_enrol(m, &alice, 1);
	for (i = 0; i < THROTTLE_FREE + 1; i++)
		assert_int_equal(mfatest_signin_code(m, "alice", 1, 100 + i),
		    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_THROTTLING);
	assert_int_equal(manage_unlock(&m->ctx, &alice, &m->err), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
}

static void
throttle_ends_by_itself_and_success_does_not_reset_it(void **state)
{
	struct mfatest *m = *state;
	int i;

	mfatest_enrol(m, &alice, 1);
	for (i = 0; i < THROTTLE_FREE + 1; i++)
		(void)mfatest_signin_code(m, "alice", 1, 100 + i);
	m->now += THROTTLE_FIRST_WAIT;
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 100),
	    MFA_INVALID_AUTHENTICATION_CODE);
	m->now += THROTTLE_FIRST_WAIT;
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_THROTTLING);
}

static void
used_code_is_no_guess(void **state)
{
	struct mfatest *m = *state;
	int i;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	for (i = 0; i < 3 * THROTTLE_FREE; i++)
		assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
		    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 1), MFA_OK);
}

static void
throttle_outlives_a_time_that_cannot_be_told(void **state)
{
	struct mfatest *m = *state;
	int64_t now = m->now;
	int i;

	mfatest_enrol(m, &alice, 1);
	for (i = 0; i < THROTTLE_FREE + 1; i++)
		(void)mfatest_signin_code(m, "alice", 1, 100 + i);
	m->now = -1;
	assert_int_equal(mfatest_signin(m, "alice", "123456", 6),
	    MFA_SERVICE_FAILURE);
	m->now = now;
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_THROTTLING);
}

static void
throttle_of_a_clock_that_was_wrong_ends_after_an_hour(void **state)
{
	struct mfatest *m = *state;
	int i;

	mfatest_enrol(m, &alice, 1);
	m->now += 315360000;
	for (i = 0; i < THROTTLE_FREE + 1; i++)
		(void)mfatest_signin_code(m, "alice", 1, 100 + i);
	m->now -= 315360000;
	for (i = 0; i < 3; i++) {
		assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
		    MFA_THROTTLING);
		m->now += THROTTLE_HOUR / 3;
	}
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
}

static void
missing_ledger_denies(void **state)
{
	struct mfatest *m = *state;
	char path[PATH_MAX];

	mfatest_enrol(m, &alice, 1);
	storetest_path(m->t, "ledger", "alice", path);
	assert_int_equal(remove(path), 0);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_SERVICE_FAILURE);
	mfatest_says(m, "missing");
}

static void
device_without_ledger_entry_denies_and_guesses_are_counted(void **state)
{
	struct mfatest *m = *state;
	struct ledger *ledger = NULL;
	int i;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(ledger_open(m->t->store, &alice, false, 0, &ledger,
	    &m->err), MFA_OK);
	memset(ledger_record(ledger)->devices, 0,
	    sizeof(ledger_record(ledger)->devices));
	assert_int_equal(ledger_commit(ledger, &m->err), MFA_OK);
	ledger_freep(&ledger);
	for (i = 0; i < THROTTLE_FREE + 1; i++)
		assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
		    MFA_SERVICE_FAILURE);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_THROTTLING);
}

static void
device_deactivated_while_the_prompt_waits_is_refused(void **state)
{
	struct mfatest *m = *state;
	struct proof proof;
	struct signin *signin = NULL;
	struct device *device;
	struct secret code;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(signin_begin(&m->ctx, "alice", LEDGER_LOGIN, &signin,
	    &m->err), MFA_OK);
	device = storetest_device(1);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, device->serial,
	    &m->err), MFA_OK);
	device_freep(&device);
	mfatest_code(m, 1, 0, &code);
	assert_int_not_equal(signin_verify(signin, code.bytes, code.len,
	    &proof, &m->err), MFA_OK);
	signin_freep(&signin);
}

static void
locked_ledger_denies_within_the_bound(void **state)
{
	struct mfatest *m = *state;
	struct ledger *ledger = NULL;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(ledger_open(m->t->store, &alice, false, 0, &ledger,
	    &m->err), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_CONCURRENT_MODIFICATION);
	ledger_freep(&ledger);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
}

static void
same_code_from_many_processes_is_accepted_once(void **state)
{
	struct mfatest *m = *state;
	int round, i, accepted, status;
	pid_t pids[8];

	for (round = 0; round < 20; round++) {
		mfatest_enrol(m, &alice, 1);
		for (i = 0; i < 8; i++) {
			if (storetest_fork(&pids[i]))
				_exit(mfatest_signin_code(m, "alice", 1, 0) ==
				    MFA_OK ? 0 : 1);
		}
		for (accepted = i = 0; i < 8; i++) {
			status = storetest_wait(pids[i]);
			assert_in_range(status, 0, 1);
			accepted += status == 0;
		}
		assert_int_equal(accepted, 1);
		(void)mfatest_teardown(state);
		assert_int_equal(mfatest_setup(state), 0);
		m = *state;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(right_code_is_accepted_once),
		mfatest(step_before_the_last_accepted_is_refused),
		mfatest(codes_outside_the_window_are_wrong),
		mfatest(codes_of_enrolment_are_spent),
		mfatest(code_of_another_users_token_is_wrong),
		mfatest(each_of_eight_devices_lets_in),
		mfatest(unknown_and_unenrolled_users_are_told_apart_in_the_log),
		mfatest(only_a_user_without_device_is_unenrolled),
		mfatest(answers_of_the_wrong_shape_are_no_guess),
		mfatest(spaces_in_a_code_are_dropped),
		mfatest(twelve_digits_resynchronise_within_twenty_steps),
		mfatest(twelve_digits_are_spent_by_resynchronising),
		mfatest(two_codes_of_which_one_is_spent_are_refused),
		mfatest(login_in_the_wrong_year_is_undone_by_two_codes_in_a_row),
		mfatest(two_codes_from_before_a_jump_are_not_good_after_it),
		mfatest(drift_is_learned_step_by_step),
		mfatest(slow_typing_is_not_learned_as_drift),
		mfatest(clock_of_a_device_that_is_slow_is_followed),
		mfatest(sixth_wrong_code_throttles_and_unlock_lets_in),
		mfatest(throttle_ends_by_itself_and_success_does_not_reset_it),
		mfatest(used_code_is_no_guess),
		mfatest(throttle_outlives_a_time_that_cannot_be_told),
		mfatest(throttle_of_a_clock_that_was_wrong_ends_after_an_hour),
		mfatest(missing_ledger_denies),
		mfatest(
		    device_without_ledger_entry_denies_and_guesses_are_counted),
		mfatest(device_deactivated_while_the_prompt_waits_is_refused),
		mfatest(locked_ledger_denies_within_the_bound),
		mfatest(same_code_from_many_processes_is_accepted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
