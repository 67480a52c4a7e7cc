#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "endpoint/phase.h"

#define UNTIL	1700000000

static int64_t
tell(void *ctx)
{
	return *(const int64_t *)ctx;
}

static bool
waits_at(int64_t now)
{
	const struct world world = { .now = tell, .ctx = &now };
	struct conversation conversation = { .request.enroll_until = UNTIL,
		.ctx.world = &world };

	return phase_may_wait(&conversation);
}

static void
enrolment_waits_until_its_time_and_no_longer(void **state)
{
	(void)state;
	assert_true(waits_at(0));
	assert_true(waits_at(UNTIL - 1));
	assert_false(waits_at(UNTIL));
}

static void
enrolment_does_not_wait_where_the_time_cannot_be_told(void **state)
{
	(void)state;
	assert_false(waits_at(-1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enrolment_waits_until_its_time_and_no_longer),
		cmocka_unit_test(
		    enrolment_does_not_wait_where_the_time_cannot_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
