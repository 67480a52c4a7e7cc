#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mfa/holding.h"
#include "mfa/new_key.h"
#include "store/store.h"

#define RANDOM_SIZE 8 /* octets at the end of a key's serial number */

static enum mfa_code
check_name(const struct device_list *devices, const char *name,
    struct mfa_error *err)
{
	size_t i;

	if (!text_is_device_name(name))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a device name has 1 to 128 letters, digits and +=,.@-_");
	for (i = 0; i < devices->count; i++) {
		if (strcasecmp(devices->devices[i]->name, name) == 0)
			return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
			    "a device named %s already exists", name);
	}
	return MFA_OK;
}

/* arn:aws:iam::ACCOUNT:u2f/user/USER/NAME-RANDOM */
static enum mfa_code
set_serial(const struct mfa_context *ctx, const struct host_user *user,
    struct device *device, struct mfa_error *err)
{
	const struct world *world = ctx->world;
	uint8_t bytes[RANDOM_SIZE];
	char text[2 * RANDOM_SIZE + 1];
	int n;

	if (!world->random(world->ctx, bytes, sizeof(bytes)))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no randomness for a serial number");
	text_hex(text, bytes, sizeof(bytes));
	n = snprintf(device->serial, sizeof(device->serial),
	    "arn:aws:iam::%s:u2f/user/%s/%s-%s", ctx->settings->account,
	    user->name, device->name, text);
	if (n < 0 || (size_t)n >= sizeof(device->serial))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "user and device name are too long together");
	return MFA_OK;
}

enum mfa_code
new_key_look(const struct mfa_context *ctx, const struct host_user *user,
    const char *name, struct device_list *ret_devices, struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list devices = { 0 };
	enum mfa_code code;

	code = store_load(ctx->store, user, &devices, err);
	if (code != MFA_OK && code != MFA_NOT_ENROLLED)
		return code;
	if ((code = check_name(&devices, name, err)) != MFA_OK ||
	    (code = holding_check_room(&devices, err)) != MFA_OK)
		return code;
	*ret_devices = devices;
	devices = (struct device_list){ 0 };
	return MFA_OK;
}

enum mfa_code
new_key_make(const struct mfa_context *ctx, const struct host_user *user,
    const char *name, struct device **ret, struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	enum mfa_code code;

	if ((device = device_new(ctx->world)) == NULL ||
	    (device->credential = calloc(1, sizeof(*device->credential))) ==
		NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM,
		    "a device");
	device->type = DEVICE_SECURITY_KEY;
	device->created = ctx->world->now(ctx->world->ctx);
	device->enabled = device->created;
	strcpy(device->name, name);
	if ((code = set_serial(ctx, user, device, err)) == MFA_OK)
		*ret = steal(&device);
	return code;
}

enum mfa_code
new_key_add(const struct mfa_context *ctx, const struct host_user *user,
    struct device **device, struct enrolled_key *ret, struct mfa_error *err)
{
	_cleanup_(holding_clear) struct holding holding = { .ctx = ctx,
		.user = user };
	struct ledger_device start = { .last_step = STEP_NONE };
	struct enrolled_key enrolled;
	enum mfa_code code;

	if ((code = holding_open(&holding, err)) != MFA_OK ||
	    (code = check_name(&holding.devices, (*device)->name, err)) !=
		MFA_OK)
		return code;
	start.sign_count = (*device)->credential->sign_count;
	enrolled.counts = start.sign_count != 0;
	strcpy(enrolled.serial, (*device)->serial);
	code = holding_add(&holding, device, &start, err);
	if (code == MFA_OK)
		*ret = enrolled;
	return code;
}
