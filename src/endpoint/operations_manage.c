#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fido/ssh_key.h"
#include "endpoint/operation.h"
#include "mfa/manage.h"
#include "mfa/recover.h"

static json_t *
describe(const struct operation_call *call, const struct device *device,
    int64_t last_used)
{
	char enabled[TEXT_TIME_SIZE], used[TEXT_TIME_SIZE];
	json_t *item;

	text_time(device->enabled, enabled);
	item = json_pack("{s:s, s:s, s:s, s:s}", "UserName", call->user.name,
	    "SerialNumber", device->serial, "EnableDate", enabled, "Type",
	    device_type_name(device->type));
	if (device->name[0] != '\0')
		(void)json_object_set_new(item, "DeviceName",
		    json_string(device->name));
	if (last_used != 0) {
		text_time(last_used, used);
		(void)json_object_set_new(item, "LastUsed", json_string(used));
	}
	return item;
}

static enum mfa_code
list_devices(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	_cleanup_(json_clear) json_t *items = json_array();
	int64_t last_used[DEVICES_MAX] = { 0 };
	enum mfa_code code;
	size_t i;

	code = manage_list(call->ctx, &call->user, &list, last_used, err);
	if (code != MFA_OK)
		return code;
	for (i = 0; i < list.count; i++)
		(void)json_array_append_new(items,
		    describe(call, list.devices[i], last_used[i]));
	return page(call, "MFADevices", steal(&items), ret, err);
}

/* Which virtual devices are asked for, and those found so far. */
struct virtual_list {
	const struct host_user *self; /* theirs alone; NULL: everyone's */
	bool assigned;
	bool unassigned;
	json_t *items;
};

/* Enabled for them, or waiting to be. */
static bool
is_theirs(const struct host_user *self, const struct host_user *owner,
    const struct host_user *holder)
{
	return host_user_is_same(self, holder != NULL ? holder : owner);
}

static enum mfa_code
add_virtual(void *arg, const struct device *device,
    const struct host_user *owner, const struct host_user *holder,
    struct mfa_error *err)
{
	struct virtual_list *list = arg;
	char enabled[TEXT_TIME_SIZE];
	json_t *item;

	if (holder != NULL ? !list->assigned : !list->unassigned)
		return MFA_OK;
	if (list->self != NULL && !is_theirs(list->self, owner, holder))
		return MFA_OK;
	item = json_pack("{s:s}", "SerialNumber", device->serial);
	if (holder != NULL && device->enabled != 0) {
		text_time(device->enabled, enabled);
		(void)json_object_set_new(item, "EnableDate",
		    json_string(enabled));
	}
	if (holder != NULL) {
		(void)json_object_set_new(item, "User",
		    json_pack("{s:s}", "UserName", holder->name));
	}
	if (json_array_append_new(list->items, item) == -1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory for the answer");
	return MFA_OK;
}

static int
compare_serials(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;

	return strcmp(json_string_value(json_object_get(*x, "SerialNumber")),
	    json_string_value(json_object_get(*y, "SerialNumber")));
}

/* In the order of serial numbers, so that a page follows the one before. */
static enum mfa_code
sort_items(json_t **items, struct mfa_error *err)
{
	size_t i, count = json_array_size(*items);
	_cleanup_(freep) json_t **order = calloc(count + 1, sizeof(*order));
	json_t *sorted = json_array();

	if (order == NULL || sorted == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory for the answer");
	for (i = 0; i < count; i++)
		order[i] = json_array_get(*items, i);
	qsort(order, count, sizeof(*order), compare_serials);
	for (i = 0; i < count; i++)
		(void)json_array_append(sorted, order[i]);
	json_decref(*items);
	*items = sorted;
	return MFA_OK;
}

static enum mfa_code
list_virtual(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(json_clear) json_t *items = json_array();
	const char *status = param_string(call, "AssignmentStatus");
	const struct operation_session *session = call->session;
	struct virtual_list list = { session->uid == 0 ? NULL : &session->self,
		true, true, items };
	enum mfa_code code;

	if (status != NULL && strcmp(status, "Any") != 0) {
		list.assigned = strcmp(status, "Assigned") == 0;
		list.unassigned = strcmp(status, "Unassigned") == 0;
		if (!list.assigned && !list.unassigned)
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "AssignmentStatus is Assigned, Unassigned or Any");
	}
	code = manage_each_virtual(call->ctx, add_virtual, &list, err);
	if (code != MFA_OK)
		return code;
	if ((code = sort_items(&items, err)) != MFA_OK)
		return code;
	return page(call, "VirtualMFADevices", steal(&items), ret, err);
}

/* {"FIDO": "1", ...}, as IAM has it: names and levels, both strings. */
static json_t *
describe_certifications(const struct device *device)
{
	json_t *map = json_object();
	char level[24];
	size_t i;

	for (i = 0; i < device->certification_count; i++) {
		(void)snprintf(level, sizeof(level), "%llu",
		    (unsigned long long)device->certifications[i].level);
		(void)json_object_set_new(map, device->certifications[i].name,
		    json_string(level));
	}
	return map;
}

/* What ssh-keygen shows of a key, by which its holder knows it. */
static enum mfa_code
describe_ssh_key(const struct device *device, json_t *item,
    struct mfa_error *err)
{
	char line[SSH_KEY_LINE_SIZE], print[SSH_KEY_FINGERPRINT_SIZE];
	enum mfa_code code;

	code = ssh_key_format_line(device->credential, line, err);
	if (code == MFA_OK)
		code = ssh_key_fingerprint(device->credential, print, err);
	if (code != MFA_OK)
		return code;
	(void)json_object_set_new(item, "SSHPublicKey", json_string(line));
	(void)json_object_set_new(item, "Fingerprint", json_string(print));
	return MFA_OK;
}

/*
 * Is the device of the user who is asked about, or of anyone where root asks
 * about none? To users what is not theirs looks as if it were not there.
 */
static enum mfa_code
find_device(struct operation_call *call, const char *serial,
    struct device **ret, struct host_user *ret_holder, struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	bool root = call->session->uid == 0;
	struct host_user holder;
	enum mfa_code code;

	code = root ? MFA_OK
		    : manage_check_owner(call->ctx, serial, &call->user, err);
	if (code != MFA_OK) {
		(void)mfa_error_set(&call->shown, MFA_NO_SUCH_ENTITY, 0,
		    "You have no MFA device with serial number %s", serial);
		return code;
	}
	code = manage_find(call->ctx, serial, &device, &holder, err);
	if (code != MFA_OK)
		return code;
	if (holder.name[0] == '\0' ||
	    ((!root || param_string(call, "UserName") != NULL) &&
		strcmp(holder.name, call->user.name) != 0))
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "MFA device with serial number %s is not enabled for "
		    "this user",
		    serial);
	*ret = steal(&device);
	*ret_holder = holder;
	return MFA_OK;
}

static enum mfa_code
get_device(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	_cleanup_(json_clear) json_t *item = NULL;
	char enabled[TEXT_TIME_SIZE];
	struct host_user holder;
	const char *serial;
	enum mfa_code code;

	if ((code = param_serial(call, &serial, err)) != MFA_OK)
		return code;
	code = find_device(call, serial, &device, &holder, err);
	if (code != MFA_OK)
		return code;
	text_time(device->enabled, enabled);
	item = json_pack("{s:s, s:s, s:s, s:o}", "UserName", holder.name,
	    "SerialNumber", device->serial, "EnableDate", enabled,
	    "Certifications", describe_certifications(device));
	if (device_is_ssh_key(device) &&
	    (code = describe_ssh_key(device, item, err)) != MFA_OK)
		return code;
	return answer(steal(&item), ret, err);
}

/* What the user has to get back in with, and what was given out. */
static void
describe_recovery(const struct recover_status *status, json_t *user)
{
	char expires[TEXT_TIME_SIZE];

	(void)json_object_set_new(user, "RecoveryCodesLeft",
	    json_integer((json_int_t)status->codes_left));
	if (status->grant_open) {
		text_time(status->grant_expires, expires);
		(void)json_object_set_new(user, "GrantExpirationDate",
		    json_string(expires));
		(void)json_object_set_new(user, "GrantUsesLeft",
		    json_integer((json_int_t)status->grant_uses));
	}
	if (status->invite_open) {
		text_time(status->invite_expires, expires);
		(void)json_object_set_new(user, "InvitationExpirationDate",
		    json_string(expires));
	}
}

static enum mfa_code
get_user(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	struct recover_status status;
	int64_t last_used[DEVICES_MAX];
	json_t *user;
	char uid[24],
	    arn[sizeof("arn:aws:iam:::user/") + ACCOUNT_DIGITS + USER_NAME_MAX];
	enum mfa_code code;

	code = manage_list(call->ctx, &call->user, &list, last_used, err);
	if (code != MFA_OK)
		return code;
	code = recover_get_status(call->ctx, &call->user, &status, err);
	if (code != MFA_OK)
		return code;
	(void)snprintf(uid, sizeof(uid), "%u", (unsigned)call->user.uid);
	(void)snprintf(arn, sizeof(arn), "arn:aws:iam::%s:user/%s",
	    call->ctx->settings->account, call->user.name);
	user = json_pack("{s:s, s:s, s:s, s:b, s:I}", "UserName",
	    call->user.name, "UserId", uid, "Arn", arn, "MFAEnabled",
	    list.count > 0, "MFADeviceCount", (json_int_t)list.count);
	describe_recovery(&status, user);
	return answer(json_pack("{s:o}", "User", user), ret, err);
}

static enum mfa_code
unlock(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	enum mfa_code code;

	if ((code = manage_unlock(call->ctx, &call->user, err)) != MFA_OK)
		return code;
	return answer(json_object(), ret, err);
}

static const struct param page_params[] = {
	{ "MaxItems", PARAM_INTEGER, false },
	{ "Marker", PARAM_STRING, false },
	{ 0 },
};
static const struct param virtual_params[] = {
	{ "AssignmentStatus", PARAM_STRING, false },
	{ "MaxItems", PARAM_INTEGER, false },
	{ "Marker", PARAM_STRING, false },
	{ 0 },
};
static const struct param serial_params[] = {
	{ "SerialNumber", PARAM_STRING, true },
	{ 0 },
};
static const struct param no_params[] = { { 0 } };

const struct operation operations_manage[] = {
	{ "ListMFADevices", USER_OF_FILE, page_params, list_devices,
	    WHO_SELF, ON_USER },
	{ "ListVirtualMFADevices", USER_NONE, virtual_params, list_virtual,
	    WHO_SELF, ON_DEVICES },
	{ "GetMFADevice", USER_OF_FILE, serial_params, get_device,
	    WHO_SELF, ON_USER },
	{ "GetUser", USER_OF_HOST, no_params, get_user, WHO_SELF, ON_USER },
	{ "Unlock", USER_OF_HOST, no_params, unlock, WHO_ROOT, ON_NOTHING },
	{ 0 },
};
