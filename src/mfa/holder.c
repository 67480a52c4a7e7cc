#include "mfa/enrol.h"
#include "store/claim.h"
#include "store/ledger.h"
#include "store/store.h"

/* MFA_OK: has it; MFA_NO_SUCH_ENTITY: has not. */
static enum mfa_code
has_device(const struct mfa_context *ctx, const struct host_user *user,
    const char *serial, struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	enum mfa_code code;

	code = store_load(ctx->store, user, &list, err);
	if (code != MFA_OK && code != MFA_NOT_ENROLLED)
		return code;
	if (device_list_find(&list, serial) != NULL)
		return MFA_OK;
	return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0, "%s does not have %s",
	    user->name, serial);
}

static enum mfa_code
drop_claims(const struct mfa_context *ctx, const char *user,
    const struct device *device, struct mfa_error *err)
{
	enum claim_kind kinds[CLAIM_KINDS];
	enum mfa_code code;

	claim_kinds(device, kinds);
	code = claim_drop(ctx->store, kinds[1], device, user, err);
	if (code != MFA_OK)
		return code;
	code = claim_drop(ctx->store, kinds[0], device, user, err);
	if (code != MFA_OK)
		return code;
	return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
	    "%s is not enabled for anyone", device->serial);
}

/*
 * Gives up USER's claims on DEVICE, unless USER is enabling it just now: that
 * is done under the ledger's lock, so holding it tells.
 */
static enum mfa_code
drop_stale(const struct mfa_context *ctx, const struct host_user *user,
    const struct device *device, struct mfa_error *err)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	enum mfa_code code;

	code = ledger_open(ctx->store, user, false, 0, &ledger, err);
	if (code != MFA_OK && code != MFA_NO_SUCH_ENTITY)
		return code;
	code = has_device(ctx, user, device->serial, err);
	if (code != MFA_NO_SUCH_ENTITY)
		return code;
	return drop_claims(ctx, user->name, device, err);
}

/*
 * Of a user without a device file: given up at once where the host does not
 * know the user, who can't be enabling anything then.
 */
static enum mfa_code
drop_without_file(const struct mfa_context *ctx, const char *name,
    const struct device *device, struct mfa_error *err)
{
	struct host_user user;
	enum mfa_code code;

	code = ctx->world->find_user(ctx->world->ctx, name, &user, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return drop_claims(ctx, name, device, err);
	return code == MFA_OK ? drop_stale(ctx, &user, device, err) : code;
}

/*
 * Whose a device is, says the device file: a user whom the host has no longer
 * holds what is in it until it is deactivated, since the user may come back.
 */
enum mfa_code
enrol_find_holder(const struct mfa_context *ctx, const struct device *device,
    struct host_user *ret_user, struct mfa_error *err)
{
	struct host_user user;
	struct claim claim;
	enum mfa_code code;

	code = claim_read(ctx->store, CLAIM_SERIAL, device, &claim, err);
	if (code != MFA_OK)
		return code;
	code = store_find_owner(ctx->store, claim.user, &user, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return drop_without_file(ctx, claim.user, device, err);
	if (code != MFA_OK)
		return code;
	code = has_device(ctx, &user, device->serial, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return drop_stale(ctx, &user, device, err);
	if (code == MFA_OK)
		*ret_user = user;
	return code;
}
