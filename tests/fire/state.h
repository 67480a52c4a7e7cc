/*
 * The state on disk, as it was once and is to be again: the files of
 * /var/lib/awsmfa, small and few in a test. Any failure ends the process.
 */
#ifndef FIRE_STATE_H
#define FIRE_STATE_H

#include <stdint.h>

/* Keeps what there is now, in place of what was kept before. */
void		state_save(void);
void		state_restore(void);

/* The newest generation that the ledger of USER has in a slot. */
uint64_t	state_generation(const char *user);

#endif
