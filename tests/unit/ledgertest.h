/* The ledger of alice, whose count of failures tells records apart. */
#ifndef TESTS_LEDGERTEST_H
#define TESTS_LEDGERTEST_H

#include "store/ledger.h"
#include "storetest.h"

struct ledger	*ledgertest_open(struct storetest *t, bool create);
void	ledgertest_expect(struct storetest *t, const struct host_user *user,
	    enum mfa_code code);
void	ledgertest_commit(struct storetest *t, uint32_t failures);
uint32_t	ledgertest_read(struct storetest *t);
void	ledgertest_path(const struct storetest *t, char path[static PATH_MAX]);

#endif
