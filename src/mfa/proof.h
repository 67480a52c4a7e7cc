/* What a user has proved with, and which of the devices it was. */
#ifndef MFA_PROOF_H
#define MFA_PROOF_H

#include <stdint.h>

#include "base/text.h"
#include "store/device.h"

enum proof_kind {
	PROOF_NONE,		/* none was needed */
	PROOF_VIRTUAL,
	PROOF_HARDWARE,
	PROOF_SECURITY_KEY,
	PROOF_RECOVERY_CODE,	/* of no device */
	PROOF_GRANT,		/* of no device */
};

struct proof {
	enum proof_kind	kind;
	/* "" and zeros where it is of no device. */
	char		serial[SERIAL_NUMBER_MAX + 1];
	uint8_t		device[DEVICE_ID_SIZE];
};

/*
 * "virtual", "hardware", "security-key", "recovery-code", "grant", as
 * the policy's pam:MfaDeviceType has them; "" for none.
 */
const char	*proof_kind_name(enum proof_kind kind);

/* The proof that DEVICE gives. */
struct proof	proof_of_device(const struct device *device);

#endif
