#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mfa/enrol.h"
#include "mfa/virtual.h"
#include "store/inventory.h"

void
enrol_home(const struct host_user *user, char ret[static ENROL_HOME_SIZE])
{
	(void)snprintf(ret, ENROL_HOME_SIZE, "/%s/", user->name);
}

enum mfa_code
virtual_name(const struct mfa_context *ctx, const char *path, const char *name,
    struct device *device, struct mfa_error *err)
{
	int n;

	if (!text_is_path(path))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the path is not \"/\" or \"/.../\", or is too long");
	if (!text_is_device_name(name))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a device name has 1 to 128 letters, digits and +=,.@-_");
	n = snprintf(device->serial, sizeof(device->serial),
	    "arn:aws:iam::%s:mfa%s%s", ctx->settings->account, path, name);
	if (n < 0 || (size_t)n >= sizeof(device->serial) ||
	    !text_is_serial_number(device->serial))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "path and name make no serial number of 9 to 256 of "
		    "letters, digits and =/:,.@-_+");
	strcpy(device->name, name);
	return MFA_OK;
}

static enum mfa_code
copy_tags(struct device *device, const struct device *tagged,
    struct mfa_error *err)
{
	enum mfa_code code;
	size_t i;

	for (i = 0; tagged != NULL && i < tagged->tag_count; i++) {
		code = device_set_tag(device, tagged->tags[i].key,
		    tagged->tags[i].value, err);
		if (code != MFA_OK)
			return code;
	}
	return MFA_OK;
}

static enum mfa_code
make_device(const struct mfa_context *ctx, const char *path, const char *name,
    const struct device *tagged, struct device **ret, struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	const struct world *world = ctx->world;
	enum mfa_code code;

	if ((device = device_new(world)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory or no randomness for a device");
	device->type = DEVICE_VIRTUAL;
	device->created = world->now(world->ctx);
	/* It would have expired before anyone heard of it. */
	if (device->created < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the time can't be told");
	device->seed.len = VIRTUAL_SEED_SIZE;
	if (!world->random(world->ctx, device->seed.bytes, VIRTUAL_SEED_SIZE))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no randomness for a seed");
	if ((code = virtual_name(ctx, path, name, device, err)) != MFA_OK)
		return code;
	if ((code = copy_tags(device, tagged, err)) != MFA_OK)
		return code;
	*ret = steal(&device);
	return MFA_OK;
}

/* Counts the devices of one owner that wait, and removes expired ones. */
struct count {
	const struct mfa_context *ctx;
	const struct host_user *owner;
	size_t waiting;
};

static enum mfa_code
count_waiting(void *arg, const struct inventory_record *record,
    struct mfa_error *err)
{
	struct count *count = arg;
	const struct world *world = count->ctx->world;
	struct host_user holder;
	enum mfa_code code;

	if (!host_user_is_same(&record->owner, count->owner))
		return MFA_OK;
	code = enrol_find_holder(count->ctx, record->device, &holder, err);
	if (code != MFA_NO_SUCH_ENTITY)
		return code;
	if (world->now(world->ctx) - record->device->created >
	    INVENTORY_VIRTUAL_SECONDS)
		return inventory_remove(count->ctx->store,
		    record->device->serial, err);
	count->waiting++;
	return MFA_OK;
}

enum mfa_code
enrol_create_virtual(const struct mfa_context *ctx,
    const struct host_user *owner, const char *path, const char *name,
    const struct device *tagged, struct device **ret_device,
    struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	struct inventory_record record = { 0 };
	struct count count = { .ctx = ctx, .owner = owner };
	enum mfa_code code;

	code = make_device(ctx, path, name, tagged, &device, err);
	if (code != MFA_OK)
		return code;
	code = inventory_each_virtual(ctx->store, count_waiting, &count, err);
	if (code != MFA_OK)
		return code;
	if (count.waiting >= INVENTORY_VIRTUAL_MAX)
		return mfa_error_set(err, MFA_LIMIT_EXCEEDED, 0,
		    "%d virtual devices of %s wait to be enabled already",
		    INVENTORY_VIRTUAL_MAX, owner->name);
	record.device = device;
	record.owner = *owner;
	code = inventory_add(ctx->store, &record, err);
	if (code == MFA_ENTITY_ALREADY_EXISTS)
		return mfa_error_set(err, code, 0,
		    "MFA device %s already exists", device->serial);
	if (code != MFA_OK)
		return code;
	*ret_device = steal(&device);
	return MFA_OK;
}

enum mfa_code
enrol_delete(const struct mfa_context *ctx, const char *serial,
    enum device_type type, struct mfa_error *err)
{
	_cleanup_(
	    inventory_record_clear) struct inventory_record record = { 0 };
	struct host_user holder;
	enum mfa_code code;

	code = inventory_read(ctx->store, serial, &record, err);
	if (code == MFA_NO_SUCH_ENTITY ||
	    (code == MFA_OK && record.device->type != type))
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "%s MFA device with serial number %s does not exist",
		    device_type_name(type), serial);
	if (code != MFA_OK)
		return code;
	code = enrol_find_holder(ctx, record.device, &holder, err);
	if (code == MFA_OK)
		return mfa_error_set(err, MFA_DELETE_CONFLICT, 0,
		    "%s is enabled for %s; deactivate it first", serial,
		    holder.name);
	if (code != MFA_NO_SUCH_ENTITY)
		return code;
	return inventory_remove(ctx->store, serial, err);
}
