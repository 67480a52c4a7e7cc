#include <string.h>

#include "mfa/holding.h"
#include "mfa/pass.h"
#include "store/claim.h"
#include "store/store.h"

void
holding_clear(struct holding *holding)
{
	device_list_clear(&holding->devices);
	ledger_freep(&holding->ledger);
}

static enum mfa_code
load(struct holding *holding, struct mfa_error *err)
{
	enum mfa_code code;

	device_list_clear(&holding->devices);
	code = store_load(holding->ctx->store, holding->user, &holding->devices,
	    err);
	return code == MFA_NOT_ENROLLED ? MFA_OK : code;
}

enum mfa_code
holding_open(struct holding *holding, struct mfa_error *err)
{
	enum mfa_code code;

	if ((code = load(holding, err)) != MFA_OK)
		return code;
	if (holding->devices.count == 0)
		code = ledger_open(holding->ctx->store, holding->user, true,
		    LEDGER_LOCK_MS, &holding->ledger, err);
	else
		code = ledger_open_enrolled(holding->ctx->store, holding->user,
		    &holding->ledger, err);
	if (code != MFA_OK)
		return code;
	return load(holding, err);
}

/* Frees the entries of devices that a crash kept out of the device file. */
static void
drop_orphans(struct holding *holding)
{
	struct ledger_record *record = ledger_record(holding->ledger);
	struct ledger_device *entry;
	size_t i, j;

	for (i = 0; i < DEVICES_MAX; i++) {
		entry = &record->devices[i];
		for (j = 0; j < holding->devices.count; j++) {
			if (memcmp(entry->id, holding->devices.devices[j]->id,
				DEVICE_ID_SIZE) == 0)
				break;
		}
		if (j == holding->devices.count)
			memset(entry, 0, sizeof(*entry));
	}
}

/* Takes both claims, or neither. */
static enum mfa_code
take_claims(const struct holding *holding, const struct device *device,
    struct mfa_error *err)
{
	const struct store *store = holding->ctx->store;
	const char *user = holding->user->name;
	enum claim_kind kinds[CLAIM_KINDS];
	struct mfa_error ignored;
	enum mfa_code code;

	claim_kinds(device, kinds);
	code = claim_take(store, kinds[0], device, user, err);
	if (code != MFA_OK)
		return code;
	code = claim_take(store, kinds[1], device, user, err);
	if (code != MFA_OK)
		(void)!claim_drop(store, kinds[0], device, user, &ignored);
	return code;
}

enum mfa_code
holding_add(struct holding *holding, struct device **device,
    const struct ledger_device *start, struct mfa_error *err)
{
	struct ledger_device *entry;
	const struct device *added = *device;
	enum mfa_code code;

	if (holding->ctx->held != NULL &&
	    *holding->ctx->held != holding->devices.count)
		return mfa_error_set(err, MFA_CONCURRENT_MODIFICATION, 0,
		    "another device of %s was enabled or deactivated "
		    "meanwhile",
		    holding->user->name);
	drop_orphans(holding);
	entry = ledger_find_free(ledger_record(holding->ledger));
	if (entry == NULL)
		return mfa_error_set(err, MFA_LIMIT_EXCEEDED, 0,
		    "Cannot exceed quota for MFADevicesPerUser: %d",
		    DEVICES_MAX);
	*entry = *start;
	memcpy(entry->id, added->id, DEVICE_ID_SIZE);
	/* It was for who has no device. */
	pass_close(&ledger_record(holding->ledger)->invite);
	code = device_list_add(&holding->devices, device, err);
	if (code != MFA_OK)
		return code;
	if ((code = ledger_commit(holding->ledger, err)) != MFA_OK)
		return code;
	if ((code = take_claims(holding, added, err)) != MFA_OK)
		return code;
	return store_save(holding->ctx->store, holding->user, &holding->devices,
	    err);
}

enum mfa_code
holding_check_room(const struct device_list *devices, struct mfa_error *err)
{
	if (devices->count < DEVICES_MAX)
		return MFA_OK;
	return mfa_error_set(err, MFA_LIMIT_EXCEEDED, 0,
	    "Cannot exceed quota for MFADevicesPerUser: %d", DEVICES_MAX);
}
