#include <string.h>

#include "base/text.h"
#include "endpoint/authorise.h"
#include "endpoint/enable_key.h"
#include "endpoint/operation.h"
#include "endpoint/tags.h"
#include "endpoint/uri.h"
#include "mfa/enrol.h"
#include "mfa/signin.h"
#include "otp/base32.h"

static enum mfa_code
answer_device(const struct operation_call *call, const struct device *device,
    json_t **ret, struct mfa_error *err)
{
	_cleanup_(secret_text_wipe) struct secret_text seed = { "" };
	_cleanup_(secret_text_wipe) struct secret_text uri = { "" };
	enum mfa_code code;

	if ((code = uri_make(call->ctx->settings, &call->user, device, &uri,
		 err)) != MFA_OK)
		return code;
	base32_encode(&device->seed, &seed);
	return answer(json_pack("{s:{s:s, s:s, s:s}}", "VirtualMFADevice",
			  "SerialNumber", device->serial, "Base32StringSeed",
			  seed.text, "OtpauthUri", uri.text),
	    ret, err);
}

static enum mfa_code
create_virtual(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL, *tagged = NULL;
	const json_t *tags = json_object_get(call->params, "Tags");
	const char *path = param_string(call, "Path");
	char home[ENROL_HOME_SIZE];
	enum mfa_code code;

	if ((tagged = device_new(call->ctx->world)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory or no randomness for a device");
	if (tags != NULL && (code = tags_set(tagged, tags, err)) != MFA_OK)
		return code;
	enrol_home(&call->user, home);
	code = enrol_create_virtual(call->ctx, &call->user,
	    path != NULL ? path : home,
	    param_string(call, "VirtualMFADeviceName"), tagged, &device, err);
	if (code != MFA_OK)
		return code;
	return answer_device(call, device, ret, err);
}

/* The three parameters that enabling and resynchronising share. */
struct two_codes {
	const char *serial;
	struct secret code1;
	struct secret code2;
};

static void
two_codes_wipe(struct two_codes *codes)
{
	explicit_bzero(codes, sizeof(*codes));
}

static enum mfa_code
read_two_codes(const struct operation_call *call, struct two_codes *ret,
    struct mfa_error *err)
{
	enum mfa_code code;

	if ((code = param_serial(call, &ret->serial, err)) != MFA_OK)
		return code;
	code = param_code(call, "AuthenticationCode1", &ret->code1, err);
	if (code != MFA_OK)
		return code;
	return param_code(call, "AuthenticationCode2", &ret->code2, err);
}

static enum mfa_code
enable_code_device(struct operation_call *call, json_t **ret,
    struct mfa_error *err)
{
	_cleanup_(two_codes_wipe) struct two_codes in = { 0 };
	enum mfa_code code;

	if ((code = read_two_codes(call, &in, err)) != MFA_OK)
		return code;
	code = (call->session->uid == 0 ? enrol_enable
					: enrol_enable_own)(call->ctx,
	    &call->user, in.serial, &in.code1, &in.code2, err);
	return code != MFA_OK ? code : answer(json_object(), ret, err);
}

/* What belongs to the other type of device is refused, not passed over. */
static enum mfa_code
enable(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	static const char *const of_codes[] = { "SerialNumber",
		"AuthenticationCode1", "AuthenticationCode2" };
	static const char *const of_keys[] = { "DeviceName", "SSHPublicKey" };
	const char *type = param_string(call, "Type");
	bool is_key = type != NULL && strcmp(type, "security-key") == 0;
	size_t i;

	if (type != NULL && strcmp(type, "sms") == 0)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "SMS devices are not supported");
	if (type != NULL && !is_key)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "Type is security-key, or left out for codes");
	for (i = 0; i < sizeof(of_codes) / sizeof(of_codes[0]); i++) {
		if ((param_string(call, of_codes[i]) != NULL) == is_key)
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    is_key ? "a security key takes no %s"
				   : "%s is required",
			    of_codes[i]);
	}
	for (i = 0; i < sizeof(of_keys) / sizeof(of_keys[0]) && !is_key; i++) {
		if (param_string(call, of_keys[i]) != NULL)
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "%s is a security key's", of_keys[i]);
	}
	return is_key ? enable_key(call, ret, err)
		      : enable_code_device(call, ret, err);
}

/* Does a device other than SERIAL vouch for the caller just now? */
static bool
is_vouched_for(const struct operation_call *call, const char *serial)
{
	const struct proof *proof = &call->session->proof;

	return proof->kind != PROOF_NONE && strcmp(proof->serial, serial) != 0;
}

/* A code that came along is of another device, for the wider window. */
static enum mfa_code
resync_own(struct operation_call *call, const struct two_codes *in,
    struct mfa_error *err)
{
	enum mfa_code code;

	if (call->token_code != NULL &&
	    call->session->proof.kind == PROOF_NONE &&
	    (code = authorise_prove(call, call->token_code, err)) != MFA_OK)
		return code;
	return enrol_resync_own(call->ctx, &call->user, in->serial, &in->code1,
	    &in->code2,
	    is_vouched_for(call, in->serial) ? RESYNC_WINDOW_ROOT
					     : RESYNC_WINDOW_USER,
	    err);
}

static enum mfa_code
resync(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(two_codes_wipe) struct two_codes in = { 0 };
	enum mfa_code code;

	if ((code = read_two_codes(call, &in, err)) != MFA_OK)
		return code;
	if (call->session->uid != 0)
		code = resync_own(call, &in, err);
	else
		code = enrol_resync(call->ctx, &call->user, in.serial,
		    &in.code1, &in.code2, RESYNC_WINDOW_ROOT, err);
	return code != MFA_OK ? code : answer(json_object(), ret, err);
}

static enum mfa_code
deactivate(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	const char *serial;
	enum mfa_code code;

	if ((code = param_serial(call, &serial, err)) != MFA_OK)
		return code;
	code = enrol_deactivate(call->ctx, &call->user, serial, err);
	return code != MFA_OK ? code : answer(json_object(), ret, err);
}

static enum mfa_code
delete_device(struct operation_call *call, enum device_type type, json_t **ret,
    struct mfa_error *err)
{
	const char *serial;
	enum mfa_code code;

	if ((code = param_serial(call, &serial, err)) != MFA_OK)
		return code;
	code = enrol_delete(call->ctx, serial, type, err);
	return code != MFA_OK ? code : answer(json_object(), ret, err);
}

static enum mfa_code
delete_virtual(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	return delete_device(call, DEVICE_VIRTUAL, ret, err);
}

/* Beyond IAM: a token that is broken, or was imported with a wrong seed. */
static enum mfa_code
delete_token(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	return delete_device(call, DEVICE_HARDWARE, ret, err);
}

/* A sign-in without a door behind it: spends the code, counts a wrong one. */
static enum mfa_code
verify(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(signin_freep) struct signin *signin = NULL;
	const char *typed = param_string(call, "AuthenticationCode");
	struct proof proof;
	enum mfa_code code;

	code = signin_begin(call->ctx, call->user.name,
	    call->session->uid == 0 ? LEDGER_LOGIN : LEDGER_USER, &signin, err);
	if (code != MFA_OK)
		return code;
	code = signin_verify(signin, typed, strlen(typed), &proof, err);
	if (code != MFA_OK)
		return code;
	return answer(json_pack("{s:s}", "SerialNumber", proof.serial), ret,
	    err);
}

static const struct param create_params[] = {
	{ "VirtualMFADeviceName", PARAM_STRING, true },
	{ "Path", PARAM_STRING, false },
	{ "Tags", PARAM_LIST, false },
	{ 0 },
};
static const struct param code_params[] = {
	{ "SerialNumber", PARAM_STRING, true },
	{ "AuthenticationCode1", PARAM_STRING, true },
	{ "AuthenticationCode2", PARAM_STRING, true },
	{ 0 },
};
static const struct param enable_params[] = {
	{ "SerialNumber", PARAM_STRING, false },
	{ "AuthenticationCode1", PARAM_STRING, false },
	{ "AuthenticationCode2", PARAM_STRING, false },
	{ "Type", PARAM_STRING, false },
	{ "DeviceName", PARAM_STRING, false },
	{ "SSHPublicKey", PARAM_STRING, false },
	{ 0 },
};
static const struct param serial_params[] = {
	{ "SerialNumber", PARAM_STRING, true },
	{ 0 },
};
static const struct param verify_params[] = {
	{ "AuthenticationCode", PARAM_STRING, true },
	{ 0 },
};

const struct operation operations_enrol[] = {
	{ "CreateVirtualMFADevice", USER_OF_HOST, create_params,
	    create_virtual, WHO_SELF, ON_NEW_DEVICE },
	{ "EnableMFADevice", USER_OF_HOST, enable_params, enable,
	    WHO_SELF, ON_USER },
	{ "ResyncMFADevice", USER_OF_HOST, code_params, resync,
	    WHO_SELF, ON_USER },
	{ "DeactivateMFADevice", USER_OF_FILE, serial_params, deactivate,
	    WHO_SELF, ON_USER },
	{ "DeleteVirtualMFADevice", USER_NONE, serial_params, delete_virtual,
	    WHO_SELF, ON_DEVICE },
	{ "DeleteToken", USER_NONE, serial_params, delete_token,
	    WHO_ROOT, ON_NOTHING },
	{ "Verify", USER_OF_HOST, verify_params, verify, WHO_SELF, ON_NOTHING },
	{ 0 },
};
