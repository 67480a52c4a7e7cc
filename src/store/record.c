#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/devfile.h"
#include "store/record.h"

/* NULL: it has no record. */
static const char *
prefix_of(enum device_type type)
{
	switch (type) {
	case DEVICE_VIRTUAL:
		return RECORD_VIRTUAL;
	case DEVICE_HARDWARE:
		return "";
	case DEVICE_SECURITY_KEY:
		break;
	}
	return NULL;
}

enum mfa_code
record_name(const char *serial, enum device_type type,
    char ret[static RECORD_NAME_SIZE], struct mfa_error *err)
{
	const char *prefix = prefix_of(type);
	char hash[HASH_NAME_SIZE];
	enum mfa_code code;

	if (prefix == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a security key is not kept in the inventory");
	code = seal_hash("serial", serial, strlen(serial), hash, err);
	if (code == MFA_OK)
		(void)snprintf(ret, RECORD_NAME_SIZE, "%s%s", prefix, hash);
	return code;
}

enum mfa_code
record_format(const struct store *store, const struct inventory_record *record,
    char **ret_text, size_t *ret_len, struct mfa_error *err)
{
	struct device_list list = { .count = 1, .devices = { record->device } };
	struct devfile_owner owner = { .uid = -1 };

	_Static_assert(sizeof(owner.user) == sizeof(record->owner.name),
	    "the same limit");
	memcpy(owner.user, record->owner.name, sizeof(owner.user));
	if (owner.user[0] != '\0')
		owner.uid = record->owner.uid;
	return devfile_format(&list, &owner, &store->key, store->world,
	    ret_text, ret_len, err);
}

/* The one device of TEXT, which must be what NAME says. */
enum mfa_code
record_parse(const struct store *store, const char *name, const char *text,
    size_t len, struct inventory_record *ret, struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	char expected[RECORD_NAME_SIZE];
	struct devfile_owner owner;
	struct mfa_error why;
	enum mfa_code code;

	code = devfile_parse(text, len, &store->key, &owner, &list, &why);
	if (code != MFA_OK)
		return mfa_error_set(err, code, 0, "%s: %s", name, why.detail);
	if (list.count != 1 || (owner.user[0] == '\0') != (owner.uid == -1) ||
	    list.recovery.number != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: not the record of one device", name);
	code = record_name(list.devices[0]->serial, list.devices[0]->type,
	    expected, err);
	if (code != MFA_OK)
		return code;
	if (strcmp(name, expected) != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: the record of another device than its name says",
		    name);
	memcpy(ret->owner.name, owner.user, sizeof(ret->owner.name));
	ret->owner.uid = (uid_t)owner.uid;
	ret->device = steal(&list.devices[0]);
	list.count = 0;
	return MFA_OK;
}

static enum mfa_code
name_exists(int folder_fd, const char *name, struct mfa_error *err)
{
	if (faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
		    "the serial number is in the inventory already");
	if (errno == ENOENT)
		return MFA_OK;
	return mfa_error_set(err, MFA_SERVICE_FAILURE, errno, "%s", name);
}

/* A serial number is in the inventory once, under either type's name. */
enum mfa_code
record_check_absent(const struct store *store, const char *serial,
    struct mfa_error *err)
{
	char name[RECORD_NAME_SIZE];
	enum mfa_code code;

	code = record_name(serial, DEVICE_HARDWARE, name, err);
	if (code == MFA_OK)
		code = name_exists(store->inventory_fd, name, err);
	if (code == MFA_OK)
		code = record_name(serial, DEVICE_VIRTUAL, name, err);
	if (code == MFA_OK)
		code = name_exists(store->inventory_fd, name, err);
	return code;
}
