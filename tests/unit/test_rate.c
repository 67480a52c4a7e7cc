#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "endpoint/rate.h"

#define START	INT64_C(5000000)

/* How many of TRIES connections of UID at NOW are let in. */
static unsigned
take(uid_t uid, unsigned tries, int64_t now)
{
	unsigned taken = 0;

	while (tries-- > 0)
		taken += rate_take(uid, now);
	return taken;
}

static void
burst_is_let_in_and_the_rest_trickles(void **state)
{
	(void)state;
	assert_int_equal(take(1001, 1000, START), RATE_BURST);
	assert_int_equal(take(1001, 1000, START + 1000), RATE_SECOND);
	assert_int_equal(take(1001, 1000, START + 1001), 0);
	/* What was refused costs nothing, and no more than a burst is saved. */
	assert_int_equal(take(1001, 1000, START + 3600000), RATE_BURST);
}

static void
users_do_not_take_from_each_other(void **state)
{
	(void)state;
	assert_int_equal(take(1001, 1000, START + 7200000), RATE_BURST);
	assert_int_equal(take(1002, 1, START + 7200000), 1);
	assert_int_equal(take(1001, 1, START + 7200000), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_is_let_in_and_the_rest_trickles),
		cmocka_unit_test(users_do_not_take_from_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
