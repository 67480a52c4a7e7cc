#include <string.h>

#include "mfa/proof.h"

const char *
proof_kind_name(enum proof_kind kind)
{
	switch (kind) {
	case PROOF_NONE:
		break;
	case PROOF_VIRTUAL:
		return "virtual";
	case PROOF_HARDWARE:
		return "hardware";
	case PROOF_SECURITY_KEY:
		return "security-key";
	case PROOF_RECOVERY_CODE:
		return "recovery-code";
	case PROOF_GRANT:
		return "grant";
	}
	return "";
}

struct proof
proof_of_device(const struct device *device)
{
	struct proof proof = { .kind = PROOF_NONE };

	switch (device->type) {
	case DEVICE_VIRTUAL:
		proof.kind = PROOF_VIRTUAL;
		break;
	case DEVICE_HARDWARE:
		proof.kind = PROOF_HARDWARE;
		break;
	case DEVICE_SECURITY_KEY:
		proof.kind = PROOF_SECURITY_KEY;
		break;
	}
	strcpy(proof.serial, device->serial);
	memcpy(proof.device, device->id, sizeof(proof.device));
	return proof;
}
