#include <stdlib.h>
#include <string.h>

#include "devfiletest.h"

#define TRICKY	"Zürich \"north\" \\ é日本 \\x00 @include \"/etc/passwd\" \\\\"

static void
every_field_is_read_back(void **state)
{
	static const enum otp_algorithm algorithms[] = {
		OTP_SHA1, OTP_SHA256, OTP_SHA512,
	};
	struct device_list list = { 0 }, got = { 0 };
	struct devfile_owner owner;
	struct mfa_error err;
	char *text;
	size_t i;

	(void)state;
	devfiletest_fill(&list, DEVICES_MAX);
	for (i = 0; i < DEVICES_MAX; i++) {
		struct device *d = list.devices[i];

		d->otp.algorithm = algorithms[i % 3];
		d->otp.digits = i % 2 ? 8 : 6;
		d->otp.period = 1 + 500 * (unsigned)i;
		d->spent_step = i % 2 ? INT64_MAX - (int64_t)i : STEP_NONE;
		d->drift = i % 2 ? INT32_MIN : INT32_MAX;
		d->created = INT64_C(1) << (i + 40);
		d->seed.len = OTP_SEED_MIN + i * 16;
		memset(d->seed.bytes, (int)i, d->seed.len);
		assert_int_equal(device_set_tag(d, "a", "", &err), MFA_OK);
		assert_int_equal(device_set_tag(d, TRICKY, TRICKY, &err),
		    MFA_OK);
	}
	list.devices[2]->type = DEVICE_VIRTUAL;
	strcpy(list.devices[2]->name, "a@include=,.@-");
	strcpy(list.devices[2]->serial,
	    "arn:aws:iam::000000000000:mfa/alice/@include@@include");
	text = devfiletest_format(&list, &devfiletest_alice);
	assert_null(strstr(text, "@include"));
	if (devfile_parse(text, strlen(text), &devfiletest_key, &owner, &got,
	    &err) !=
	    MFA_OK)
		fail_msg("%s\n%s", err.detail, text);
	assert_string_equal(owner.user, "alice");
	assert_int_equal(owner.uid, 1001);
	assert_int_equal(got.count, DEVICES_MAX);
	for (i = 0; i < DEVICES_MAX; i++)
		assert_true(storetest_same(list.devices[i], got.devices[i]));
	device_list_clear(&list);
	device_list_clear(&got);
	free(text);
}

static void
list_without_a_device_is_read_back(void **state)
{
	struct device_list list = { 0 };
	struct mfa_error err;
	char *text = devfiletest_sample(0);

	(void)state;
	assert_int_equal(devfiletest_parse(text, &list, &err), MFA_OK);
	assert_int_equal(list.count, 0);
	free(text);
}

static void
nobodys_record_is_read_back(void **state)
{
	const struct devfile_owner nobody = { .uid = -1 };
	struct device_list list = { 0 }, got = { 0 };
	struct devfile_owner owner;
	struct mfa_error err;
	char *text;

	(void)state;
	devfiletest_fill(&list, 1);
	text = devfiletest_format(&list, &nobody);
	assert_int_equal(devfile_parse(text, strlen(text), &devfiletest_key,
	    &owner, &got,
	    &err), MFA_OK);
	assert_string_equal(owner.user, "");
	assert_int_equal(owner.uid, -1);
	device_list_clear(&list);
	device_list_clear(&got);
	free(text);
}

static void
user_with_odd_octets_is_read_back(void **state)
{
	struct devfile_owner owner,
	    got = { .user = "DOM\\jo \"x\" é$@include" };
	struct device_list list = { 0 };
	struct mfa_error err;
	char *text;

	(void)state;
	owner = got;
	memset(&got, 0, sizeof(got));
	text = devfiletest_format(&list, &owner);
	assert_int_equal(devfile_parse(text, strlen(text), &devfiletest_key,
	    &got, &list,
	    &err), MFA_OK);
	assert_string_equal(got.user, owner.user);
	free(text);
}

static void
owner_that_is_no_user_is_not_written(void **state)
{
	struct devfile_owner bad[] = {
		{ .user = "", .uid = 5 }, { .user = "a\nb", .uid = 5 },
		{ .user = "a", .uid = -2 }, { .user = "a", .uid = 1LL << 32 },
		{ .user = "a", .uid = 0xffffffff }, { .user = "\xff",
		    .uid = 1 },
	};
	struct device_list list = { 0 };
	struct mfa_error err;
	char *text = NULL;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(devfile_format(&list, &bad[i],
		    &devfiletest_key,
		    &storetest_world, &text, &len, &err), MFA_SERVICE_FAILURE);
	assert_null(text);
}

static void
invalid_device_is_not_written(void **state)
{
	struct device_list list = { 0 };
	struct mfa_error err;
	char *text = NULL;
	size_t len;

	(void)state;
	devfiletest_fill(&list, 2);
	memcpy(list.devices[1]->id, list.devices[0]->id, DEVICE_ID_SIZE);
	assert_int_equal(devfile_format(&list, &devfiletest_alice,
	    &devfiletest_key, &storetest_world,
	    &text, &len, &err), MFA_SERVICE_FAILURE);
	list.devices[1]->id[0] ^= 1;
	list.devices[1]->seed.len = 2;
	assert_int_equal(devfile_format(&list, &devfiletest_alice,
	    &devfiletest_key, &storetest_world,
	    &text, &len, &err), MFA_SERVICE_FAILURE);
	assert_null(text);
	device_list_clear(&list);
}

static void
many_long_tags_are_limit_exceeded(void **state)
{
	struct device_list list = { 0 };
	char tag_key[16], value[TAG_VALUE_MAX + 1];
	struct mfa_error err;
	char *text = NULL;
	size_t i, j, len;

	(void)state;
	devfiletest_fill(&list, DEVICES_MAX);
	memset(value, '"', TAG_VALUE_MAX);
	value[TAG_VALUE_MAX] = '\0';
	for (i = 0; i < DEVICES_MAX; i++) {
		for (j = 0; j < TAGS_MAX; j++) {
			snprintf(tag_key, sizeof(tag_key), "key%zu", j);
			assert_int_equal(device_set_tag(list.devices[i],
			    tag_key, value, &err), MFA_OK);
		}
	}
	assert_int_equal(devfile_format(&list, &devfiletest_alice,
	    &devfiletest_key, &storetest_world,
	    &text, &len, &err), MFA_LIMIT_EXCEEDED);
	assert_null(text);
	device_list_clear(&list);
}

static void
seed_is_bound_to_all_that_makes_its_codes(void **state)
{
	(void)state;
	devfiletest_refused(devfiletest_change(devfiletest_sample(1), "alice",
	    "mallory"), "does not open");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "TEST00000000", "TEST00000009"),
	    "does not open");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1), "SHA1",
	    "SHA256"), "does not open");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "digits = 6", "digits = 8"),
	    "does not open");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "period = 30", "period = 60"),
	    "does not open");
}

static void
other_host_key_does_not_open_seeds(void **state)
{
	const struct secret other = { .len = 32, .bytes = { 8 } };
	struct device_list list = { 0 };
	struct devfile_owner owner = { .uid = 77 };
	struct mfa_error err;
	char *text = devfiletest_sample(1);

	(void)state;
	assert_int_equal(devfile_parse(text, strlen(text), &other, &owner,
	    &list, &err), MFA_SERVICE_FAILURE);
	assert_non_null(strstr(err.detail, "host.key"));
	assert_int_equal(list.count, 0);
	assert_int_equal(owner.uid, 77);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_read_back),
		cmocka_unit_test(list_without_a_device_is_read_back),
		cmocka_unit_test(nobodys_record_is_read_back),
		cmocka_unit_test(user_with_odd_octets_is_read_back),
		cmocka_unit_test(owner_that_is_no_user_is_not_written),
		cmocka_unit_test(invalid_device_is_not_written),
		cmocka_unit_test(many_long_tags_are_limit_exceeded),
		cmocka_unit_test(other_host_key_does_not_open_seeds),
		cmocka_unit_test(seed_is_bound_to_all_that_makes_its_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
