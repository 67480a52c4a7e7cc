#include <string.h>

#include "mfa/enrol.h"
#include "mfa/holding.h"
#include "mfa/recover.h"
#include "mfa/spent.h"
#include "mfa/throttle.h"
#include "otp/totp.h"
#include "store/claim.h"
#include "store/inventory.h"
#include "store/ledger.h"
#include "store/store.h"

/* What is asked for, and by whom. */
struct request {
	const struct mfa_context *ctx;
	const struct host_user *user;
	const char *serial;
	const struct secret *code1;
	const struct secret *code2;
	unsigned window;
	bool own; /* the user in person asks, and not root */
};

static enum mfa_code
no_such_device(const char *serial, struct mfa_error *err)
{
	return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
	    "MFA device with serial number %s does not exist", serial);
}

/* A virtual device that is not enabled is its owner's alone. */
static bool
is_for(const struct request *request, const struct inventory_record *record)
{
	return !request->own || record->device->type != DEVICE_VIRTUAL ||
	    host_user_is_same(&record->owner, request->user);
}

/* Reads the record, and forgets a virtual device that has expired. */
static enum mfa_code
read_inventory(const struct request *request, struct inventory_record *ret,
    struct mfa_error *err)
{
	const struct mfa_context *ctx = request->ctx;
	const char *serial = request->serial;
	int64_t now = ctx->world->now(ctx->world->ctx);
	struct host_user holder;
	enum mfa_code code;

	code = inventory_read(ctx->store, serial, ret, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return no_such_device(serial, err);
	if (code != MFA_OK)
		return code;
	if (!is_for(request, ret))
		return no_such_device(serial, err);
	code = enrol_find_holder(ctx, ret->device, &holder, err);
	if (code == MFA_OK)
		return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
		    "MFA device with serial number %s is already enabled",
		    serial);
	if (code != MFA_NO_SUCH_ENTITY)
		return code;
	if (ret->device->type != DEVICE_VIRTUAL ||
	    now - ret->device->created <= INVENTORY_VIRTUAL_SECONDS)
		return MFA_OK;
	if ((code = inventory_remove(ctx->store, serial, err)) != MFA_OK)
		return code;
	return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
	    "%s was not enabled within a day and has expired", serial);
}

/* The record as it is now, where it is still to be had. */
static enum mfa_code
read_again(const struct request *request, const struct holding *holding,
    struct inventory_record *ret, struct mfa_error *err)
{
	const struct store *store = holding->ctx->store;
	const char *serial = request->serial;
	struct claim claim;
	enum mfa_code code;

	if ((code = inventory_read(store, serial, ret, err)) != MFA_OK)
		return code;
	if (!is_for(request, ret))
		return no_such_device(serial, err);
	code = claim_read(store, CLAIM_SERIAL, ret->device, &claim, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return MFA_OK;
	if (code == MFA_OK &&
	    device_list_find(&holding->devices, serial) == NULL &&
	    strcmp(claim.user, holding->user->name) == 0)
		return MFA_OK;
	if (code != MFA_OK)
		return code;
	return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
	    "MFA device with serial number %s is already enabled", serial);
}

/* An id of its own each time, so that an older ledger entry never counts. */
static enum mfa_code
renew_id(const struct mfa_context *ctx, struct device *device,
    struct mfa_error *err)
{
	if (ctx->world->random(ctx->world->ctx, device->id, DEVICE_ID_SIZE))
		return MFA_OK;
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "no randomness");
}

/* Guesses of users count at their door, whatever device they are for. */
static enum mfa_code
check_throttle(const struct request *request, struct holding *holding,
    struct mfa_error *err)
{
	struct ledger_throttle *throttle;
	int64_t now = request->ctx->world->now(request->ctx->world->ctx);
	enum mfa_code code;

	if (!request->own)
		return MFA_OK;
	throttle = &ledger_record(holding->ledger)->doors[LEDGER_USER];
	if (throttle_cut(throttle, now,
		device_list_count_codes(&holding->devices)) &&
	    (code = ledger_commit(holding->ledger, err)) != MFA_OK)
		return code;
	return throttle_check(throttle, now, err);
}

/*
 * Spends the pair in ENTRY. Where a clock has been wrong, and what was spent is
 * not known step by step, VOUCHED has ENTRY begin anew.
 */
static enum mfa_code
spend_pair(const struct request *request, const struct device *device,
    bool vouched, struct ledger_device *entry, struct mfa_error *err)
{
	const struct world *world = request->ctx->world;
	int64_t present, middle, step;
	enum mfa_code code;

	present = totp_step(&device->otp, world->now(world->ctx));
	middle = present + entry->drift;
	code = totp_match_pair(&device->otp, &device->seed,
	    middle - request->window, middle + request->window - 1,
	    request->code1, request->code2, &step, err);
	if (code != MFA_OK)
		return code;
	if (step == STEP_NONE)
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "the codes are not two consecutive codes of %s",
		    device->serial);
	if (!spent_has_pair(entry, step + 1, middle))
		spent_add_pair(entry, step + 1);
	else if (vouched && spent_is_ahead(entry->last_step, middle))
		spent_begin(entry, step + 1);
	else
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "the codes of %s were used before; wait for the next",
		    device->serial);
	entry->drift = totp_drift(present, step + 1);
	return MFA_OK;
}

/* The pair; one that is not right is counted before anyone learns of it. */
static enum mfa_code
try_pair(const struct request *request, struct holding *holding,
    const struct device *device, bool vouched, struct ledger_device *entry,
    struct mfa_error *err)
{
	const struct world *world = request->ctx->world;
	struct mfa_error failed;
	enum mfa_code code;

	if ((code = check_throttle(request, holding, err)) != MFA_OK)
		return code;
	code = spend_pair(request, device, vouched, entry, err);
	if (code != MFA_INVALID_AUTHENTICATION_CODE || !request->own)
		return code;
	throttle_count(&ledger_record(holding->ledger)->doors[LEDGER_USER],
	    world->now(world->ctx), device_list_count_codes(&holding->devices));
	if (ledger_commit(holding->ledger, &failed) != MFA_OK)
		*err = failed;
	return err->code;
}

static enum mfa_code
enable(const struct request *request, struct mfa_error *err)
{
	const struct mfa_context *ctx = request->ctx;
	_cleanup_(holding_clear) struct holding holding = { .ctx = ctx,
		.user = request->user };
	_cleanup_(
	    inventory_record_clear) struct inventory_record record = { 0 };
	struct ledger_device start = { 0 };
	struct device *device;
	enum mfa_code code;

	if ((code = read_inventory(request, &record, err)) != MFA_OK)
		return code;
	if ((code = holding_open(&holding, err)) != MFA_OK)
		return code;
	if ((code = holding_check_room(&holding.devices, err)) != MFA_OK)
		return code;
	/* Once more: it may have changed hands while this waited. */
	inventory_record_clear(&record);
	if ((code = read_again(request, &holding, &record, err)) != MFA_OK)
		return code;
	device = record.device;
	start.last_step = device->spent_step;
	start.drift = device->drift;
	code = try_pair(request, &holding, device, true, &start, err);
	if (code != MFA_OK)
		return code;
	if ((code = renew_id(ctx, device, err)) != MFA_OK)
		return code;
	device->enabled = ctx->world->now(ctx->world->ctx);
	return holding_add(&holding, &record.device, &start, err);
}

enum mfa_code
enrol_enable(const struct mfa_context *ctx, const struct host_user *user,
    const char *serial, const struct secret *code1, const struct secret *code2,
    struct mfa_error *err)
{
	const struct request request = { ctx, user, serial, code1, code2,
		ENROL_WINDOW, false };

	return enable(&request, err);
}

enum mfa_code
enrol_enable_own(const struct mfa_context *ctx, const struct host_user *user,
    const char *serial, const struct secret *code1, const struct secret *code2,
    struct mfa_error *err)
{
	const struct request request = { ctx, user, serial, code1, code2,
		ENROL_WINDOW, true };

	return enable(&request, err);
}

static enum mfa_code
find_device(struct holding *holding, const char *serial,
    struct device **ret_device, struct mfa_error *err)
{
	struct device *device;

	if ((device = device_list_find(&holding->devices, serial)) == NULL)
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "MFA device with serial number %s does not exist for "
		    "user %s",
		    serial, holding->user->name);
	*ret_device = device;
	return MFA_OK;
}

/* Root does, and another device, for which the window is wide. */
static bool
is_vouched_for(const struct request *request)
{
	return !request->own || request->window > RESYNC_WINDOW_USER;
}

static enum mfa_code
resync(const struct request *request, struct mfa_error *err)
{
	_cleanup_(holding_clear) struct holding holding = {
		.ctx = request->ctx, .user = request->user };
	struct ledger_device *entry;
	struct device *device;
	enum mfa_code code;

	if ((code = holding_open(&holding, err)) != MFA_OK)
		return code;
	code = find_device(&holding, request->serial, &device, err);
	if (code != MFA_OK)
		return code;
	if (!device_has_codes(device))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "A security key never drifts");
	code = ledger_find_enrolled(ledger_record(holding.ledger),
	    request->user, device, &entry, err);
	if (code != MFA_OK)
		return code;
	code = try_pair(request, &holding, device, is_vouched_for(request),
	    entry, err);
	if (code != MFA_OK)
		return code;
	entry->behind = 0;
	return ledger_commit(holding.ledger, err);
}

enum mfa_code
enrol_resync(const struct mfa_context *ctx, const struct host_user *user,
    const char *serial, const struct secret *code1, const struct secret *code2,
    unsigned window, struct mfa_error *err)
{
	const struct request request = { ctx, user, serial, code1, code2,
		window, false };

	return resync(&request, err);
}

enum mfa_code
enrol_resync_own(const struct mfa_context *ctx, const struct host_user *user,
    const char *serial, const struct secret *code1, const struct secret *code2,
    unsigned window, struct mfa_error *err)
{
	const struct request request = { ctx, user, serial, code1, code2,
		window, true };

	return resync(&request, err);
}

/*
 * A ledger without an entry has let go of DEVICE in a deactivation that was cut
 * short: which codes are spent was written down in the inventory before.
 */
static void
recall_spent(const struct mfa_context *ctx, struct device *device)
{
	_cleanup_(
	    inventory_record_clear) struct inventory_record record = { 0 };
	struct mfa_error ignored;

	if (inventory_read(ctx->store, device->serial, &record, &ignored) !=
		MFA_OK ||
	    record.device->spent_step <= device->spent_step)
		return;
	device->spent_step = record.device->spent_step;
	device->drift = record.device->drift;
}

/*
 * What is known of DEVICE goes back to the inventory, its spent codes too. A
 * security key goes with its user.
 */
static enum mfa_code
return_to_inventory(const struct holding *holding, struct device *device,
    const struct ledger_device *entry, struct mfa_error *err)
{
	const struct world *world = holding->ctx->world;
	struct inventory_record record = { .device = device };

	if (!device_has_codes(device))
		return MFA_OK;
	if (entry == NULL) {
		recall_spent(holding->ctx, device);
	} else if (entry->last_step > device->spent_step) {
		device->spent_step = entry->last_step;
		device->drift = entry->drift;
	}
	device->enabled = 0;
	/* A token's tags were the user's; a virtual device is still theirs. */
	while (device->type == DEVICE_HARDWARE && device->tag_count > 0)
		device_remove_tag(device, device->tags[0].key);
	if (device->type == DEVICE_VIRTUAL) {
		record.owner = *holding->user;
		device->created = world->now(world->ctx);
	}
	return inventory_replace(holding->ctx->store, &record, err);
}

enum mfa_code
enrol_deactivate(const struct mfa_context *ctx, const struct host_user *user,
    const char *serial, struct mfa_error *err)
{
	_cleanup_(holding_clear) struct holding holding = { .ctx = ctx,
		.user = user };
	_cleanup_(device_freep) struct device *device = NULL;
	enum claim_kind kinds[CLAIM_KINDS];
	struct ledger_device *entry;
	struct device *found;
	enum mfa_code code;

	if ((code = holding_open(&holding, err)) != MFA_OK)
		return code;
	if ((code = find_device(&holding, serial, &found, err)) != MFA_OK)
		return code;
	/* NULL: a crash took it. */
	entry = ledger_find(ledger_record(holding.ledger), found->id);
	device = device_list_remove(&holding.devices, found->serial);
	code = return_to_inventory(&holding, device, entry, err);
	if (code != MFA_OK)
		return code;
	/* From here on no sign-in that waits at its prompt can use it. */
	if (entry != NULL)
		memset(entry, 0, sizeof(*entry));
	if (holding.devices.count == 0)
		recover_retire(&holding.devices.recovery,
		    ledger_record(holding.ledger));
	if ((code = ledger_commit(holding.ledger, err)) != MFA_OK)
		return code;
	code = store_save(ctx->store, user, &holding.devices, err);
	if (code != MFA_OK)
		return code;
	claim_kinds(device, kinds);
	code = claim_drop(ctx->store, kinds[1], device, user->name, err);
	if (code != MFA_OK)
		return code;
	return claim_drop(ctx->store, kinds[0], device, user->name, err);
}
