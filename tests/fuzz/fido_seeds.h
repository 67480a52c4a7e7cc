/* What fuzz_fido.c and its seeds (seeds_fido.c) agree on. */
#ifndef TESTS_FUZZ_FIDO_SEEDS_H
#define TESTS_FUZZ_FIDO_SEEDS_H

#include <stdint.h>

#include "fido/credential.h"

#define SEED_RP		"pam://seed.example"
#define SEED_TAP_COUNT	7	/* counter where the user only tapped */
#define SEED_PIN_COUNT	8	/* where the user was verified too */

/* Flags of an input. */
#define SEED_MADE	0x01	/* an attestation, else an assertion */
#define SEED_EDDSA	0x02	/* else ES256 */
#define SEED_UV		0x04	/* user verification is required */
#define SEED_ROOTS	0x08	/* a chain to our root is required */
#define SEED_AAGUIDS	0x10	/* with that: our AAGUID is required */

/* Of the client data. */
static const uint8_t seed_hash[FIDO_HASH_SIZE] = { 0x5e, 0xed };

#endif
