#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mfa/enrol.h"
#include "mfa/enrol_import.h"
#include "mfa/holding.h"
#include "mfa/new_key.h"
#include "mfa/virtual.h"
#include "store/claim.h"
#include "store/inventory.h"

#define NAMES_MAX	99	/* that are tried: NAME, NAME-2, ... */

struct enrol_import {
	struct holding		holding;
	struct host_user	user;
	bool			dry_run;
	bool			failed;
};

void
enrol_import_freep(struct enrol_import **import)
{
	if (*import == NULL)
		return;
	holding_clear(&(*import)->holding);
	free(*import);
	*import = NULL;
}

enum mfa_code
enrol_import_begin(const struct mfa_context *ctx, const struct host_user *user,
    bool dry_run, struct enrol_import **ret, struct mfa_error *err)
{
	_cleanup_(enrol_import_freep) struct enrol_import *import = NULL;
	enum mfa_code code;

	if ((import = calloc(1, sizeof(*import))) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "an import");
	import->user = *user;
	import->dry_run = dry_run;
	import->holding.ctx = ctx;
	import->holding.user = &import->user;
	if (!dry_run) {
		code = holding_open(&import->holding, err);
	} else {
		code = store_load(ctx->store, user, &import->holding.devices,
		    err);
		if (code == MFA_NOT_ENROLLED)
			code = MFA_OK;
	}
	if (code == MFA_OK)
		*ret = steal(&import);
	return code;
}

static enum mfa_code
make_key(const struct enrol_import *import,
    const struct enrol_imported *imported, const char *name,
    struct device **ret, struct mfa_error *err)
{
	const struct mfa_context *ctx = import->holding.ctx;
	_cleanup_(device_freep) struct device *device = NULL;
	enum mfa_code code;

	if (ctx->settings->attestation_roots[0] != '\0')
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "attestation_roots is set, and nobody has kept this key's "
		    "attestation: enable it by a tap");
	code = new_key_make(ctx, &import->user, name, &device, err);
	if (code != MFA_OK)
		return code;
	*device->credential = *imported->credential;
	*ret = steal(&device);
	return MFA_OK;
}

static enum mfa_code
make_virtual(const struct enrol_import *import,
    const struct enrol_imported *imported, const char *name,
    struct device **ret, struct mfa_error *err)
{
	const struct mfa_context *ctx = import->holding.ctx;
	_cleanup_(device_freep) struct device *device = NULL;
	char path[ENROL_HOME_SIZE];
	enum mfa_code code;

	if ((device = device_new(ctx->world)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory or no randomness for a device");
	device->created = ctx->world->now(ctx->world->ctx);
	if (device->created < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the time can't be told");
	device->otp = imported->otp;
	device->seed = imported->seed;
	enrol_home(&import->user, path);
	code = virtual_name(ctx, path, name, device, err);
	if (code != MFA_OK)
		return code;
	*ret = steal(&device);
	return MFA_OK;
}

/*
 * Is the name of DEVICE free, in the user's devices and in the inventory? What
 * is there with the same seed is what a crash or a deactivation left.
 */
static enum mfa_code
check_name(const struct enrol_import *import, struct device *device,
    bool *ret_free, struct mfa_error *err)
{
	const struct device_list *devices = &import->holding.devices;
	_cleanup_(
	    inventory_record_clear) struct inventory_record record = { 0 };
	enum mfa_code code;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		if (strcasecmp(devices->devices[i]->name, device->name) == 0) {
			*ret_free = false;
			return MFA_OK;
		}
	}
	*ret_free = true;
	if (!device_has_codes(device))
		return MFA_OK;
	code = inventory_read(import->holding.ctx->store, device->serial,
	    &record, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return MFA_OK;
	if (code != MFA_OK)
		return code;
	*ret_free = host_user_is_same(&record.owner, &import->user) &&
	    secret_is_equal(&record.device->seed, &device->seed);
	device->spent_step = record.device->spent_step;
	return MFA_OK;
}

/* The device, by the first name that is free. */
static enum mfa_code
make_device(const struct enrol_import *import,
    const struct enrol_imported *imported, struct device **ret,
    struct mfa_error *err)
{
	char name[DEVICE_NAME_MAX + 8];
	enum mfa_code code;
	bool is_free;
	unsigned i;

	for (i = 1; i <= NAMES_MAX; i++) {
		_cleanup_(device_freep) struct device *device = NULL;

		(void)snprintf(name, sizeof(name), i == 1 ? "%s" : "%s-%u",
		    imported->name, i);
		if (!text_is_device_name(name))
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "a device name has 1 to 128 letters, digits and "
			    "+=,.@-_");
		code = (imported->credential != NULL
			? make_key
			: make_virtual)(import, imported, name, &device, err);
		if (code != MFA_OK)
			return code;
		code = check_name(import, device, &is_free, err);
		if (code != MFA_OK)
			return code;
		if (is_free) {
			*ret = steal(&device);
			return MFA_OK;
		}
	}
	return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
	    "%d devices are named %s", NAMES_MAX, imported->name);
}

/* What a crash has left of the user's own: the ledger is locked, so it has. */
static enum mfa_code
drop_stale(const struct enrol_import *import, const struct device *claimed,
    struct mfa_error *err)
{
	const struct store *store = import->holding.ctx->store;
	enum claim_kind kinds[CLAIM_KINDS];
	enum mfa_code code;

	if (import->dry_run)
		return MFA_OK;
	claim_kinds(claimed, kinds);
	code = claim_drop(store, kinds[1], claimed, import->user.name, err);
	if (code != MFA_OK)
		return code;
	return claim_drop(store, kinds[0], claimed, import->user.name, err);
}

/* Whether CLAIMED, which has the serial number that CLAIM says, is anyone's. */
static enum mfa_code
check_holder(const struct enrol_import *import, const struct claim *claim,
    const struct device *claimed, bool *ret_owned, struct mfa_error *err)
{
	const struct mfa_context *ctx = import->holding.ctx;
	struct host_user holder;
	enum mfa_code code;

	*ret_owned = strcmp(claim->user, import->user.name) == 0;
	if (*ret_owned) {
		if (device_list_find(&import->holding.devices, claim->serial) ==
		    NULL)
			return drop_stale(import, claimed, err);
		return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
		    "it is enabled already, as %s", claim->serial);
	}
	if (!import->dry_run) {
		code = enrol_find_holder(ctx, claimed, &holder, err);
		if (code == MFA_NO_SUCH_ENTITY)
			return MFA_OK;
		if (code != MFA_OK)
			return code;
	}
	return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
	    "it is %s's already, as %s", claim->user, claim->serial);
}

/* Whether the seed or credential of DEVICE is somebody's. */
static enum mfa_code
check_claim(const struct enrol_import *import, struct device *device,
    bool *ret_owned, struct mfa_error *err)
{
	const struct store *store = import->holding.ctx->store;
	char serial[SERIAL_NUMBER_MAX + 1];
	enum claim_kind kinds[CLAIM_KINDS];
	struct claim claim;
	enum mfa_code code;

	claim_kinds(device, kinds);
	code = claim_read(store, kinds[1], device, &claim, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return MFA_OK;
	if (code != MFA_OK)
		return code;
	strcpy(serial, device->serial);
	strcpy(device->serial, claim.serial);
	code = check_holder(import, &claim, device, ret_owned, err);
	strcpy(device->serial, serial);
	return code;
}

/* The step of the code that was used last, and the drift that it tells. */
static enum mfa_code
find_last(const struct enrol_imported *imported, int64_t *step, int64_t *drift,
    struct mfa_error *err)
{
	int64_t then = totp_step(&imported->otp, imported->last_used), found;
	enum mfa_code code;

	if (imported->last_code.len == 0 || imported->last_used <= 0)
		return MFA_OK;
	code = totp_match(&imported->otp, &imported->seed,
	    then - IMPORT_CODE_WINDOW, then + IMPORT_CODE_WINDOW,
	    &imported->last_code, &found, err);
	if (code != MFA_OK || found == STEP_NONE)
		return code;
	*step = found;
	*drift = totp_drift(then, found);
	return MFA_OK;
}

/* How the ledger's entry begins: nothing that was used is good again. */
static enum mfa_code
start_entry(const struct enrol_import *import, const struct device *device,
    const struct enrol_imported *imported, struct ledger_device *ret,
    struct mfa_error *err)
{
	const struct world *world = import->holding.ctx->world;
	int64_t now = world->now(world->ctx), step, drift, present;
	enum mfa_code code;

	*ret = (struct ledger_device){ .last_step = STEP_NONE };
	ret->last_used = imported->last_used;
	if (!device_has_codes(device))
		return MFA_OK;
	/* What was used up to now would be good again. */
	if (now < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the time can't be told");
	present = totp_step(&device->otp, now);
	drift = imported->drift;
	step = imported->last_step;
	if (drift < -RESYNC_WINDOW_ROOT || drift > RESYNC_WINDOW_ROOT)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "its clock is more than %d steps off", RESYNC_WINDOW_ROOT);
	if ((code = find_last(imported, &step, &drift, err)) != MFA_OK)
		return code;
	if (step == STEP_NONE)
		step = present + drift;
	if (step < STEP_NONE || step > present + drift + RESYNC_WINDOW_ROOT ||
	    imported->last_used < 0 || imported->last_used > now + 86400)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "it was used last at a time that is to come");
	ret->last_step = step > device->spent_step ? step : device->spent_step;
	ret->drift = (int32_t)drift;
	return MFA_OK;
}

/* The record that a virtual device has in the inventory, as any other. */
static enum mfa_code
add_record(const struct enrol_import *import, struct device *device,
    struct mfa_error *err)
{
	const struct inventory_record record = { .device = device,
		.owner = import->user };

	if (!device_has_codes(device))
		return MFA_OK;
	return inventory_replace(import->holding.ctx->store, &record, err);
}

static enum mfa_code
commit(struct enrol_import *import, struct device **device,
    const struct ledger_device *start, struct mfa_error *err)
{
	struct holding *holding = &import->holding;
	const struct world *world = holding->ctx->world;
	enum mfa_code code;

	if (import->dry_run)
		return device_list_add(&holding->devices, device, err);
	if ((code = add_record(import, *device, err)) != MFA_OK)
		return code;
	(*device)->enabled = world->now(world->ctx);
	return holding_add(holding, device, start, err);
}

enum mfa_code
enrol_import_add(struct enrol_import *import,
    const struct enrol_imported *imported, const struct device **ret_device,
    bool *ret_owned, struct mfa_error *err)
{
	struct holding *holding = &import->holding;
	_cleanup_(device_freep) struct device *device = NULL;
	const struct device *added;
	struct ledger_device start;
	enum mfa_code code;

	*ret_owned = false;
	if (import->failed)
		return mfa_error_set(err, MFA_CONCURRENT_MODIFICATION, 0,
		    "an earlier device could not be enabled; import again");
	if ((code = make_device(import, imported, &device, err)) != MFA_OK)
		return code;
	if (!device_is_valid(device))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    device_has_codes(device)
			? "its seed is shorter than 80 bits, or its codes are "
			  "not of six or eight digits"
			: "its relying party or public key can't be one");
	if ((code = check_claim(import, device, ret_owned, err)) != MFA_OK ||
	    (code = holding_check_room(&holding->devices, err)) != MFA_OK ||
	    (code = start_entry(import, device, imported, &start, err)) !=
		MFA_OK)
		return code;
	added = device;
	if ((code = commit(import, &device, &start, err)) != MFA_OK) {
		/* What is half enabled must not be saved with the next one. */
		import->failed = true;
		return code;
	}
	*ret_device = added;
	return MFA_OK;
}
