#include <string.h>

#include "store/recovery.h"

/* A hash that is there twice would make one code good twice. */
static bool
has_twin(const struct recovery_set *set, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++) {
		if (memcmp(set->hashes[i], set->hashes[index],
			RECOVERY_HASH_SIZE) == 0)
			return true;
	}
	return false;
}

bool
recovery_is_valid(const struct recovery_set *set)
{
	size_t i;

	if (set->number == 0)
		return set->count == 0;
	if (set->count < 1 || set->count > RECOVERY_CODES_MAX)
		return false;
	for (i = 0; i < set->count; i++) {
		if (has_twin(set, i))
			return false;
	}
	return true;
}
