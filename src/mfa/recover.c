#include <string.h>

#include "mfa/holding.h"
#include "mfa/notice.h"
#include "mfa/pass.h"
#include "mfa/recover.h"
#include "store/recovery.h"
#include "store/store.h"

_Static_assert(RECOVER_CODES <= RECOVERY_CODES_MAX, "a bit for each code");

static bool
is_used(const struct recovery_set *set, const struct ledger_record *record,
    size_t index)
{
	/* A set that the ledger has not seen yet has no code that is spent. */
	return set->number == record->recovery_set &&
	    (record->recovery_used & UINT32_C(1) << index) != 0;
}

unsigned
recover_codes_left(const struct recovery_set *set,
    const struct ledger_record *record)
{
	unsigned left = 0;
	size_t i;

	if (set->number < record->recovery_set)
		return 0;
	for (i = 0; i < set->count; i++)
		left += !is_used(set, record, i);
	return left;
}

void
recover_retire(const struct recovery_set *set, struct ledger_record *record)
{
	if (set->number == 0 || set->number < record->recovery_set)
		return;
	record->recovery_set = set->number + 1;
	record->recovery_used = 0;
}

/* The codes as text, and their hashes in a set that follows all others. */
static enum mfa_code
make_set(const struct holding *holding, struct recovery_set *set,
    struct longcode codes[static RECOVER_CODES], struct mfa_error *err)
{
	const struct mfa_context *ctx = holding->ctx;
	_cleanup_(secret_wipe) struct secret code = { 0 };
	struct secret hash;
	enum mfa_code result;
	size_t i;

	set->number = holding->devices.recovery.number;
	if (set->number < ledger_record(holding->ledger)->recovery_set)
		set->number = ledger_record(holding->ledger)->recovery_set;
	if (set->number >= UINT64_MAX - 1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "damaged: no number is left for a set of codes");
	set->number++;
	for (i = 0; i < RECOVER_CODES; i++) {
		result = longcode_make(ctx->world, &code, &codes[i], err);
		if (result == MFA_OK)
			result = longcode_hash(ctx, holding->user,
			    LONGCODE_RECOVERY, &code, &hash, err);
		if (result != MFA_OK)
			return result;
		memcpy(set->hashes[i], hash.bytes, RECOVERY_HASH_SIZE);
	}
	set->count = RECOVER_CODES;
	return MFA_OK;
}

static void
codes_wipe(struct longcode (*codes)[RECOVER_CODES])
{
	explicit_bzero(codes, sizeof(*codes));
}

static enum mfa_code
no_device(const struct host_user *user, struct mfa_error *err)
{
	return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
	    "%s has no MFA device; recovery codes are made for who has one",
	    user->name);
}

/* So that no ledger is made for who has no device. */
static enum mfa_code
check_enrolled(const struct mfa_context *ctx, const struct host_user *user,
    struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list devices = { 0 };
	enum mfa_code code;

	code = store_load(ctx->store, user, &devices, err);
	return code == MFA_NOT_ENROLLED ? no_device(user, err) : code;
}

/*
 * The device file first: with it the new set is in force, since its number is
 * above the ledger's. The ledger then knows that there is no older one.
 */
enum mfa_code
recover_create(const struct mfa_context *ctx, const struct host_user *user,
    struct longcode ret_codes[static RECOVER_CODES], struct mfa_error *err)
{
	_cleanup_(holding_clear) struct holding holding = { .ctx = ctx,
		.user = user };
	_cleanup_(codes_wipe) struct longcode codes[RECOVER_CODES];
	struct recovery_set set = { .number = 0 };
	enum mfa_code code;

	if ((code = check_enrolled(ctx, user, err)) != MFA_OK)
		return code;
	if ((code = holding_open(&holding, err)) != MFA_OK)
		return code;
	if (holding.devices.count == 0)
		return no_device(user, err);
	if ((code = make_set(&holding, &set, codes, err)) != MFA_OK)
		return code;
	holding.devices.recovery = set;
	code = store_save(ctx->store, user, &holding.devices, err);
	if (code != MFA_OK)
		return code;
	ledger_record(holding.ledger)->recovery_set = set.number;
	ledger_record(holding.ledger)->recovery_used = 0;
	if ((code = ledger_commit(holding.ledger, err)) != MFA_OK)
		return code;
	memcpy(ret_codes, codes, sizeof(codes));
	return MFA_OK;
}

/* One answer, and what it turned out to be. */
struct match {
	size_t code; /* index of a recovery code, or how many there are */
	bool grant;
};

/* All of them are compared, whichever it is. */
static enum mfa_code
find_match(const struct mfa_context *ctx, const struct recover_try *attempt,
    const struct ledger_record *record, const struct secret *code,
    struct match *ret, struct mfa_error *err)
{
	const struct recovery_set *set = &attempt->devices->recovery;
	struct match match;
	struct secret recovery, grant;
	enum mfa_code result;

	result = longcode_hash(ctx, attempt->user, LONGCODE_RECOVERY, code,
	    &recovery, err);
	if (result == MFA_OK)
		result = longcode_hash(ctx, attempt->user, LONGCODE_GRANT, code,
		    &grant, err);
	if (result != MFA_OK)
		return result;
	match.code = longcode_find(&recovery, set->hashes, set->count);
	match.grant = longcode_is_hash(&grant, record->grant.hash);
	*ret = match;
	return MFA_OK;
}

/* Takes what was matched out of RECORD; what it is good for. */
static enum mfa_code
spend(const struct recover_try *attempt, const struct match *match,
    int64_t now, struct ledger_record *record, enum proof_kind *ret,
    struct mfa_error *err)
{
	const struct recovery_set *set = &attempt->devices->recovery;
	const char *why = "wrong recovery code";
	bool found = match->code < set->count;

	if (match->grant && pass_is_open(&record->grant, now)) {
		pass_use(&record->grant);
		*ret = PROOF_GRANT;
		return MFA_OK;
	}
	if (match->grant)
		why = "the grant has expired, or the clock was put back";
	else if (found && set->number < record->recovery_set)
		why = "a recovery code of a set that was replaced";
	else if (found && is_used(set, record, match->code))
		why = "recovery code already used";
	else if (found) {
		if (set->number > record->recovery_set)
			record->recovery_used = 0;
		record->recovery_set = set->number;
		record->recovery_used |= UINT32_C(1) << match->code;
		*ret = PROOF_RECOVERY_CODE;
		return MFA_OK;
	}
	return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0, "%s",
	    why);
}

/* A user without a device has a ledger only where something was given out. */
static enum mfa_code
open_ledger(const struct mfa_context *ctx, const struct recover_try *attempt,
    struct ledger **ret, struct mfa_error *err)
{
	enum mfa_code code;

	if (attempt->devices->count > 0)
		return ledger_open_enrolled(ctx->store, attempt->user, ret,
		    err);
	code = ledger_open(ctx->store, attempt->user, false, LEDGER_LOCK_MS,
	    ret, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, MFA_NOT_ENROLLED, 0, "no device");
	return code;
}

enum mfa_code
recover_verify(const struct mfa_context *ctx,
    const struct recover_try *attempt, const struct secret *code,
    struct proof *ret_proof, struct mfa_error *err)
{
	int64_t now = ctx->world->now(ctx->world->ctx);
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct proof proof = { .kind = PROOF_NONE };
	struct mfa_error why = { .code = MFA_OK };
	struct ledger_record *record;
	enum mfa_code result;
	struct match match;

	if ((result = open_ledger(ctx, attempt, &ledger, err)) != MFA_OK)
		return result;
	record = ledger_record(ledger);
	result = find_match(ctx, attempt, record, code, &match, err);
	if (result != MFA_OK)
		return result;
	result = spend(attempt, &match, now, record, &proof.kind, &why);
	if (result != MFA_OK)
		notice_count(record, attempt->door, attempt->origin);
	pass_see(record, now);
	if ((result = ledger_commit(ledger, err)) != MFA_OK)
		return result;
	if (why.code != MFA_OK) {
		*err = why;
		return why.code;
	}
	*ret_proof = proof;
	return MFA_OK;
}

enum mfa_code
recover_get_status(const struct mfa_context *ctx, const struct host_user *user,
    struct recover_status *ret, struct mfa_error *err)
{
	int64_t now = ctx->world->now(ctx->world->ctx);
	_cleanup_(device_list_clear) struct device_list devices = { 0 };
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct recover_try who = { .user = user, .devices = &devices };
	struct recover_status status = { .has_codes = false };
	const struct ledger_record *record;
	enum mfa_code code;

	code = store_load(ctx->store, user, &devices, err);
	if (code == MFA_OK || code == MFA_NOT_ENROLLED)
		code = open_ledger(ctx, &who, &ledger, err);
	if (code != MFA_OK && code != MFA_NOT_ENROLLED)
		return code;
	if (ledger != NULL) {
		record = ledger_record(ledger);
		status.has_codes = devices.recovery.number != 0;
		status.codes_left = recover_codes_left(&devices.recovery,
		    record);
		status.grant_open = pass_is_open(&record->grant, now);
		status.invite_open = pass_is_open(&record->invite, now);
		if (status.grant_open) {
			status.grant_expires = record->grant.expires;
			status.grant_uses = record->grant.uses;
		}
		if (status.invite_open)
			status.invite_expires = record->invite.expires;
	}
	*ret = status;
	return MFA_OK;
}
