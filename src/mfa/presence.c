#include <string.h>

#include "mfa/presence.h"
#include "store/session.h"

/* The enabled device with this id, or NULL. */
static const struct device *
find_by_id(const struct device_list *devices,
    const uint8_t id[static DEVICE_ID_SIZE])
{
	size_t i;

	for (i = 0; i < devices->count; i++) {
		if (memcmp(devices->devices[i]->id, id, DEVICE_ID_SIZE) == 0)
			return devices->devices[i];
	}
	return NULL;
}

/* Did a device give SESSION's proof, and not a recovery code or a grant? */
static bool
is_of_device(const struct session *session)
{
	static const uint8_t none[DEVICE_ID_SIZE];

	return memcmp(session->device, none, DEVICE_ID_SIZE) != 0;
}

enum mfa_code
presence_find(const struct mfa_context *ctx, const struct host_user *user,
    uint32_t audit, const struct device_list *devices, struct access_mfa *ret,
    struct mfa_error *err)
{
	struct session session = { .audit = SESSION_UNSET };
	const struct device *device;
	int64_t age;
	enum mfa_code code;

	*ret = (struct access_mfa){ .present = false };
	code = session_load(ctx->store, audit, user, &session, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return MFA_OK;
	if (code != MFA_OK)
		return code;
	device = find_by_id(devices, session.device);
	if (is_of_device(&session) && device == NULL)
		return MFA_OK;
	age = ctx->world->boottime(ctx->world->ctx) - session.proved;
	ret->present = true;
	ret->age = age > 1 ? age : 1;
	if (device != NULL)
		ret->kind = proof_of_device(device).kind;
	return MFA_OK;
}
