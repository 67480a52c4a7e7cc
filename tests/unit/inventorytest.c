#include <string.h>

#include "inventorytest.h"
#include "store/record.h"

enum mfa_code
inventorytest_add(struct storetest *t, struct device *d, const char *owner)
{
	struct inventory_record record = { .device = d };
	enum mfa_code code;

	strcpy(record.owner.name, owner);
	code = inventory_add(t->store, &record, &t->err);
	inventory_record_clear(&record);
	assert_null(record.device);
	return code;
}

enum mfa_code
inventorytest_look_up(struct storetest *t, const char *serial)
{
	struct inventory_record record = { 0 };
	enum mfa_code code;

	t->err.detail[0] = '\0';
	code = inventory_read(t->store, serial, &record, &t->err);
	if (code == MFA_OK)
		assert_string_equal(record.device->serial, serial);
	else
		assert_null(record.device);
	inventory_record_clear(&record);
	return code;
}

void
inventorytest_path(struct storetest *t, const struct device *d,
    char path[static PATH_MAX])
{
	char name[RECORD_NAME_SIZE];

	assert_int_equal(record_name(d->serial, d->type, name, &t->err),
	    MFA_OK);
	storetest_path(t, "inventory", name, path);
}
