#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/secret.h"

static bool
is_zero(const void *p, size_t len)
{
	const uint8_t *s = p;

	while (len > 0 && s[len - 1] == 0)
		len--;
	return len == 0;
}

static void
what_is_set_is_what_is_kept(void **state)
{
	struct secret s = { 0 };

	(void)state;
	assert_true(secret_set(&s, "seed", 4));
	assert_int_equal(s.len, 4);
	assert_memory_equal(s.bytes, "seed", 4);
	assert_true(secret_set(&s, NULL, 0));
	assert_int_equal(s.len, 0);
}

static void
the_longest_fits_and_one_more_leaves_it_untouched(void **state)
{
	uint8_t bytes[SECRET_SIZE + 1];
	struct secret s = { 0 }, before;

	(void)state;
	memset(bytes, 0x5a, sizeof(bytes));
	assert_true(secret_set(&s, bytes, SECRET_SIZE));
	assert_int_equal(s.len, SECRET_SIZE);
	before = s;
	memset(bytes, 0xa5, sizeof(bytes));
	assert_false(secret_set(&s, bytes, SECRET_SIZE + 1));
	assert_false(secret_set(&s, bytes, SIZE_MAX));
	assert_memory_equal(&s, &before, sizeof(s));
}

static void
wiping_leaves_nothing(void **state)
{
	struct secret_text text;
	struct secret s;

	(void)state;
	memset(&s, 0xff, sizeof(s));
	memset(&text, 0xff, sizeof(text));
	secret_wipe(&s);
	secret_text_wipe(&text);
	assert_true(is_zero(&s, sizeof(s)));
	assert_true(is_zero(&text, sizeof(text)));
}

static void
equal_needs_the_same_length_and_content(void **state)
{
	struct secret a = { 0 }, b = { 0 };

	(void)state;
	assert_true(secret_is_equal(&a, &b));
	assert_true(secret_set(&a, "123456", 6));
	assert_false(secret_is_equal(&a, &b));
	assert_true(secret_set(&b, "123456", 6));
	assert_true(secret_is_equal(&a, &b));
	/* What lies behind the length does not count. */
	b.bytes[6] = 'x';
	assert_true(secret_is_equal(&a, &b));
	assert_true(secret_set(&b, "1234567", 7));
	assert_false(secret_is_equal(&a, &b));
	assert_false(secret_is_equal(&b, &a));
}

static void
one_different_bit_anywhere_is_not_equal(void **state)
{
	struct secret a = { .len = SECRET_SIZE }, b;
	size_t i;

	(void)state;
	for (i = 0; i < 8 * SECRET_SIZE; i++) {
		b = a;
		b.bytes[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_false(secret_is_equal(&a, &b));
	}
}

static void
secret_memory_can_be_written_whole_and_freed(void **state)
{
	static const size_t sizes[] = { 0, 1, 16, 4096, 100000 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		void *p = secret_malloc(sizes[i]);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		memset(p, 0xff, sizes[i]);
		secret_free(p);
	}
	secret_free(NULL);
	assert_null(secret_malloc(SIZE_MAX));
	assert_null(secret_malloc(SIZE_MAX - 8));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_set_is_what_is_kept),
		cmocka_unit_test(
		    the_longest_fits_and_one_more_leaves_it_untouched),
		cmocka_unit_test(wiping_leaves_nothing),
		cmocka_unit_test(equal_needs_the_same_length_and_content),
		cmocka_unit_test(one_different_bit_anywhere_is_not_equal),
		cmocka_unit_test(secret_memory_can_be_written_whole_and_freed),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
