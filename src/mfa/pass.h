/* When a grant or an invitation in the ledger counts. */
#ifndef MFA_PASS_H
#define MFA_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "store/ledger.h"

/*
 * Opens PASS, whatever it was before, from NOW (epoch) for SECONDS. HASH is of
 * its code.
 */
void	pass_open(struct ledger_pass *pass, const struct secret *hash,
	    int64_t now, int64_t seconds, uint32_t uses);
void	pass_close(struct ledger_pass *pass);

/* Is there a use of it left, and NOW within its time? */
bool	pass_is_open(const struct ledger_pass *pass, int64_t now);

/* Takes one use of an open one; the last closes it. */
void	pass_use(struct ledger_pass *pass);

/*
 * Notes in RECORD, which is about to be committed, that it is NOW: what has
 * expired is closed, and what is open does not count before NOW any more. So a
 * clock that is put back revives nothing that was seen to be over.
 */
void	pass_see(struct ledger_record *record, int64_t now);

#endif
