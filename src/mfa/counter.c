#include "mfa/counter.h"
#include "store/ledger.h"

/* A key that counts must have counted on; one that never does stays at 0. */
static enum mfa_code
check(const struct device *device, const struct ledger_device *entry,
    uint32_t count, struct mfa_error *err)
{
	if ((count == 0 && entry->sign_count == 0) || count > entry->sign_count)
		return MFA_OK;
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "CLONE ALARM: the counter of %s went from %u to %u; the key may "
	    "have been copied",
	    device->serial, entry->sign_count, count);
}

enum mfa_code
counter_take(const struct mfa_context *ctx, const struct host_user *user,
    const struct device *device, uint32_t count, struct mfa_error *err)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct ledger_device *entry;
	enum mfa_code code;

	code = ledger_open_enrolled(ctx->store, user, &ledger, err);
	if (code != MFA_OK)
		return code;
	code = ledger_find_enrolled(ledger_record(ledger), user, device, &entry,
	    err);
	if (code != MFA_OK)
		return code;
	if ((code = check(device, entry, count, err)) != MFA_OK)
		return code;
	entry->sign_count = count;
	entry->last_used = ctx->world->now(ctx->world->ctx);
	return ledger_commit(ledger, err);
}
