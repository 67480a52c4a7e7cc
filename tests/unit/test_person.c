#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "endpoint/endpoint.h"
#include "endpoint/person.h"

#define SINCE	1234567		/* of a clock that began whenever */

static void
denials_of_any_quick_work_are_told_at_one_moment(void **state)
{
	int64_t spent;

	(void)state;
	for (spent = 0; spent < DENIAL_ROUND_MS; spent++)
		assert_int_equal(person_round(SINCE, SINCE + spent),
		    SINCE + DENIAL_ROUND_MS);
}

static void
slower_denials_are_told_at_the_next_moment(void **state)
{
	int64_t spent, until;

	(void)state;
	for (spent = 0; spent < 20 * DENIAL_ROUND_MS; spent++) {
		until = person_round(SINCE, SINCE + spent);
		assert_int_equal((until - SINCE) % DENIAL_ROUND_MS, 0);
		assert_true(until > SINCE + spent);
		assert_true(until <= SINCE + spent + DENIAL_ROUND_MS);
	}
}

static void
moment_is_the_persons_own(void **state)
{
	(void)state;
	/* No clock that others could read off is in it but their own. */
	assert_int_equal(person_round(SINCE + 1, SINCE + 3) - 1,
	    person_round(SINCE, SINCE + 3));
	assert_int_equal(DENIAL_ROUND_MS, 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    denials_of_any_quick_work_are_told_at_one_moment),
		cmocka_unit_test(slower_denials_are_told_at_the_next_moment),
		cmocka_unit_test(moment_is_the_persons_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
