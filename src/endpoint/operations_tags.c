#include <string.h>

#include "base/text.h"
#include "endpoint/operation.h"
#include "endpoint/tags.h"
#include "mfa/manage.h"

/* A string without a NUL in it, or NULL. */
static const char *
plain_string(const json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL || strlen(text) != json_string_length(value))
		return NULL;
	return text;
}

enum mfa_code
tags_set(struct device *device, const json_t *tags, struct mfa_error *err)
{
	const char *key, *value;
	const json_t *tag;
	enum mfa_code code;
	size_t i;

	json_array_foreach (tags, i, tag) {
		key = plain_string(json_object_get(tag, "Key"));
		value = plain_string(json_object_get(tag, "Value"));
		if (key == NULL || value == NULL || json_object_size(tag) != 2)
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "a tag is {\"Key\": ..., \"Value\": ...}");
		code = device_set_tag(device, key, value, err);
		if (code != MFA_OK)
			return code;
	}
	return MFA_OK;
}

static enum mfa_code
add_tags(void *arg, struct device *device, struct mfa_error *err)
{
	return tags_set(device, arg, err);
}

static enum mfa_code
remove_tags(void *arg, struct device *device, struct mfa_error *err)
{
	const json_t *keys = arg, *key;
	size_t i;

	json_array_foreach (keys, i, key) {
		if (plain_string(key) == NULL ||
		    !text_is_tag_key(plain_string(key)))
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "a tag key has 1 to 128 characters");
		device_remove_tag(device, plain_string(key));
	}
	return MFA_OK;
}

static enum mfa_code
change(struct operation_call *call, const char *list,
    enum mfa_code (*how)(void *, struct device *, struct mfa_error *),
    json_t **ret, struct mfa_error *err)
{
	const char *serial;
	enum mfa_code code;

	if ((code = param_serial(call, &serial, err)) != MFA_OK)
		return code;
	code = manage_change_tags(call->ctx, serial, how,
	    json_object_get(call->params, list), err);
	return code != MFA_OK ? code : answer(json_object(), ret, err);
}

static enum mfa_code
tag_device(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	return change(call, "Tags", add_tags, ret, err);
}

static enum mfa_code
untag_device(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	return change(call, "TagKeys", remove_tags, ret, err);
}

static enum mfa_code
list_tags(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	_cleanup_(json_clear) json_t *tags = json_array();
	struct host_user holder;
	const char *serial;
	enum mfa_code code;
	size_t i;

	if ((code = param_serial(call, &serial, err)) != MFA_OK)
		return code;
	code = manage_find(call->ctx, serial, &device, &holder, err);
	if (code != MFA_OK)
		return code;
	for (i = 0; i < device->tag_count; i++)
		(void)json_array_append_new(tags,
		    json_pack("{s:s, s:s}", "Key", device->tags[i].key, "Value",
			device->tags[i].value));
	return page(call, "Tags", steal(&tags), ret, err);
}

static const struct param tag_params[] = {
	{ "SerialNumber", PARAM_STRING, true },
	{ "Tags", PARAM_LIST, true },
	{ 0 },
};
static const struct param untag_params[] = {
	{ "SerialNumber", PARAM_STRING, true },
	{ "TagKeys", PARAM_LIST, true },
	{ 0 },
};
static const struct param list_params[] = {
	{ "SerialNumber", PARAM_STRING, true },
	{ "MaxItems", PARAM_INTEGER, false },
	{ "Marker", PARAM_STRING, false },
	{ 0 },
};

const struct operation operations_tags[] = {
	{ "TagMFADevice", USER_NONE, tag_params, tag_device,
	    WHO_SELF, ON_USER },
	{ "UntagMFADevice", USER_NONE, untag_params, untag_device,
	    WHO_SELF, ON_USER },
	{ "ListMFADeviceTags", USER_NONE, list_params, list_tags,
	    WHO_SELF, ON_USER },
	{ 0 },
};
