#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inventorytest.h"
#include "store/record.h"

static struct device *
virtual_device(unsigned number)
{
	struct device *d = storetest_device(number);

	d->type = DEVICE_VIRTUAL;
	snprintf(d->name, sizeof(d->name), "phone%u", number);
	snprintf(d->serial, sizeof(d->serial),
	    "arn:aws:iam::000000000000:mfa/alice/phone%u", number);
	return d;
}

static void
record_is_read_replaced_and_removed(void **state)
{
	struct storetest *t = *state;
	struct inventory_record record = { .owner = { "alice", 1001 } };
	struct inventory_record got = { 0 };

	record.device = virtual_device(1);
	assert_int_equal(inventorytest_look_up(t, record.device->serial),
	    MFA_NO_SUCH_ENTITY);
	assert_int_equal(inventory_add(t->store, &record, &t->err), MFA_OK);
	assert_int_equal(inventory_read(t->store, record.device->serial, &got,
	    &t->err), MFA_OK);
	assert_true(storetest_same(record.device, got.device));
	assert_string_equal(got.owner.name, "alice");
	assert_int_equal(got.owner.uid, 1001);
	inventory_record_clear(&got);
	assert_int_equal(inventory_add(t->store, &record, &t->err),
	    MFA_ENTITY_ALREADY_EXISTS);
	record.device->enabled = 1;
	record.device->spent_step = 12345;
	assert_int_equal(device_set_tag(record.device, "k", "v", &t->err),
	    MFA_OK);
	assert_int_equal(inventory_replace(t->store, &record, &t->err),
	    MFA_OK);
	assert_int_equal(inventory_read(t->store, record.device->serial, &got,
	    &t->err), MFA_OK);
	assert_true(storetest_same(record.device, got.device));
	inventory_record_clear(&got);
	assert_int_equal(inventory_remove(t->store, record.device->serial,
	    &t->err), MFA_OK);
	assert_int_equal(inventorytest_look_up(t, record.device->serial),
	    MFA_NO_SUCH_ENTITY);
	assert_int_equal(inventory_remove(t->store, record.device->serial,
	    &t->err), MFA_OK);
	assert_int_equal(storetest_count(t, "inventory"), 0);
	inventory_record_clear(&record);
}

static void
serial_of_the_other_type_exists_already(void **state)
{
	struct storetest *t = *state;
	struct device *d = virtual_device(1);

	strcpy(d->serial, "TEST00000001");
	assert_int_equal(inventorytest_add(t, storetest_device(1), ""), MFA_OK);
	assert_int_equal(inventorytest_add(t, d, "alice"),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(inventorytest_look_up(t, "TEST00000001"), MFA_OK);
}

struct seen {
	size_t	count;
	size_t	stop_at;
};

static enum mfa_code
count_one(void *ctx, const struct inventory_record *record,
    struct mfa_error *err)
{
	struct seen *seen = ctx;

	assert_int_equal(record->device->type, DEVICE_VIRTUAL);
	assert_string_equal(record->owner.name, "alice");
	if (++seen->count == seen->stop_at)
		return mfa_error_set(err, MFA_LIMIT_EXCEEDED, 0, "enough");
	return MFA_OK;
}

static void
only_virtual_devices_are_walked(void **state)
{
	struct storetest *t = *state;
	struct seen seen = { 0 };
	unsigned i;

	for (i = 0; i < 5; i++) {
		assert_int_equal(inventorytest_add(t, storetest_device(i), ""),
		    MFA_OK);
		assert_int_equal(inventorytest_add(t, virtual_device(i),
		    "alice"), MFA_OK);
	}
	assert_int_equal(inventory_each_virtual(t->store, count_one, &seen,
	    &t->err), MFA_OK);
	assert_int_equal(seen.count, 5);
	seen = (struct seen){ .stop_at = 2 };
	assert_int_equal(inventory_each_virtual(t->store, count_one, &seen,
	    &t->err), MFA_LIMIT_EXCEEDED);
	assert_int_equal(seen.count, 2);
	/* Walking does not depend on where an earlier walk ended. */
	seen = (struct seen){ 0 };
	assert_int_equal(inventory_each_virtual(t->store, count_one, &seen,
	    &t->err), MFA_OK);
	assert_int_equal(seen.count, 5);
}

static void
damaged_record_is_a_failure(void **state)
{
	struct storetest *t = *state;
	struct device *d = virtual_device(1), *e = virtual_device(2);
	char path[PATH_MAX], other[PATH_MAX], *text;
	struct seen seen = { 0 };
	size_t len;

	inventorytest_path(t, d, path);
	inventorytest_path(t, e, other);
	assert_int_equal(inventorytest_add(t, virtual_device(1), "alice"),
	    MFA_OK);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(inventorytest_look_up(t, d->serial),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(chmod(path, 0600), 0);
	text = storetest_read(path, &len);
	/* Under another's name. */
	storetest_write(other, text, len);
	assert_int_equal(inventorytest_look_up(t, e->serial),
	    MFA_SERVICE_FAILURE);
	storetest_says(t, "another device");
	storetest_says(t, t->root);
	assert_int_equal(unlink(other), 0);
	storetest_write(path, text, len / 2);
	assert_int_equal(inventorytest_look_up(t, d->serial),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(inventory_each_virtual(t->store, count_one, &seen,
	    &t->err), MFA_SERVICE_FAILURE);
	storetest_write(path, "@include \"/etc/passwd\"", 22);
	assert_int_equal(inventorytest_look_up(t, d->serial),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(inventorytest_look_up(t, d->serial),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(inventorytest_look_up(t, d->serial),
	    MFA_SERVICE_FAILURE);
	free(text);
	device_freep(&d);
	device_freep(&e);
}

static void
security_key_is_refused(void **state)
{
	struct storetest *t = *state;
	struct inventory_record record = { .owner = { .name = "" } };
	struct inventory_import *import = NULL;

	record.device = storetest_key(1);
	assert_int_equal(inventory_add(t->store, &record, &t->err),
	    MFA_SERVICE_FAILURE);
	storetest_says(t, "security key");
	assert_int_equal(inventory_replace(t->store, &record, &t->err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(storetest_count(t, "inventory"), 0);
	assert_int_equal(inventory_import_begin(t->store, &import, &t->err),
	    MFA_OK);
	assert_int_equal(inventory_import_add(import, record.device, &t->err),
	    MFA_SERVICE_FAILURE);
	inventory_import_freep(&import);
	assert_int_equal(inventorytest_look_up(t, record.device->serial),
	    MFA_NO_SUCH_ENTITY);
	inventory_record_clear(&record);
}

/* One that someone puts there: under either type's name. */
static void
record_of_a_security_key_is_damage(void **state)
{
	static const enum device_type types[] = { DEVICE_HARDWARE,
		DEVICE_VIRTUAL };
	struct storetest *t = *state;
	struct device *key = storetest_key(1);
	struct inventory_record record = { .device = key };
	char name[RECORD_NAME_SIZE], path[PATH_MAX], *text = NULL;
	size_t i, len;

	assert_int_equal(record_format(t->store, &record, &text, &len,
	    &t->err), MFA_OK);
	for (i = 0; i < 2; i++) {
		assert_int_equal(record_name(key->serial, types[i], name,
		    &t->err), MFA_OK);
		storetest_path(t, "inventory", name, path);
		storetest_write(path, text, len);
		assert_int_equal(inventorytest_look_up(t, key->serial),
		    MFA_SERVICE_FAILURE);
		assert_int_equal(unlink(path), 0);
	}
	free(text);
	device_freep(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		storetest(record_is_read_replaced_and_removed),
		storetest(serial_of_the_other_type_exists_already),
		storetest(only_virtual_devices_are_walked),
		storetest(damaged_record_is_a_failure),
		storetest(security_key_is_refused),
		storetest(record_of_a_security_key_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
