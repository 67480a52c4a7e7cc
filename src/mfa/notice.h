/*
 * What a user is told once the whole login has succeeded: how many attempts
 * were denied since the last time; and whether it is time to look at what is
 * left of the recovery codes.
 */
#ifndef MFA_NOTICE_H
#define MFA_NOTICE_H

#include <stdint.h>

#include "base/error.h"
#include "mfa/context.h"
#include "store/ledger.h"

struct notice {
	/*
	 * Answers that were refused at the login door. Counted is what was
	 * written down anyway: wrong codes and recovery codes that are not
	 * good. Codes that were used before or came while codes are refused,
	 * answers of no shape and taps that failed are not; the log has them.
	 */
	uint32_t	failed;
	/* From where the last of them came, fit to be shown; "": not known. */
	char		from[LEDGER_FROM_SIZE];
	/*
	 * Recovery codes that were used, of the set that the ledger knows: what
	 * can be told without the device file.
	 */
	unsigned	codes_used;
};

/*
 * Counts a denial at DOOR; it counts once RECORD is committed. FROM is cut to
 * its size, and made fit to be shown.
 */
void	notice_count(struct ledger_record *record, enum ledger_door door,
	    const char *from);

/*
 * Tells what was counted for USER, and begins anew; that is durable before this
 * returns. A user who has no ledger has no failure.
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	notice_take(const struct mfa_context *ctx,
		    const struct host_user *user, struct notice *ret,
		    struct mfa_error *err) _must_check_;

#endif
