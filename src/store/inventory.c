#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "store/devfile.h"
#include "store/folder.h"
#include "store/inventory.h"
#include "store/record.h"

#define FOLDER "inventory"

void
inventory_record_clear(struct inventory_record *record)
{
	device_freep(&record->device);
	memset(record, 0, sizeof(*record));
}

static enum mfa_code
read_name(const struct store *store, const char *name,
    struct inventory_record *ret, struct mfa_error *err)
{
	struct file_trust trust = store_trust(store);
	_cleanup_(freep) char *text = NULL;
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;
	size_t len;

	code = file_open(store->inventory_fd, name, O_RDONLY, &trust, &fd, err);
	if (code == MFA_OK)
		code = file_read_text(fd, name, DEVFILE_MAX, &text, &len, err);
	if (code == MFA_OK)
		code = record_parse(store, name, text, len, ret, err);
	return code == MFA_OK ? code : store_error_in(store, FOLDER, err);
}

/* The record under either name, without a look at what a crash left. */
static enum mfa_code
read_either(const struct store *store, const char *serial,
    struct inventory_record *ret, struct mfa_error *err)
{
	static const enum device_type types[] = {
		DEVICE_HARDWARE,
		DEVICE_VIRTUAL,
	};
	char name[RECORD_NAME_SIZE];
	enum mfa_code code = MFA_OK;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		code = record_name(serial, types[i], name, err);
		if (code == MFA_OK)
			code = read_name(store, name, ret, err);
		if (code != MFA_NO_SUCH_ENTITY)
			return code;
	}
	return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
	    "there is no device %s", serial);
}

enum mfa_code
inventory_read(const struct store *store, const char *serial,
    struct inventory_record *ret, struct mfa_error *err)
{
	enum mfa_code code;

	code = read_either(store, serial, ret, err);
	if (code != MFA_NO_SUCH_ENTITY)
		return code;
	code = inventory_recover(store, err);
	/* What is being imported just now is there when it is finished. */
	if (code != MFA_OK && code != MFA_CONCURRENT_MODIFICATION)
		return code;
	return read_either(store, serial, ret, err);
}

enum mfa_code
inventory_add(const struct store *store, const struct inventory_record *record,
    struct mfa_error *err)
{
	_cleanup_(freep) char *text = NULL;
	char name[RECORD_NAME_SIZE];
	enum mfa_code code;
	size_t len;

	code = inventory_recover(store, err);
	if (code != MFA_OK && code != MFA_CONCURRENT_MODIFICATION)
		return code;
	code = record_name(record->device->serial, record->device->type, name,
	    err);
	if (code == MFA_OK)
		code = record_check_absent(store, record->device->serial, err);
	if (code == MFA_OK)
		code = record_format(store, record, &text, &len, err);
	if (code != MFA_OK)
		return code;
	code = file_create(store->inventory_fd, name, text, len, err);
	if (code == MFA_ENTITY_ALREADY_EXISTS)
		return mfa_error_set(err, code, 0,
		    "the serial number is in the inventory already");
	return code == MFA_OK ? code : store_error_in(store, FOLDER, err);
}

enum mfa_code
inventory_replace(const struct store *store,
    const struct inventory_record *record, struct mfa_error *err)
{
	_cleanup_(freep) char *text = NULL;
	char name[RECORD_NAME_SIZE];
	enum mfa_code code;
	size_t len;

	code = record_name(record->device->serial, record->device->type, name,
	    err);
	if (code == MFA_OK)
		code = record_format(store, record, &text, &len, err);
	if (code != MFA_OK)
		return code;
	code = file_replace(store->inventory_fd, name, text, len, err);
	return code == MFA_OK ? code : store_error_in(store, FOLDER, err);
}

enum mfa_code
inventory_remove(const struct store *store, const char *serial,
    struct mfa_error *err)
{
	char name[RECORD_NAME_SIZE];
	enum mfa_code code;

	code = record_name(serial, DEVICE_HARDWARE, name, err);
	if (code != MFA_OK)
		return code;
	code = file_remove(store->inventory_fd, name, err);
	if (code != MFA_OK)
		return store_error_in(store, FOLDER, err);
	code = record_name(serial, DEVICE_VIRTUAL, name, err);
	if (code != MFA_OK)
		return code;
	code = file_remove(store->inventory_fd, name, err);
	return code == MFA_OK ? code : store_error_in(store, FOLDER, err);
}

struct virtual_walk {
	const struct store *store;
	enum mfa_code (*each)(void *ctx, const struct inventory_record *record,
	    struct mfa_error *err);
	void *ctx;
};

static enum mfa_code
visit(void *ctx, const char *name, struct mfa_error *err)
{
	_cleanup_(
	    inventory_record_clear) struct inventory_record record = { 0 };
	const struct virtual_walk *walk = ctx;
	enum mfa_code code;

	if (strncmp(name, RECORD_VIRTUAL, strlen(RECORD_VIRTUAL)) != 0)
		return MFA_OK;
	code = read_name(walk->store, name, &record, err);
	/* It may go away while the folder is read. */
	if (code == MFA_NO_SUCH_ENTITY)
		return MFA_OK;
	return code == MFA_OK ? walk->each(walk->ctx, &record, err) : code;
}

enum mfa_code
inventory_each_virtual(const struct store *store,
    enum mfa_code (*each)(void *ctx, const struct inventory_record *record,
	struct mfa_error *err),
    void *ctx, struct mfa_error *err)
{
	struct virtual_walk walk = {
		.store = store,
		.each = each,
		.ctx = ctx,
	};

	return folder_each(store->inventory_fd, FOLDER, visit, &walk, err);
}
