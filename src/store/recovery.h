/*
 * A set of recovery codes: keyed hashes of codes that are each good once. It is
 * in the device file; which of them are spent is in the ledger.
 */
#ifndef STORE_RECOVERY_H
#define STORE_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECOVERY_CODES_MAX	16	/* a bit of the ledger for each */
#define RECOVERY_HASH_SIZE	32	/* octets */

struct recovery_set {
	/*
	 * Counts the sets that the user has had, 0: there is none now. Where
	 * the ledger knows a newer one, no code of this one is good.
	 */
	uint64_t	number;
	size_t		count;
	uint8_t		hashes[RECOVERY_CODES_MAX][RECOVERY_HASH_SIZE];
};

/* Is it none, or one with a number and codes that differ? */
bool	recovery_is_valid(const struct recovery_set *set);

#endif
