#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "base/world.h"

static enum mfa_code
find(const char *name, struct host_user *ret)
{
	struct mfa_error err;

	return world_host.find_user(world_host.ctx, name, ret, &err);
}

static void
root_is_found_with_uid_0(void **state)
{
	struct host_user user;

	(void)state;
	assert_int_equal(find("root", &user), MFA_OK);
	assert_string_equal(user.name, "root");
	assert_int_equal(user.uid, 0);
}

static void
an_unknown_name_is_no_such_entity(void **state)
{
	static const char *const names[] = {
		"", "no-such-user-here", "root ", "root\n", "0", "../root",
		"root:x", "\xff",
	};
	struct host_user user = { .uid = 42 };
	char longest[10001];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(find(names[i], &user), MFA_NO_SUCH_ENTITY);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(find(longest, &user), MFA_NO_SUCH_ENTITY);
	assert_int_equal(user.uid, 42);
}

static void
the_boot_has_a_name_and_a_time(void **state)
{
	char id[BOOT_ID_SIZE] = "", again[BOOT_ID_SIZE] = "";

	(void)state;
	assert_true(world_host.boot_id(world_host.ctx, id));
	assert_true(world_host.boot_id(world_host.ctx, again));
	assert_int_equal(strlen(id), BOOT_ID_SIZE - 1);
	assert_string_equal(id, again);
	assert_true(world_host.boottime(world_host.ctx) > 0);
}

static void
root_is_in_the_group_root(void **state)
{
	char groups[GROUPS_MAX][GROUP_NAME_SIZE];
	struct mfa_error err;
	size_t i, count = 0;

	(void)state;
	assert_int_equal(world_host.find_groups(world_host.ctx, "root", groups,
	    &count, &err), MFA_OK);
	for (i = 0; i < count && strcmp(groups[i], "root") != 0; i++)
		continue;
	assert_true(i < count);
	assert_int_equal(world_host.find_groups(world_host.ctx,
	    "no-such-user-here", groups, &count, &err), MFA_SERVICE_FAILURE);
}

static void
randomness_fills_what_is_asked_for(void **state)
{
	static const uint8_t zeros[1000];
	uint8_t one[1000] = { 0 }, two[1000] = { 0 };

	(void)state;
	assert_true(world_host.random(world_host.ctx, one, sizeof(one) - 16));
	assert_true(world_host.random(world_host.ctx, two, sizeof(two) - 16));
	assert_memory_not_equal(one, two, sizeof(one));
	assert_memory_not_equal(one + sizeof(one) - 32, zeros, 16);
	assert_memory_equal(one + sizeof(one) - 16, zeros, 16);
	assert_true(world_host.random(world_host.ctx, one, 0));
}

static void
now_is_the_time_of_the_host(void **state)
{
	/* time(2) may lag behind by a tick. */
	int64_t before = time(NULL), now, after;

	(void)state;
	now = world_host.now(world_host.ctx);
	after = time(NULL) + 1;
	assert_true(before <= now && now <= after);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_is_found_with_uid_0),
		cmocka_unit_test(an_unknown_name_is_no_such_entity),
		cmocka_unit_test(the_boot_has_a_name_and_a_time),
		cmocka_unit_test(root_is_in_the_group_root),
		cmocka_unit_test(randomness_fills_what_is_asked_for),
		cmocka_unit_test(now_is_the_time_of_the_host),
	};

	return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
