#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "mfa/signin.h"
#include "mfa/throttle.h"

#define START	1700000000
#define YEAR	(365 * 86400 + 86400 / 4)

static void
five_wrong_codes_are_free(void **state)
{
	struct ledger_throttle t = { 0 };
	struct mfa_error err;
	int i;

	(void)state;
	for (i = 0; i < THROTTLE_FREE; i++) {
		assert_int_equal(throttle_check(&t, START, &err), MFA_OK);
		throttle_count(&t, START, 1);
	}
	assert_int_equal(throttle_check(&t, START, &err), MFA_OK);
}

static void
each_further_one_doubles_the_wait_up_to_an_hour_a_device(void **state)
{
	int64_t now = START, wait = THROTTLE_FIRST_WAIT, left;
	struct ledger_throttle t = { 0 };
	struct mfa_error err;
	int i;

	(void)state;
	for (i = 0; i < THROTTLE_FREE; i++)
		throttle_count(&t, now, 2);
	for (i = 0; i < 12; i++) {
		throttle_count(&t, now, 2);
		left = wait < 7200 ? wait : 7200;
		assert_int_equal(t.until - now, left);
		assert_int_equal(throttle_check(&t, now + left - 1, &err),
		    MFA_THROTTLING);
		assert_int_equal(throttle_check(&t, now + left, &err),
		    MFA_OK);
		wait *= 2;
	}
}

static void
the_count_falls_by_one_an_hour(void **state)
{
	struct ledger_throttle t = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		throttle_count(&t, START, 1);
	throttle_count(&t, START + 3 * 3600, 1);
	assert_int_equal(t.failures, 3);
	throttle_count(&t, START + 100 * 3600, 1);
	assert_int_equal(t.failures, 1);
}

static void
a_clock_that_was_wrong_bars_for_an_hour_at_most(void **state)
{
	struct ledger_throttle t = { 0 };
	struct mfa_error err;
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		throttle_count(&t, START + 10LL * YEAR, 1);
	assert_true(throttle_cut(&t, START, 1));
	assert_false(throttle_cut(&t, START + 1, 1));
	assert_int_equal(throttle_check(&t, START, &err), MFA_THROTTLING);
	assert_int_equal(throttle_check(&t, START + 3600, &err), MFA_OK);
}

/* Guesses as fast as the throttle lets; what is the chance after a year? */
static double
guess_for_a_year(size_t devices)
{
	double hit = (double)devices * (2 * SIGNIN_WINDOW + 1) / 1e6;
	struct ledger_throttle t = { 0 };
	double miss = 1;
	int64_t now = START;
	struct mfa_error err;

	while (now < START + YEAR) {
		if (throttle_check(&t, now, &err) != MFA_OK) {
			now = t.until;
			continue;
		}
		throttle_count(&t, now, devices);
		miss *= 1 - hit;
	}
	return 1 - miss;
}

static void
a_year_of_guessing_succeeds_with_under_three_percent(void **state)
{
	size_t devices;
	double chance;

	(void)state;
	for (devices = 1; devices <= DEVICES_MAX; devices++) {
		chance = guess_for_a_year(devices);
		print_message("# %zu devices: %.3f %% a year\n", devices,
		    chance * 100);
		assert_true(chance < 0.03);
		assert_true(chance > 0.02);	/* it did guess */
	}
}

static void
a_clock_that_cannot_be_told_forgets_nothing(void **state)
{
	struct ledger_throttle t = { 0 };
	struct mfa_error err;
	int i;

	(void)state;
	for (i = 0; i < THROTTLE_FREE + 4; i++)
		throttle_count(&t, START, 1);
	assert_false(throttle_cut(&t, -1, 1));
	assert_int_equal(throttle_check(&t, -1, &err), MFA_THROTTLING);
	throttle_count(&t, -1, 1);
	assert_int_equal(t.failures, THROTTLE_FREE + 5);
	assert_int_equal(throttle_check(&t, START + THROTTLE_FIRST_WAIT, &err),
	    MFA_THROTTLING);
	throttle_count(&t, START + THROTTLE_HOUR / 2, 1);
	assert_int_equal(t.failures, THROTTLE_FREE + 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_wrong_codes_are_free),
		cmocka_unit_test(
		    each_further_one_doubles_the_wait_up_to_an_hour_a_device),
		cmocka_unit_test(the_count_falls_by_one_an_hour),
		cmocka_unit_test(
		    a_clock_that_was_wrong_bars_for_an_hour_at_most),
		cmocka_unit_test(a_clock_that_cannot_be_told_forgets_nothing),
		cmocka_unit_test(
		    a_year_of_guessing_succeeds_with_under_three_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
