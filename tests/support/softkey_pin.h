/*
 * The PIN of softkey. Its state lasts as long as the program; three wrong tries
 * in a row need a power cycle, eight block it.
 */
#ifndef SUPPORT_SOFTKEY_PIN_H
#define SUPPORT_SOFTKEY_PIN_H

#include "support/softkey.h"

/* Sets PIN with all its retries, as if it had been set by a host. */
void	pin_set(struct softkey_pin *pin, const char *text);
void	pin_clear(struct softkey_pin *pin);

/* As after a power cycle: another key agreement key and PIN token. */
void	pin_renew(struct softkey_pin *pin);

#endif
