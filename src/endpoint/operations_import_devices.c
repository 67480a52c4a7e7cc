#include <string.h>

#include "base/text.h"
#include "endpoint/log.h"
#include "endpoint/operation.h"
#include "endpoint/row.h"
#include "fido/ssh_private.h"
#include "fido/u2f_keys.h"
#include "mfa/enrol_import.h"

#define IMPORT_DEVICES_MAX 64 /* of one user, the ones that are left out too */

/* A row, and what its fields point to. */
struct row {
	struct enrol_imported imported;
	struct fido_credential credential;
};

static void
row_wipe(struct row *row)
{
	explicit_bzero(row, sizeof(*row));
}

/* What is known of the codes that were used. */
static enum mfa_code
read_use(const json_t *json, struct enrol_imported *ret, struct mfa_error *err)
{
	const char *code = row_string(json, "LastCode");

	if (!row_number(json, "Drift", INT32_MIN, INT32_MAX, 0, &ret->drift) ||
	    !row_number(json, "LastStep", 0, INT64_MAX / 2, STEP_NONE,
		&ret->last_step) ||
	    !row_number(json, "LastUsed", 0, INT64_MAX / 2, 0, &ret->last_used))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "Drift, LastStep and LastUsed are numbers");
	if (json_object_get(json, "LastCode") != NULL &&
	    (code == NULL ||
		!text_parse_code(code, strlen(code), &ret->last_code)))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the code that was used last is none");
	return MFA_OK;
}

static enum mfa_code
read_codes(const json_t *json, struct row *ret, struct mfa_error *err)
{
	static const char *const known[] = { "DeviceName", "Base32StringSeed",
		"Algorithm", "Digits", "Period", "Drift", "LastStep",
		"LastCode", "LastUsed" };
	enum mfa_code code;

	if (!row_has_only(json, known, sizeof(known) / sizeof(known[0])))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "not a device that shows codes");
	code = row_otp_params(json, &ret->imported.otp, err);
	if (code == MFA_OK)
		code = row_seed(json, &ret->imported.seed, err);
	return code == MFA_OK ? read_use(json, &ret->imported, err) : code;
}

static enum mfa_code
read_key(const json_t *json, struct row *ret, struct mfa_error *err)
{
	static const char *const known[] = { "DeviceName", "RpId", "KeyHandle",
		"PublicKey", "KeyType" };
	const char *rp_id = row_string(json, "RpId");
	const char *handle = row_string(json, "KeyHandle");
	const char *key = row_string(json, "PublicKey");

	if (!row_has_only(json, known, sizeof(known) / sizeof(known[0])) ||
	    rp_id == NULL || handle == NULL || key == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "not a security key");
	ret->imported.credential = &ret->credential;
	return u2f_keys_parse(handle, key, row_string(json, "KeyType"), rp_id,
	    &ret->credential, err);
}

static enum mfa_code
read_ssh_key(const json_t *json, struct row *ret, struct mfa_error *err)
{
	static const char *const known[] = { "DeviceName", "SSHPrivateKey" };
	const char *text = row_string(json, "SSHPrivateKey");

	if (!row_has_only(json, known, sizeof(known) / sizeof(known[0])) ||
	    text == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "not a security key for SSH");
	ret->imported.credential = &ret->credential;
	return ssh_private_parse(text, &ret->credential, err);
}

static enum mfa_code
read_row(const json_t *json, struct row *ret, struct mfa_error *err)
{
	ret->imported.name = row_string(json, "DeviceName");
	ret->imported.last_step = STEP_NONE;
	if (ret->imported.name == NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a device has a DeviceName");
	if (json_object_get(json, "SSHPrivateKey") != NULL)
		return read_ssh_key(json, ret, err);
	if (json_object_get(json, "KeyHandle") != NULL)
		return read_key(json, ret, err);
	return read_codes(json, ret, err);
}

/* Which errors are the row's own, so that the next row can be looked at. */
static bool
is_of_row(enum mfa_code code)
{
	return code == MFA_INVALID_INPUT || code == MFA_LIMIT_EXCEEDED ||
	    code == MFA_ENTITY_ALREADY_EXISTS || code == MFA_ACCESS_DENIED;
}

/* A line of the log for each device: what is done can't be undone by chance. */
static void
log_row(const struct operation_call *call, const char *serial,
    enum mfa_code code, const struct mfa_error *err)
{
	struct log_subject subject = {
		.operation = "ImportDevice",
		.user = call->user.name,
		.caller = call->session->uid,
		.serial = serial,
	};

	log_decision(&subject, code, code == MFA_OK ? "" : mfa_error_text(err));
}

/* One device; what became of it is added to RESULTS. */
static enum mfa_code
import_row(struct operation_call *call, struct enrol_import *import,
    const json_t *json, bool dry_run, json_t *results, struct mfa_error *err)
{
	_cleanup_(row_wipe) struct row row = { .imported = { 0 } };
	const struct device *device = NULL;
	bool owned = false;
	enum mfa_code code;
	json_t *result;

	code = read_row(json, &row, err);
	if (code == MFA_OK)
		code = enrol_import_add(import, &row.imported, &device, &owned,
		    err);
	if (!dry_run)
		log_row(call, device != NULL ? device->serial : NULL, code,
		    err);
	if (code == MFA_OK)
		result = json_pack("{s:s, s:s}", "SerialNumber", device->serial,
		    "DeviceName", device->name);
	else if (is_of_row(code))
		result = json_pack("{s:s, s:s, s:b}", "Code",
		    mfa_code_name(code), "Message", mfa_error_text(err),
		    "Owned", code == MFA_ENTITY_ALREADY_EXISTS && owned);
	else
		return code;
	if (json_array_append_new(results, result) < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory for the answer");
	return MFA_OK;
}

static enum mfa_code
import_devices(struct operation_call *call, json_t **ret,
    struct mfa_error *err)
{
	const json_t *json, *devices = json_object_get(call->params, "Devices");
	bool dry_run = json_is_true(json_object_get(call->params, "DryRun"));
	_cleanup_(enrol_import_freep) struct enrol_import *import = NULL;
	_cleanup_(json_clear) json_t *results = json_array();
	enum mfa_code code;
	size_t i;

	if (json_array_size(devices) > IMPORT_DEVICES_MAX)
		return mfa_error_set(err, MFA_LIMIT_EXCEEDED, 0,
		    "more than %d devices", IMPORT_DEVICES_MAX);
	if (dry_run)
		strcpy(call->detail, "a dry run: nothing was changed");
	code = enrol_import_begin(call->ctx, &call->user, dry_run, &import,
	    err);
	if (code != MFA_OK)
		return code;
	json_array_foreach (devices, i, json) {
		code = import_row(call, import, json, dry_run, results, err);
		if (code != MFA_OK)
			return code;
	}
	return answer(json_pack("{s:O}", "Devices", results), ret, err);
}

static const struct param import_devices_params[] = {
	{ "Devices", PARAM_LIST, true },
	{ "DryRun", PARAM_BOOLEAN, true },
	{ 0 },
};

const struct operation operations_import_devices[] = {
	{ "ImportDevices", USER_OF_HOST, import_devices_params, import_devices,
	    WHO_ROOT, ON_NOTHING },
	{ 0 },
};
