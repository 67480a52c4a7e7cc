#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "endpoint/operation.h"

static const struct operation *const tables[] = {
	operations_enrol,
	operations_manage,
	operations_policy,
	operations_tags,
	operations_import,
	operations_import_devices,
	operations_session,
	operations_recover,
};

static const struct param user_param = { "UserName", PARAM_STRING, false };

void
json_clear(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

const struct operation *
operation_find(const char *name)
{
	const struct operation *op;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (op = tables[i]; op->name != NULL; op++) {
			if (strcmp(op->name, name) == 0)
				return op;
		}
	}
	return NULL;
}

static bool
is_of_type(const json_t *value, enum param_type type)
{
	switch (type) {
	case PARAM_STRING:
		/* One with a NUL in it would be cut short unnoticed. */
		return json_is_string(value) &&
		    strlen(json_string_value(value)) ==
		    json_string_length(value);
	case PARAM_INTEGER:
		return json_is_integer(value);
	case PARAM_BOOLEAN:
		return json_is_boolean(value);
	case PARAM_LIST:
		return json_is_array(value);
	}
	return false;
}

static const struct param *
find_param(const struct operation *op, const char *name)
{
	const struct param *param;

	if (op->user != USER_NONE && op->user != USER_CALLER &&
	    strcmp(name, user_param.name) == 0)
		return &user_param;
	for (param = op->params; param->name != NULL; param++) {
		if (strcmp(param->name, name) == 0)
			return param;
	}
	return NULL;
}

enum mfa_code
operation_check(const struct operation *op, const json_t *params,
    struct mfa_error *err)
{
	const struct param *param;
	const char *name;
	json_t *value;

	if (!json_is_object(params))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "Parameters is not an object");
	json_object_foreach ((json_t *)(uintptr_t)params, name, value) {
		param = find_param(op, name);
		if (param == NULL)
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "%s does not take a parameter %.64s", op->name,
			    name);
		if (!is_of_type(value, param->type))
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "%s is of the wrong type", name);
	}
	for (param = op->params; param->name != NULL; param++) {
		if (param->required &&
		    json_object_get(params, param->name) == NULL)
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "%s is required", param->name);
	}
	return MFA_OK;
}

const char *
param_string(const struct operation_call *call, const char *name)
{
	return json_string_value(json_object_get(call->params, name));
}

enum mfa_code
param_serial(const struct operation_call *call, const char **ret,
    struct mfa_error *err)
{
	const char *serial = param_string(call, "SerialNumber");

	if (!text_is_serial_number(serial))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a serial number has 9 to 256 letters, digits and "
		    "=/:,.@-_+");
	*ret = serial;
	return MFA_OK;
}

enum mfa_code
param_code(const struct operation_call *call, const char *name,
    struct secret *ret, struct mfa_error *err)
{
	const char *text = param_string(call, name);

	if (!text_parse_code(text, strlen(text), ret))
		return mfa_error_set(err, MFA_INVALID_AUTHENTICATION_CODE, 0,
		    "%s is not a code of six digits", name);
	return MFA_OK;
}

static enum mfa_code
page_size(const struct operation_call *call, size_t *ret, struct mfa_error *err)
{
	const json_t *value = json_object_get(call->params, "MaxItems");
	json_int_t n = MAX_ITEMS_DEFAULT;

	if (value != NULL)
		n = json_integer_value(value);
	if (n < 1 || n > MAX_ITEMS_MAX)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "MaxItems is 1 to %d", MAX_ITEMS_MAX);
	*ret = (size_t)n;
	return MFA_OK;
}

static enum mfa_code
page_start(const struct operation_call *call, size_t *ret,
    struct mfa_error *err)
{
	const char *marker = param_string(call, "Marker");
	uint64_t start = 0;

	if (marker != NULL &&
	    (!text_parse_u64(marker, &start) || start > SIZE_MAX / 2))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "Marker is not one that was answered before");
	*ret = (size_t)start;
	return MFA_OK;
}

enum mfa_code
page(const struct operation_call *call, const char *name, json_t *items,
    json_t **ret, struct mfa_error *err)
{
	_cleanup_(json_clear) json_t *all = items;
	_cleanup_(json_clear) json_t *some = json_array();
	size_t i, start = 0, size = 0, total = json_array_size(items);
	char marker[24];
	enum mfa_code code;

	if ((code = page_size(call, &size, err)) != MFA_OK)
		return code;
	if ((code = page_start(call, &start, err)) != MFA_OK)
		return code;
	for (i = start; i < total && i - start < size; i++)
		(void)json_array_append(some, json_array_get(all, i));
	if (i >= total)
		return answer(json_pack("{s:O, s:b}", name, some, "IsTruncated",
				  0),
		    ret, err);
	(void)snprintf(marker, sizeof(marker), "%zu", i);
	return answer(json_pack("{s:O, s:b, s:s}", name, some, "IsTruncated", 1,
			  "Marker", marker),
	    ret, err);
}

enum mfa_code
answer(json_t *value, json_t **ret, struct mfa_error *err)
{
	if (value == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory for the answer");
	*ret = value;
	return MFA_OK;
}
