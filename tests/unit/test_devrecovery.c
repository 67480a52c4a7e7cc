#include <stdlib.h>
#include <string.h>

#include "devfiletest.h"

#include "base/text.h"
#include "store/inventory.h"
#include "store/record.h"

/* COUNT devices, and a set of recovery codes. */
static void
fill(struct device_list *list, unsigned count, unsigned codes)
{
	unsigned i;

	devfiletest_fill(list, count);
	list->recovery.number = 7;
	list->recovery.count = codes;
	for (i = 0; i < codes && i < RECOVERY_CODES_MAX; i++)
		memset(list->recovery.hashes[i], (int)(0x10 + i),
		    RECOVERY_HASH_SIZE);
}

static char *
sample(unsigned codes)
{
	struct device_list list = { 0 };
	char *text;

	fill(&list, 1, codes);
	text = devfiletest_format(&list, &devfiletest_alice);
	device_list_clear(&list);
	assert_int_equal(list.recovery.number, 0);
	return text;
}

static void
codes_are_read_back(void **state)
{
	static const unsigned counts[] = { 1, 10, RECOVERY_CODES_MAX };
	struct device_list list = { 0 }, got = { 0 };
	struct mfa_error err;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		fill(&list, 2, counts[i]);
		list.recovery.number = UINT64_MAX - i;
		text = devfiletest_format(&list, &devfiletest_alice);
		if (devfiletest_parse(text, &got, &err) != MFA_OK)
			fail_msg("%s\n%s", err.detail, text);
		assert_int_equal(got.count, 2);
		assert_true(got.recovery.number == UINT64_MAX - i);
		assert_int_equal(got.recovery.count, counts[i]);
		assert_memory_equal(got.recovery.hashes, list.recovery.hashes,
		    counts[i] * RECOVERY_HASH_SIZE);
		device_list_clear(&list);
		device_list_clear(&got);
		free(text);
	}
}

static void
file_without_codes_is_as_it_was(void **state)
{
	struct device_list got = { 0 };
	struct mfa_error err;
	char *text = devfiletest_sample(1);

	(void)state;
	assert_null(strstr(text, "recovery"));
	assert_int_equal(devfiletest_parse(text, &got, &err), MFA_OK);
	assert_int_equal(got.recovery.number, 0);
	device_list_clear(&got);
	free(text);
}

static void
codes_are_not_written_beside_no_device(void **state)
{
	struct device_list list = { 0 }, got = { 0 };
	struct mfa_error err;
	char *text;

	(void)state;
	fill(&list, 0, 10);
	text = devfiletest_format(&list, &devfiletest_alice);
	assert_null(strstr(text, "recovery"));
	assert_int_equal(devfiletest_parse(text, &got, &err), MFA_OK);
	free(text);
}

static void
set_that_is_not_valid_is_not_written(void **state)
{
	struct device_list list = { 0 };
	struct mfa_error err;
	char *text = NULL;
	size_t len;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		fill(&list, 1, 10);
		if (i == 0)
			list.recovery.number = 0;
		if (i == 1)
			list.recovery.count = 0;
		if (i == 2)
			list.recovery.count = RECOVERY_CODES_MAX + 1;
		if (i == 3)
			memcpy(list.recovery.hashes[9],
			    list.recovery.hashes[3], RECOVERY_HASH_SIZE);
		assert_int_equal(devfile_format(&list, &devfiletest_alice,
		    &devfiletest_key, &storetest_world, &text, &len, &err),
		    MFA_SERVICE_FAILURE);
		device_list_clear(&list);
	}
	assert_null(text);
}

static void
damaged_group_refuses_the_file(void **state)
{
	static const char *const changes[][3] = {
		{ "set = \"7\"", "set = \"0\"", "recovery" },
		{ "set = \"7\"", "set = \"\"", "recovery" },
		{ "set = \"7\"", "set = \"-7\"", "recovery" },
		{ "set = \"7\"", "set = \"07\"", "recovery" },
		{ "set = \"7\"", "set = \"18446744073709551616\"",
		    "recovery" },
		{ "set = \"7\"", "set = 7", "wrong type of set" },
		{ "set = \"7\";", "", "missing setting set" },
		{ "set = \"7\"", "used = \"1\"; set = \"7\"",
		    "unknown setting used" },
		{ "set = \"7\"", "set = \"7\"; set = \"7\"", "duplicate" },
		{ "codes = (", "more = (", "unknown setting more" },
		{ "codes = (", "codes = ( 1,", "recovery code" },
		{ "codes = (", "codes = ( { },", "recovery code" },
		{ "codes = (", "codes = ( \"\",", "recovery code" },
		{ "1010\"", "101\"", "recovery code" },
		{ "1010\"", "10101\"", "recovery code" },
		{ "1010\"", "101g\"", "recovery code" },
		{ "recovery = {", "recovery = ( ); user = {", "duplicate" },
		{ "recovery = {", "more = {", "unknown setting more" },
		{ "recovery = {", "recovery = { };\nrecovery = {",
		    "duplicate" },
	};
	struct device_list list = { 0 };
	size_t i;
	char twin[2 * RECOVERY_HASH_SIZE + 1],
	    other[2 * RECOVERY_HASH_SIZE + 1];

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		devfiletest_refused(devfiletest_change(sample(10),
		    changes[i][0], changes[i][1]), changes[i][2]);
	fill(&list, 1, 10);
	text_hex(twin, list.recovery.hashes[0], RECOVERY_HASH_SIZE);
	text_hex(other, list.recovery.hashes[1], RECOVERY_HASH_SIZE);
	device_list_clear(&list);
	devfiletest_refused(devfiletest_change(sample(10), other, twin),
	    "recovery");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "version", "recovery = ( ); version"), "wrong type of recovery");
}

static void
seventeenth_code_is_refused(void **state)
{
	char *text = sample(RECOVERY_CODES_MAX), *more;
	char extra[2 * RECOVERY_HASH_SIZE + 8];

	(void)state;
	memset(extra, 'f', sizeof(extra));
	memcpy(extra, "( \"", 3);
	strcpy(extra + 3 + 2 * RECOVERY_HASH_SIZE, "\",");
	more = strstr(text, "codes = (");
	assert_non_null(more);
	devfiletest_refused(devfiletest_change(text, "codes = (",
	    strcat(strcpy((char[256]){ "" }, "codes = "), extra)),
	    "too many codes");
}

static void
codes_beside_no_device_are_refused(void **state)
{
	char *text = sample(2), *devices = strstr(text, "devices = ("),
	     *end = strstr(text, "recovery = {"), *cut;

	(void)state;
	assert_non_null(devices);
	assert_non_null(end);
	assert_true(asprintf(&cut, "%.*sdevices = ( );\n%s",
	    (int)(devices - text), text, end) > 0);
	free(text);
	devfiletest_refused(cut, "recovery");
}

static void
inventory_record_has_no_codes(void **state)
{
	const struct devfile_owner nobody = { .uid = -1 };
	struct storetest *t = *state;
	struct inventory_record record = { 0 };
	struct device_list list = { 0 };
	char name[RECORD_NAME_SIZE], *text;
	size_t len;

	fill(&list, 1, 10);
	assert_int_equal(record_name(list.devices[0]->serial,
	    list.devices[0]->type, name, &t->err), MFA_OK);
	assert_int_equal(devfile_format(&list, &nobody, &t->store->key,
	    &storetest_world, &text, &len, &t->err), MFA_OK);
	assert_int_equal(record_parse(t->store, name, text, len, &record,
	    &t->err), MFA_SERVICE_FAILURE);
	storetest_says(t, "not the record of one device");
	free(text);
	memset(&list.recovery, 0, sizeof(list.recovery));
	assert_int_equal(devfile_format(&list, &nobody, &t->store->key,
	    &storetest_world, &text, &len, &t->err), MFA_OK);
	assert_int_equal(record_parse(t->store, name, text, len, &record,
	    &t->err), MFA_OK);
	inventory_record_clear(&record);
	device_list_clear(&list);
	free(text);
}

static void
truncated_or_changed_octets_are_harmless(void **state)
{
	char *text = sample(3);
	size_t i, len = strlen(text);
	size_t start = (size_t)(strstr(text, "recovery = {") - text);
	int round;

	(void)state;
	for (i = start + 1; i < len - strlen("};\n"); i++)
		devfiletest_refused(strndup(text, i), "line");
	for (round = 0; round < 8; round++) {
		for (i = start; i < len; i++) {
			struct device_list list = { 0 };
			char was = text[i];
			struct mfa_error err;

			text[i] = (char)(was ^ (1 << round));
			if (text[i] != '\0')
				(void)!devfiletest_parse(text, &list, &err);
			assert_true(recovery_is_valid(&list.recovery));
			device_list_clear(&list);
			text[i] = was;
		}
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_read_back),
		cmocka_unit_test(file_without_codes_is_as_it_was),
		cmocka_unit_test(codes_are_not_written_beside_no_device),
		cmocka_unit_test(set_that_is_not_valid_is_not_written),
		cmocka_unit_test(damaged_group_refuses_the_file),
		cmocka_unit_test(seventeenth_code_is_refused),
		cmocka_unit_test(codes_beside_no_device_are_refused),
		storetest(inventory_record_has_no_codes),
		cmocka_unit_test(truncated_or_changed_octets_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
