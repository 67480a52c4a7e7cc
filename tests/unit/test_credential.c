#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fido/credential.h"
#include "fidotest.h"

static void
algorithms_have_the_names_of_cose(void **state)
{
	(void)state;
	assert_string_equal(fido_algorithm_name(FIDO_ES256), "ES256");
	assert_string_equal(fido_algorithm_name(FIDO_EDDSA), "EdDSA");
}

static void
formats_have_the_names_of_webauthn(void **state)
{
	(void)state;
	assert_string_equal(fido_format_name(FIDO_PACKED), "packed");
	assert_string_equal(fido_format_name(FIDO_U2F), "fido-u2f");
}

static void
every_name_is_read_back(void **state)
{
	enum fido_algorithm algorithm = FIDO_ES256;
	enum fido_format format = FIDO_PACKED;

	(void)state;
	assert_true(fido_algorithm_parse("EdDSA", &algorithm));
	assert_int_equal(algorithm, FIDO_EDDSA);
	assert_true(fido_algorithm_parse("ES256", &algorithm));
	assert_int_equal(algorithm, FIDO_ES256);
	assert_true(fido_format_parse("fido-u2f", &format));
	assert_int_equal(format, FIDO_U2F);
	assert_true(fido_format_parse("ssh", &format));
	assert_int_equal(format, FIDO_SSH);
	assert_true(fido_format_parse("none", &format));
	assert_int_equal(format, FIDO_NONE);
	assert_true(fido_format_parse("packed", &format));
	assert_int_equal(format, FIDO_PACKED);
}

static void
other_names_are_refused_and_nothing_is_written(void **state)
{
	static const char *const names[] = { "", "es256", "ES256 ", "ES384",
		"EdDSA1", "unknown", "None", "Packed", "packed\n", "fido-u2",
		"tpm" };
	enum fido_algorithm algorithm = FIDO_EDDSA;
	enum fido_format format = FIDO_U2F;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_false(fido_algorithm_parse(names[i], &algorithm));
		assert_false(fido_format_parse(names[i], &format));
	}
	assert_int_equal(algorithm, FIDO_EDDSA);
	assert_int_equal(format, FIDO_U2F);
}

static void
a_value_out_of_range_has_a_name_that_is_not_read_back(void **state)
{
	enum fido_algorithm algorithm;
	enum fido_format format;

	(void)state;
	assert_false(fido_algorithm_parse(
	    fido_algorithm_name((enum fido_algorithm)7), &algorithm));
	assert_false(fido_format_parse(fido_format_name((enum fido_format)7),
	    &format));
}

static void
names_do_not_load_libfido2(void **state)
{
	(void)state;
	assert_false(fidotest_is_mapped());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(algorithms_have_the_names_of_cose),
		cmocka_unit_test(formats_have_the_names_of_webauthn),
		cmocka_unit_test(every_name_is_read_back),
		cmocka_unit_test(
		    other_names_are_refused_and_nothing_is_written),
		cmocka_unit_test(
		    a_value_out_of_range_has_a_name_that_is_not_read_back),
		cmocka_unit_test(names_do_not_load_libfido2),
	};

	return cmocka_run_group_tests_name("credential", tests, NULL, NULL);
}
