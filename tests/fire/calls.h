/*
 * Wrapping one call: the linker (--wrap) leads calls of NAME to __wrap_NAME(),
 * and __real_NAME() to what it was.
 */
#ifndef FIRE_CALLS_H
#define FIRE_CALLS_H

#include <errno.h>

#include "fire/plan.h"

#define AT_ONCE		(PLAN_BIT(PLAN_FAIL) | PLAN_BIT(PLAN_LASTING))
#define INTERRUPTIBLE	(AT_ONCE | PLAN_BIT(PLAN_INTERRUPTED))
#define EFFECTIVE	(AT_ONCE | PLAN_BIT(PLAN_LATE))

/*
 * A function NAME(PARAMETERS), called with ARGUMENTS, which returns FAILED and
 * errno E where it fails, in one of the ways HOWS.
 */
#define WRAP(type, name, parameters, arguments, hows, failed, e)	\
	type __real_##name parameters;					\
	type __wrap_##name parameters;					\
	type								\
	__wrap_##name parameters					\
	{								\
		if (!plan_take(#name, hows))				\
			return __real_##name arguments;			\
		if (plan_how() == PLAN_LATE)				\
			(void)!__real_##name arguments;			\
		errno = plan_how() == PLAN_INTERRUPTED ? EINTR : (e);	\
		return failed;						\
	}

#endif
