#include <string.h>

#include "base/text.h"
#include "endpoint/operation.h"
#include "endpoint/row.h"

#define IMPORT_ROWS_MAX 1000000 /* of one import */

void
operation_session_clear(struct operation_session *session)
{
	if (session->has_agent)
		closep(&session->agent);
	session->has_agent = false;
	inventory_import_freep(&session->import);
}

/* An ARN is a virtual device's serial number: no token may take one. */
static enum mfa_code
read_serial(const json_t *row, struct device *device, struct mfa_error *err)
{
	const char *serial = row_string(row, "SerialNumber");

	if (serial == NULL || !text_is_serial_number(serial) ||
	    strncmp(serial, "arn:", 4) == 0)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a token's serial number has 9 to 256 letters, digits and "
		    "=/:,.@-_+, and is no ARN");
	strcpy(device->serial, serial);
	return MFA_OK;
}

static enum mfa_code
read_row(const struct mfa_context *ctx, const json_t *row, struct device **ret,
    struct mfa_error *err)
{
	static const char *const known[] = { "SerialNumber", "Base32StringSeed",
		"Algorithm", "Digits", "Period" };
	_cleanup_(device_freep) struct device *device = NULL;
	enum mfa_code code;

	if (!row_has_only(row, known, sizeof(known) / sizeof(known[0])))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "not a token: SerialNumber, Base32StringSeed, Algorithm, "
		    "Digits, Period");
	if ((device = device_new(ctx->world)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory or no randomness for a device");
	device->type = DEVICE_HARDWARE;
	device->created = ctx->world->now(ctx->world->ctx);
	if ((code = read_serial(row, device, err)) != MFA_OK ||
	    (code = row_otp_params(row, &device->otp, err)) != MFA_OK ||
	    (code = row_seed(row, &device->seed, err)) != MFA_OK)
		return code;
	*ret = steal(&device);
	return MFA_OK;
}

static enum mfa_code
stage_row(struct operation_session *session, const json_t *row,
    struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	enum mfa_code code;

	code = read_row(session->ctx, row, &device, err);
	if (code != MFA_OK)
		return code;
	return inventory_import_add(session->import, device, err);
}

/* Which errors are the row's own, so that the next row can be looked at. */
static bool
is_of_row(enum mfa_code code)
{
	return code == MFA_INVALID_INPUT || code == MFA_ENTITY_ALREADY_EXISTS;
}

static enum mfa_code
stage_rows(struct operation_session *session, const json_t *tokens,
    json_t *errors, struct mfa_error *err)
{
	const json_t *row;
	enum mfa_code code;
	size_t i;

	json_array_foreach (tokens, i, row) {
		if (session->import_rows >= IMPORT_ROWS_MAX)
			return mfa_error_set(err, MFA_LIMIT_EXCEEDED, 0,
			    "an import has at most %d tokens", IMPORT_ROWS_MAX);
		session->import_rows++;
		code = stage_row(session, row, err);
		if (code == MFA_OK)
			continue;
		if (!is_of_row(code))
			return code;
		session->import_errors++;
		(void)json_array_append_new(errors,
		    json_pack("{s:I, s:s, s:s}", "Index",
			(json_int_t)(session->import_rows - 1), "Code",
			mfa_code_name(code), "Message", mfa_error_text(err)));
	}
	return MFA_OK;
}

static enum mfa_code
commit(struct operation_session *session, json_t **ret, struct mfa_error *err)
{
	enum mfa_code code;

	if (session->import_errors > 0)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "%zu of %zu tokens can't be imported, so none was",
		    session->import_errors, session->import_rows);
	code = inventory_import_commit(session->import, err);
	if (code != MFA_OK)
		return code;
	inventory_import_freep(&session->import);
	return answer(json_pack("{s:I}", "Imported",
			  (json_int_t)session->import_rows),
	    ret, err);
}

static enum mfa_code
import_tokens(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(json_clear) json_t *errors = json_array();
	struct operation_session *session = call->session;
	enum mfa_code code;

	if (session->import == NULL) {
		session->import_rows = session->import_errors = 0;
		code = inventory_import_begin(session->ctx->store,
		    &session->import, err);
		if (code != MFA_OK)
			return code;
	}
	code = stage_rows(session, json_object_get(call->params, "Tokens"),
	    errors, err);
	if (code != MFA_OK) {
		inventory_import_freep(&session->import);
		return code;
	}
	if (json_is_true(json_object_get(call->params, "Commit")) &&
	    json_array_size(errors) == 0)
		return commit(session, ret, err);
	return answer(json_pack("{s:I, s:O}", "Staged",
			  (json_int_t)(session->import_rows -
			      session->import_errors),
			  "Errors", errors),
	    ret, err);
}

static const struct param import_params[] = {
	{ "Tokens", PARAM_LIST, true },
	{ "Commit", PARAM_BOOLEAN, true },
	{ 0 },
};

const struct operation operations_import[] = {
	{ "ImportTokens", USER_NONE, import_params, import_tokens,
	    WHO_ROOT, ON_NOTHING },
	{ 0 },
};
