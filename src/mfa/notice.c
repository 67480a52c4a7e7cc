#include <string.h>

#include "base/text.h"
#include "mfa/notice.h"

void
notice_count(struct ledger_record *record, enum ledger_door door,
    const char *from)
{
	if (door != LEDGER_LOGIN)
		return;
	if (record->failed < UINT32_MAX)
		record->failed++;
	memset(record->failed_from, 0, sizeof(record->failed_from));
	text_sanitise(record->failed_from, sizeof(record->failed_from), from);
}

enum mfa_code
notice_take(const struct mfa_context *ctx, const struct host_user *user,
    struct notice *ret, struct mfa_error *err)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct notice notice = { .failed = 0 };
	struct ledger_record *record;
	enum mfa_code code;

	code = ledger_open(ctx->store, user, false, LEDGER_LOCK_MS, &ledger,
	    err);
	if (code != MFA_OK && code != MFA_NO_SUCH_ENTITY)
		return code;
	record = ledger != NULL ? ledger_record(ledger) : NULL;
	if (record != NULL)
		notice.codes_used = (unsigned)__builtin_popcount(
		    record->recovery_used);
	if (record != NULL && record->failed > 0) {
		notice.failed = record->failed;
		text_sanitise(notice.from, sizeof(notice.from),
		    record->failed_from);
		record->failed = 0;
		memset(record->failed_from, 0, sizeof(record->failed_from));
		if ((code = ledger_commit(ledger, err)) != MFA_OK)
			return code;
	}
	*ret = notice;
	return MFA_OK;
}
