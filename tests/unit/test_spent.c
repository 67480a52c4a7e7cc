#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "mfa/spent.h"

#define NOW	59000000		/* a step of 30 seconds, in 2026 */
#define YEARS	(73 * 365 * 2880L)	/* of such steps */
#define FUTURE	(NOW + YEARS)

static struct ledger_device
used_at(int64_t step)
{
	struct ledger_device entry = { .last_step = STEP_NONE };

	spent_add(&entry, step);
	return entry;
}

static void
step_is_spent_with_all_before_it(void **state)
{
	struct ledger_device entry = used_at(NOW);

	(void)state;
	assert_true(spent_has(&entry, NOW - 1));
	assert_true(spent_has(&entry, NOW));
	assert_false(spent_has(&entry, NOW + 1));
	spent_add(&entry, NOW + 5000);
	assert_true(spent_has(&entry, NOW + 4999));
	assert_true(spent_has_pair(&entry, NOW + 4999, NOW + 5000));
	assert_false(spent_has_pair(&entry, NOW + 5002, NOW + 5000));
	assert_true(spent_has_pair(&entry, NOW + 5001, NOW + 5000));
}

static void
ledger_of_before_there_were_holes_is_understood(void **state)
{
	struct ledger_device entry = { .last_step = NOW };

	(void)state;
	assert_true(spent_has(&entry, NOW));
	assert_false(spent_has(&entry, NOW + 1));
	assert_true(spent_has_pair(&entry, 1, 1));
	spent_add(&entry, FUTURE);
	assert_false(spent_has_pair(&entry, NOW + 10, NOW + 10));
}

static void
two_codes_bring_a_device_back_from_the_future(void **state)
{
	struct ledger_device entry = used_at(NOW);

	(void)state;
	spent_add(&entry, FUTURE);
	spent_add(&entry, FUTURE + 100);
	assert_true(spent_is_ahead(entry.last_step, NOW + 10));
	assert_true(spent_has(&entry, NOW + 10));
	assert_false(spent_has_pair(&entry, NOW + 10, NOW + 10));
	spent_add_pair(&entry, NOW + 10);
	assert_true(spent_has(&entry, NOW + 9));
	assert_true(spent_has(&entry, NOW + 10));
	assert_false(spent_has(&entry, NOW + 11));
	spent_add(&entry, NOW + 2000);
	assert_true(spent_has(&entry, NOW + 1000));
	assert_false(spent_has(&entry, NOW + 2001));
}

static void
what_was_spent_is_never_good_again(void **state)
{
	struct ledger_device entry = used_at(NOW);

	(void)state;
	spent_add(&entry, FUTURE);
	spent_add(&entry, FUTURE + 100);
	/* Also where one of the two was: at either end of the hole. */
	assert_true(spent_has_pair(&entry, NOW, NOW));
	assert_true(spent_has_pair(&entry, NOW + 1, NOW));
	assert_false(spent_has_pair(&entry, NOW + 2, NOW));
	assert_true(spent_has_pair(&entry, FUTURE, NOW));
	spent_add_pair(&entry, NOW + 2);
	assert_true(spent_has(&entry, FUTURE));
	assert_true(spent_has(&entry, FUTURE + 50));
	assert_true(spent_has(&entry, FUTURE + 100));
	assert_false(spent_has(&entry, FUTURE + 101));
	assert_false(spent_has(&entry, FUTURE - 1));
}

static void
years_pass_and_all_goes_on(void **state)
{
	struct ledger_device entry = used_at(NOW);

	(void)state;
	spent_add(&entry, FUTURE);
	spent_add_pair(&entry, NOW + 2);
	spent_add(&entry, FUTURE - 1);
	assert_true(spent_has(&entry, FUTURE));
	spent_add(&entry, FUTURE + 1);
	assert_true(spent_has(&entry, FUTURE));
	assert_false(spent_has(&entry, FUTURE + 2));
}

static void
two_codes_of_the_past_do_not_go_back_while_the_clock_is_right(void **state)
{
	struct ledger_device entry = used_at(NOW);

	(void)state;
	spent_add(&entry, NOW + 30);
	assert_true(spent_has_pair(&entry, NOW + 12, NOW + 30));
	assert_true(spent_has_pair(&entry, NOW + 12, NOW + 10));
	assert_false(spent_has_pair(&entry, NOW + 12, NOW + 9));
}

static void
widest_hole_is_remembered(void **state)
{
	struct ledger_device entry = used_at(NOW);
	int i;

	(void)state;
	spent_add(&entry, FUTURE);
	for (i = 1; i < 10; i++)
		spent_add(&entry, FUTURE + i * 3000);
	assert_false(spent_has_pair(&entry, NOW + 3, NOW));
	/* A jump within the hole, once it is used, leaves the wider part. */
	spent_add_pair(&entry, NOW + 3);
	spent_add(&entry, FUTURE - 5000);
	assert_false(spent_has_pair(&entry, NOW + 5, NOW + 5));
	assert_true(spent_has(&entry, FUTURE - 4999));
}

static void
enrolment_leaves_no_hole(void **state)
{
	struct ledger_device entry = used_at(FUTURE);

	(void)state;
	assert_true(spent_has_pair(&entry, NOW, NOW));
	spent_begin(&entry, NOW);
	assert_true(spent_has(&entry, NOW));
	assert_false(spent_has(&entry, NOW + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(step_is_spent_with_all_before_it),
		cmocka_unit_test(
		    ledger_of_before_there_were_holes_is_understood),
		cmocka_unit_test(two_codes_bring_a_device_back_from_the_future),
		cmocka_unit_test(what_was_spent_is_never_good_again),
		cmocka_unit_test(years_pass_and_all_goes_on),
		cmocka_unit_test(
		    two_codes_of_the_past_do_not_go_back_while_the_clock_is_right),
		cmocka_unit_test(widest_hole_is_remembered),
		cmocka_unit_test(enrolment_leaves_no_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
