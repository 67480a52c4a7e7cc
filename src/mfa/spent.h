/*
 * Which steps of a device are spent, even if the host's clock has been wrong.
 *
 * A code is of a step, and good where the step is later than the last that was
 * accepted. A code that was accepted while the clock was far ahead would bar
 * all that follow once it is right again, for years. So the ledger remembers
 * one hole: steps below the highest that was ever accepted (the top), of which
 * none was; the widest that it has seen, as a clock that jumps leaves a wide
 * one. Where the last step is ahead of the clock, two consecutive codes whose
 * steps are both in the hole bring the device back: from there it goes on. No
 * step that was accepted ever is again, in the hole or above it.
 */
#ifndef MFA_SPENT_H
#define MFA_SPENT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/ledger.h"

#define SPENT_AHEAD	20	/* steps; as far as codes are looked for */

/*
 * Is LAST later than any honest code can be of, the device's own clock being at
 * step PRESENT? Then a clock was wrong.
 */
bool	spent_is_ahead(int64_t last, int64_t present);

/* Is a code of STEP as good as spent? */
bool	spent_has(const struct ledger_device *entry, int64_t step);

/*
 * Are two codes, of the steps LATER - 1 and LATER, as good as spent, the
 * device's own clock being at step PRESENT?
 */
bool	spent_has_pair(const struct ledger_device *entry, int64_t later,
	    int64_t present);

/* Spends STEP, or LATER and the one before it. */
void	spent_add(struct ledger_device *entry, int64_t step);
void	spent_add_pair(struct ledger_device *entry, int64_t later);

/*
 * Forgets what was spent, but for LATER and all before it: for administrators,
 * who have made sure whose device it is.
 */
void	spent_begin(struct ledger_device *entry, int64_t later);

#endif
