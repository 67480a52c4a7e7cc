#include "mfa/holding.h"
#include "mfa/pass.h"
#include "mfa/recover.h"

static enum mfa_code
check_range(const char *what, int64_t value, int64_t least, int64_t most,
    struct mfa_error *err)
{
	if (value >= least && value <= most)
		return MFA_OK;
	return mfa_error_set(err, MFA_INVALID_INPUT, 0,
	    "%s must be %lld to %lld", what, (long long)least, (long long)most);
}

/* Opens PASS of HOLDING's ledger under a new code, durably. */
static enum mfa_code
give(struct holding *holding, struct ledger_pass *pass,
    enum longcode_kind kind, int64_t seconds, uint32_t uses,
    struct recover_given *ret, struct mfa_error *err)
{
	const struct mfa_context *ctx = holding->ctx;
	_cleanup_(secret_wipe) struct secret code = { 0 };
	_cleanup_(longcode_wipe) struct longcode text;
	struct secret hash;
	int64_t now = ctx->world->now(ctx->world->ctx);
	enum mfa_code result;

	/* It would have expired before anyone heard of it. */
	if (now < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the time can't be told");
	result = longcode_make(ctx->world, &code, &text, err);
	if (result == MFA_OK)
		result = longcode_hash(ctx, holding->user, kind, &code, &hash,
		    err);
	if (result != MFA_OK)
		return result;
	pass_open(pass, &hash, now, seconds, uses);
	if ((result = ledger_commit(holding->ledger, err)) != MFA_OK)
		return result;
	ret->code = text;
	ret->expires = pass->expires;
	ret->uses = uses;
	return MFA_OK;
}

enum mfa_code
recover_grant(const struct mfa_context *ctx, const struct host_user *user,
    int64_t seconds, int64_t uses, struct recover_given *ret,
    struct mfa_error *err)
{
	_cleanup_(holding_clear) struct holding holding = { .ctx = ctx,
		.user = user };
	enum mfa_code code;

	code = check_range("the seconds of a grant", seconds, RECOVER_GRANT_MIN,
	    RECOVER_GRANT_MAX, err);
	if (code == MFA_OK)
		code = check_range("the uses of a grant", uses, 1,
		    RECOVER_USES_MAX, err);
	if (code == MFA_OK)
		code = holding_open(&holding, err);
	if (code != MFA_OK)
		return code;
	return give(&holding, &ledger_record(holding.ledger)->grant,
	    LONGCODE_GRANT, seconds, (uint32_t)uses, ret, err);
}

enum mfa_code
recover_revoke(const struct mfa_context *ctx, const struct host_user *user,
    struct mfa_error *err)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	enum mfa_code code;

	code = ledger_open(ctx->store, user, false, LEDGER_LOCK_MS, &ledger,
	    err);
	if (code != MFA_OK && code != MFA_NO_SUCH_ENTITY)
		return code;
	if (ledger == NULL || ledger_record(ledger)->grant.uses == 0)
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "%s has no grant", user->name);
	pass_close(&ledger_record(ledger)->grant);
	return ledger_commit(ledger, err);
}

enum mfa_code
recover_invite(const struct mfa_context *ctx, const struct host_user *user,
    int64_t seconds, struct recover_given *ret, struct mfa_error *err)
{
	_cleanup_(holding_clear) struct holding holding = { .ctx = ctx,
		.user = user };
	enum mfa_code code;

	code = check_range("the seconds of an invitation", seconds,
	    RECOVER_INVITE_MIN, RECOVER_INVITE_MAX, err);
	if (code == MFA_OK)
		code = holding_open(&holding, err);
	if (code != MFA_OK)
		return code;
	if (holding.devices.count > 0)
		return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
		    "%s has an MFA device; an invitation is for who has none",
		    user->name);
	return give(&holding, &ledger_record(holding.ledger)->invite,
	    LONGCODE_INVITE, seconds, 1, ret, err);
}

enum mfa_code
recover_check_invite(const struct mfa_context *ctx,
    const struct host_user *user, const void *answer, size_t len,
    struct mfa_error *err)
{
	int64_t now = ctx->world->now(ctx->world->ctx);
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	_cleanup_(secret_wipe) struct secret code = { 0 };
	struct ledger_record *record;
	struct secret hash;
	enum mfa_code result;

	if (!longcode_parse(answer, len, &code))
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "not an enrollment code");
	result = ledger_open(ctx->store, user, false, LEDGER_LOCK_MS, &ledger,
	    err);
	if (result == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "no invitation");
	if (result == MFA_OK)
		result = longcode_hash(ctx, user, LONGCODE_INVITE, &code, &hash,
		    err);
	if (result != MFA_OK)
		return result;
	record = ledger_record(ledger);
	if (!longcode_is_hash(&hash, record->invite.hash) ||
	    !pass_is_open(&record->invite, now))
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "wrong enrollment code, or expired");
	pass_use(&record->invite);
	pass_see(record, now);
	return ledger_commit(ledger, err);
}
