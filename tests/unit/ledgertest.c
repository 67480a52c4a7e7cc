#include "ledgertest.h"

struct ledger *
ledgertest_open(struct storetest *t, bool create)
{
	struct ledger *ledger = NULL;

	if (ledger_open(t->store, &USER_ALICE, create, LEDGER_LOCK_MS, &ledger,
	    &t->err) != MFA_OK)
		fail_msg("%s", t->err.detail);
	assert_non_null(ledger);
	return ledger;
}

void
ledgertest_expect(struct storetest *t, const struct host_user *user,
    enum mfa_code code)
{
	struct ledger *ledger = NULL;
	enum mfa_code got;

	t->err.detail[0] = '\0';
	got = ledger_open(t->store, user, false, 0, &ledger, &t->err);
	if (got != code)
		fail_msg("%s: %s", mfa_code_name(got), t->err.detail);
	if (got != MFA_OK)
		assert_null(ledger);
	ledger_freep(&ledger);
}

void
ledgertest_commit(struct storetest *t, uint32_t failures)
{
	struct ledger *ledger = ledgertest_open(t, true);

	ledger_record(ledger)->doors[LEDGER_LOGIN].failures = failures;
	if (ledger_commit(ledger, &t->err) != MFA_OK)
		fail_msg("%s", t->err.detail);
	ledger_freep(&ledger);
}

uint32_t
ledgertest_read(struct storetest *t)
{
	struct ledger *ledger = ledgertest_open(t, false);
	uint32_t failures;

	failures = ledger_record(ledger)->doors[LEDGER_LOGIN].failures;
	ledger_freep(&ledger);
	return failures;
}

void
ledgertest_path(const struct storetest *t, char path[static PATH_MAX])
{
	storetest_path(t, "ledger", "alice", path);
}
