/*
 * The throttle on codes. With T = an hour times the number of the user's code
 * devices: THROTTLE_FREE wrong codes are free; each further one brings a wait,
 * doubling from THROTTLE_FIRST_WAIT up to T, in which codes are refused
 * unlooked-at. The count falls by one every T; a success does not reset it.
 *
 * In the long run that is one guess every T. A guess hits one of n devices in
 * one of three steps, 3n in 10^6, and a year has 8766/n times T: 2.6 % a year,
 * whatever n is.
 */
#ifndef MFA_THROTTLE_H
#define MFA_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/ledger.h"

#define THROTTLE_FREE		5	/* wrong codes without a wait */
#define THROTTLE_FIRST_WAIT	30	/* seconds */
#define THROTTLE_HOUR		3600	/* seconds of T for each code device */

/*
 * Cuts a wait that a clock which was wrong, or a device that has gone, has put
 * more than T after NOW (epoch, seconds). True where it did: the caller
 * commits it, or it would be cut anew at each try and never end.
 */
bool	throttle_cut(struct ledger_throttle *throttle, int64_t now,
	    size_t code_devices) _must_check_;

/*
 * May a code be looked at NOW?
 *  MFA_THROTTLING  not before the time in the detail
 */
enum mfa_code	throttle_check(const struct ledger_throttle *throttle,
		    int64_t now, struct mfa_error *err) _must_check_;

/* Counts a wrong code. */
void	throttle_count(struct ledger_throttle *throttle, int64_t now,
	    size_t code_devices);

/* Forgets all wrong codes, and the wait. */
void	throttle_clear(struct ledger_throttle *throttle, int64_t now);

#endif
