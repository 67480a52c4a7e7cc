#include <string.h>

#include "base/text.h"
#include "mfa/enrol.h"
#include "mfa/manage.h"
#include "mfa/throttle.h"
#include "store/claim.h"
#include "store/store.h"

enum mfa_code
manage_list(const struct mfa_context *ctx, const struct host_user *user,
    struct device_list *ret_list, int64_t ret_last_used[static DEVICES_MAX],
    struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	const struct ledger_device *entry;
	int64_t last_used[DEVICES_MAX] = { 0 };
	enum mfa_code code;
	size_t i;

	code = store_load(ctx->store, user, &list, err);
	if (code == MFA_NOT_ENROLLED)
		return MFA_OK;
	if (code != MFA_OK)
		return code;
	code = ledger_open_enrolled(ctx->store, user, &ledger, err);
	if (code != MFA_OK)
		return code;
	for (i = 0; i < list.count; i++) {
		entry = ledger_find(ledger_record(ledger), list.devices[i]->id);
		last_used[i] = entry != NULL ? entry->last_used : 0;
	}
	*ret_list = list;
	memset(&list, 0, sizeof(list));
	memcpy(ret_last_used, last_used, sizeof(last_used));
	return MFA_OK;
}

static enum mfa_code
find_enabled(const struct mfa_context *ctx, const struct host_user *holder,
    const char *serial, struct device **ret, struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	enum mfa_code code;

	code = store_load(ctx->store, holder, &list, err);
	if (code != MFA_OK && code != MFA_NOT_ENROLLED)
		return code;
	if (device_list_find(&list, serial) == NULL)
		return mfa_error_set(err, MFA_CONCURRENT_MODIFICATION, 0,
		    "%s is being deactivated just now", serial);
	*ret = device_list_remove(&list, serial);
	return MFA_OK;
}

static enum mfa_code
no_such_device(struct mfa_error *err, const char *serial)
{
	return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
	    "MFA device with serial number %s does not exist", serial);
}

/* The user who claims the serial number; MFA_NO_SUCH_ENTITY: nobody. */
static enum mfa_code
find_claimant(const struct mfa_context *ctx, const char *serial,
    struct host_user *ret, struct mfa_error *err)
{
	struct device wanted = { .type = DEVICE_SECURITY_KEY };
	struct claim claim;
	enum mfa_code code;

	if (!text_is_serial_number(serial))
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "not a serial number");
	strcpy(wanted.serial, serial);
	code = claim_read(ctx->store, CLAIM_SERIAL, &wanted, &claim, err);
	if (code != MFA_OK)
		return code;
	return ctx->world->find_user(ctx->world->ctx, claim.user, ret, err);
}

/* A security key, which no inventory has, and who has it. */
static enum mfa_code
find_key(const struct mfa_context *ctx, const char *serial,
    struct device **ret_device, struct host_user *ret_holder,
    struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	struct host_user holder = { .uid = (uid_t)-1 };
	const struct device *found;
	enum mfa_code code;

	code = find_claimant(ctx, serial, &holder, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return no_such_device(err, serial);
	if (code != MFA_OK)
		return code;
	code = store_load(ctx->store, &holder, &list, err);
	if (code != MFA_OK && code != MFA_NOT_ENROLLED)
		return code;
	found = device_list_find(&list, serial);
	if (found == NULL || device_has_codes(found))
		return no_such_device(err, serial);
	*ret_device = device_list_remove(&list, serial);
	*ret_holder = holder;
	return MFA_OK;
}

struct walk {
	const struct mfa_context *ctx;
	manage_virtual_fn *each;
	void *arg;
};

/* One user's damaged file does not hide everyone's devices: by the claim. */
static enum mfa_code
visit_damaged(const struct walk *walk, const struct inventory_record *record,
    struct mfa_error *err)
{
	struct host_user holder = { .uid = (uid_t)-1 };
	struct claim claim;
	enum mfa_code code;

	code = claim_read(walk->ctx->store, CLAIM_SERIAL, record->device,
	    &claim, err);
	if (code != MFA_OK)
		return code;
	strcpy(holder.name, claim.user);
	return walk->each(walk->arg, record->device, &record->owner, &holder,
	    err);
}

static enum mfa_code
visit(void *arg, const struct inventory_record *record, struct mfa_error *err)
{
	const struct walk *walk = arg;
	const struct world *world = walk->ctx->world;
	_cleanup_(device_freep) struct device *device = NULL;
	struct host_user holder;
	enum mfa_code code;

	code = enrol_find_holder(walk->ctx, record->device, &holder, err);
	if (code == MFA_OK) {
		code = find_enabled(walk->ctx, &holder, record->device->serial,
		    &device, err);
		return code != MFA_OK ? code
				      : walk->each(walk->arg, device,
					    &record->owner, &holder, err);
	}
	if (code != MFA_NO_SUCH_ENTITY)
		return visit_damaged(walk, record, err);
	if (world->now(world->ctx) - record->device->created >
	    INVENTORY_VIRTUAL_SECONDS)
		return MFA_OK;
	return walk->each(walk->arg, record->device, &record->owner, NULL, err);
}

enum mfa_code
manage_each_virtual(const struct mfa_context *ctx, manage_virtual_fn *each,
    void *arg, struct mfa_error *err)
{
	struct walk walk = { ctx, each, arg };

	return inventory_each_virtual(ctx->store, visit, &walk, err);
}

enum mfa_code
manage_find(const struct mfa_context *ctx, const char *serial,
    struct device **ret_device, struct host_user *ret_holder,
    struct mfa_error *err)
{
	_cleanup_(inventory_record_clear) struct inventory_record record = {
		0 };
	struct host_user holder = { .uid = (uid_t)-1 };
	enum mfa_code code;

	code = inventory_read(ctx->store, serial, &record, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return find_key(ctx, serial, ret_device, ret_holder, err);
	if (code != MFA_OK)
		return code;
	code = enrol_find_holder(ctx, record.device, &holder, err);
	if (code == MFA_NO_SUCH_ENTITY) {
		holder.name[0] = '\0';
		*ret_device = steal(&record.device);
		*ret_holder = holder;
		return MFA_OK;
	}
	if (code != MFA_OK)
		return code;
	code = find_enabled(ctx, &holder, serial, ret_device, err);
	if (code == MFA_OK)
		*ret_holder = holder;
	return code;
}

/* Whom the virtual device waits for; MFA_NO_SUCH_ENTITY: it does not. */
static enum mfa_code
check_waiting(const struct mfa_context *ctx, const char *serial,
    const struct host_user *user, struct mfa_error *err)
{
	_cleanup_(inventory_record_clear) struct inventory_record record = {
		0 };
	enum mfa_code code;

	code = inventory_read(ctx->store, serial, &record, err);
	if (code != MFA_OK)
		return code;
	if (record.device->type != DEVICE_VIRTUAL ||
	    !host_user_is_same(&record.owner, user))
		return no_such_device(err, serial);
	return MFA_OK;
}

enum mfa_code
manage_check_owner(const struct mfa_context *ctx, const char *serial,
    const struct host_user *user, struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	struct host_user holder;
	enum mfa_code code;

	code = manage_find(ctx, serial, &device, &holder, err);
	if (code != MFA_OK)
		return code;
	if (holder.name[0] == '\0')
		return check_waiting(ctx, serial, user, err);
	if (!host_user_is_same(&holder, user))
		return no_such_device(err, serial);
	return MFA_OK;
}

/* The tags of an enabled device are in the device file of who has it. */
static enum mfa_code
change_enabled(const struct mfa_context *ctx, const struct host_user *holder,
    const char *serial,
    enum mfa_code (*change)(void *, struct device *, struct mfa_error *),
    void *arg, struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct device *device;
	enum mfa_code code;

	code = ledger_open_enrolled(ctx->store, holder, &ledger, err);
	if (code != MFA_OK)
		return code;
	code = store_load(ctx->store, holder, &list, err);
	if (code != MFA_OK && code != MFA_NOT_ENROLLED)
		return code;
	if ((device = device_list_find(&list, serial)) == NULL)
		return mfa_error_set(err, MFA_CONCURRENT_MODIFICATION, 0,
		    "%s was deactivated just now", serial);
	if ((code = change(arg, device, err)) != MFA_OK)
		return code;
	return store_save(ctx->store, holder, &list, err);
}

enum mfa_code
manage_change_tags(const struct mfa_context *ctx, const char *serial,
    enum mfa_code (
	*change)(void *arg, struct device *device, struct mfa_error *err),
    void *arg, struct mfa_error *err)
{
	_cleanup_(inventory_record_clear) struct inventory_record record = {
		0 };
	struct host_user holder;
	enum mfa_code code;

	code = inventory_read(ctx->store, serial, &record, err);
	if (code == MFA_NO_SUCH_ENTITY) {
		code = find_key(ctx, serial, &record.device, &holder, err);
		if (code != MFA_OK)
			return code;
		return change_enabled(ctx, &holder, serial, change, arg, err);
	}
	if (code != MFA_OK)
		return code;
	code = enrol_find_holder(ctx, record.device, &holder, err);
	if (code == MFA_OK)
		return change_enabled(ctx, &holder, serial, change, arg, err);
	if (code != MFA_NO_SUCH_ENTITY)
		return code;
	if (record.device->type != DEVICE_VIRTUAL)
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "%s is not enabled for anyone", serial);
	if ((code = change(arg, record.device, err)) != MFA_OK)
		return code;
	return inventory_replace(ctx->store, &record, err);
}

enum mfa_code
manage_unlock(const struct mfa_context *ctx, const struct host_user *user,
    struct mfa_error *err)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	enum mfa_code code;
	size_t door;

	code = ledger_open(ctx->store, user, false, LEDGER_LOCK_MS, &ledger,
	    err);
	if (code == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, code, 0,
		    "%s has never had an MFA device", user->name);
	if (code != MFA_OK)
		return code;
	for (door = 0; door < LEDGER_DOORS; door++)
		throttle_clear(&ledger_record(ledger)->doors[door],
		    ctx->world->now(ctx->world->ctx));
	return ledger_commit(ledger, err);
}
