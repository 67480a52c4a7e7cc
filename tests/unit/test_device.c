#include <stdlib.h>
#include <string.h>

#include "storetest.h"

static void
new_device_has_an_id_and_no_spent_step(void **state)
{
	struct device *a = device_new(&storetest_world);
	struct device *b = device_new(&storetest_world);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_memory_not_equal(a->id, b->id, sizeof(a->id));
	assert_int_equal(a->spent_step, STEP_NONE);
	assert_int_equal(a->otp.digits, 6);
	assert_int_equal(a->otp.period, 30);
	device_freep(&a);
	device_freep(&b);
	assert_null(a);
	device_freep(&a);
	device_freep(NULL);
}

static bool
no_random(void *ctx, void *ret, size_t len)
{
	(void)ctx;
	(void)ret;
	(void)len;
	return false;
}

static bool
zero_random(void *ctx, void *ret, size_t len)
{
	(void)ctx;
	memset(ret, 0, len);
	return true;
}

static void
without_randomness_there_is_no_device(void **state)
{
	struct world none = { .random = no_random };
	struct world zeros = { .random = zero_random };

	(void)state;
	assert_null(device_new(&none));
	assert_null(device_new(&zeros));
}

static void
type_names_are_read_back(void **state)
{
	enum device_type type = DEVICE_VIRTUAL;

	(void)state;
	assert_string_equal(device_type_name(DEVICE_VIRTUAL), "virtual");
	assert_true(device_type_parse("hardware", &type));
	assert_int_equal(type, DEVICE_HARDWARE);
	assert_string_equal(device_type_name(DEVICE_SECURITY_KEY),
	    "security-key");
	assert_true(device_type_parse("security-key", &type));
	assert_int_equal(type, DEVICE_SECURITY_KEY);
	assert_false(device_type_parse("Hardware", &type));
	assert_false(device_type_parse("", &type));
}

static void
serial(struct device *d)
{
	strcpy(d->serial, "short");
}

static void
virtual_without_name(struct device *d)
{
	d->type = DEVICE_VIRTUAL;
}

static void
bad_name(struct device *d)
{
	strcpy(d->name, "a b");
}

static void
bad_type(struct device *d)
{
	d->type = (enum device_type)7;
}

static void
zero_id(struct device *d)
{
	memset(d->id, 0, sizeof(d->id));
}

static void
seven_digits(struct device *d)
{
	d->otp.digits = 7;
}

static void
long_period(struct device *d)
{
	d->otp.period = OTP_PERIOD_MAX + 1;
}

static void
other_algorithm(struct device *d)
{
	d->otp.algorithm = (enum otp_algorithm)9;
}

static void
short_seed(struct device *d)
{
	d->seed.len = OTP_SEED_MIN - 1;
}

static void
long_seed(struct device *d)
{
	d->seed.len = SECRET_SIZE + 1;
}

static void
negative_step(struct device *d)
{
	d->spent_step = -2;
}

static void
negative_created(struct device *d)
{
	d->created = -1;
}

static void
negative_enabled(struct device *d)
{
	d->enabled = -1;
}

static void
code_device_with_credential(struct device *d)
{
	d->credential = calloc(1, sizeof(*d->credential));
}

static void
code_device_with_certification(struct device *d)
{
	assert_true(device_add_certification(d, "FIPS", 1));
}

static void
each_field_outside_its_limits_is_not_valid(void **state)
{
	static void (*const spoil[])(struct device *) = {
		serial, virtual_without_name, bad_name, bad_type, zero_id,
		seven_digits, long_period, other_algorithm, short_seed,
		long_seed, negative_step, negative_created, negative_enabled,
		code_device_with_credential, code_device_with_certification,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		struct device *d = storetest_device(1);

		assert_true(device_is_valid(d));
		spoil[i](d);
		if (device_is_valid(d))
			fail_msg("number %zu is taken for valid", i);
		device_freep(&d);
	}
}

static void
tag_is_set_replaced_and_removed(void **state)
{
	struct device *d = storetest_device(1);
	struct mfa_error err;

	(void)state;
	assert_int_equal(device_set_tag(d, "team", "a", &err), MFA_OK);
	assert_int_equal(device_set_tag(d, "site", "Zürich", &err), MFA_OK);
	assert_int_equal(device_set_tag(d, "team", "longer", &err), MFA_OK);
	assert_int_equal(d->tag_count, 2);
	assert_string_equal(d->tags[0].value, "longer");
	device_remove_tag(d, "none");
	device_remove_tag(d, "team");
	assert_int_equal(d->tag_count, 1);
	assert_string_equal(d->tags[0].key, "site");
	device_remove_tag(d, "site");
	assert_int_equal(d->tag_count, 0);
	assert_null(d->tags);
	assert_true(device_is_valid(d));
	device_freep(&d);
}

static void
fifty_first_tag_is_limit_exceeded(void **state)
{
	struct device *d = storetest_device(1);
	struct mfa_error err;
	char key[16];
	int i;

	(void)state;
	for (i = 0; i < TAGS_MAX; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		assert_int_equal(device_set_tag(d, key, "", &err), MFA_OK);
	}
	assert_int_equal(device_set_tag(d, "more", "", &err),
	    MFA_LIMIT_EXCEEDED);
	assert_int_equal(device_set_tag(d, "key7", "new", &err), MFA_OK);
	assert_int_equal(d->tag_count, TAGS_MAX);
	device_freep(&d);
}

static void
tag_outside_the_pattern_is_invalid_input(void **state)
{
	struct device *d = storetest_device(1);
	struct mfa_error err;
	char longer[TAG_VALUE_SIZE + 8];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[TAG_VALUE_MAX + 1] = '\0';
	assert_int_equal(device_set_tag(d, "", "v", &err), MFA_INVALID_INPUT);
	assert_int_equal(device_set_tag(d, "a\nb", "v", &err),
	    MFA_INVALID_INPUT);
	assert_int_equal(device_set_tag(d, "k", longer, &err),
	    MFA_INVALID_INPUT);
	assert_int_equal(device_set_tag(d, "k", "\xff", &err),
	    MFA_INVALID_INPUT);
	assert_int_equal(d->tag_count, 0);
	device_freep(&d);
}

static void
ninth_device_is_limit_exceeded(void **state)
{
	struct device_list list = { 0 };
	struct mfa_error err;
	struct device *d;
	unsigned i;

	(void)state;
	for (i = 0; i < DEVICES_MAX; i++) {
		d = storetest_device(i);
		assert_int_equal(device_list_add(&list, &d, &err), MFA_OK);
		assert_null(d);
	}
	d = storetest_device(i);
	assert_int_equal(device_list_add(&list, &d, &err), MFA_LIMIT_EXCEEDED);
	assert_string_equal(err.detail,
	    "Cannot exceed quota for MFADevicesPerUser: 8");
	assert_non_null(d);
	assert_int_equal(list.count, DEVICES_MAX);
	device_freep(&d);
	device_list_clear(&list);
	assert_int_equal(list.count, 0);
}

static void
serial_or_name_twice_exists_already(void **state)
{
	struct device_list list = { 0 };
	struct device *d = storetest_device(1), *e = storetest_device(1);
	struct mfa_error err;

	(void)state;
	strcpy(d->name, "Phone");
	assert_int_equal(device_list_add(&list, &d, &err), MFA_OK);
	assert_int_equal(device_list_add(&list, &e, &err),
	    MFA_ENTITY_ALREADY_EXISTS);
	strcpy(e->serial, "OTHER000001");
	strcpy(e->name, "pHONE");
	assert_int_equal(device_list_add(&list, &e, &err),
	    MFA_ENTITY_ALREADY_EXISTS);
	e->name[0] = '\0';
	assert_int_equal(device_list_add(&list, &e, &err), MFA_OK);
	device_list_clear(&list);
}

static void
device_is_found_and_removed_by_serial(void **state)
{
	struct device_list list = { 0 };
	struct mfa_error err;
	struct device *d;
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		d = storetest_device(i);
		assert_int_equal(device_list_add(&list, &d, &err), MFA_OK);
	}
	assert_null(device_list_find(&list, "TEST00000009"));
	assert_null(device_list_remove(&list, "TEST00000009"));
	assert_int_equal(list.count, 3);
	d = device_list_remove(&list, "TEST00000001");
	assert_string_equal(d->serial, "TEST00000001");
	device_freep(&d);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.devices[1]->serial, "TEST00000002");
	assert_non_null(device_list_find(&list, "TEST00000000"));
	device_list_clear(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_device_has_an_id_and_no_spent_step),
		cmocka_unit_test(without_randomness_there_is_no_device),
		cmocka_unit_test(type_names_are_read_back),
		cmocka_unit_test(each_field_outside_its_limits_is_not_valid),
		cmocka_unit_test(tag_is_set_replaced_and_removed),
		cmocka_unit_test(fifty_first_tag_is_limit_exceeded),
		cmocka_unit_test(tag_outside_the_pattern_is_invalid_input),
		cmocka_unit_test(ninth_device_is_limit_exceeded),
		cmocka_unit_test(serial_or_name_twice_exists_already),
		cmocka_unit_test(device_is_found_and_removed_by_serial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
