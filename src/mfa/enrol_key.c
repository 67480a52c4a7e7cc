#include <stdio.h>
#include <string.h>

#include "fido/credential.h"
#include "mfa/enrol_key.h"
#include "mfa/tap.h"

/*
 * A key makes one kind of credential a request: ES256, that every key should
 * have, or else EdDSA.
 */
#define REQUESTS	2

/* All of the user's credentials: one key is not enrolled twice. */
static void
exclude(const struct device_list *devices, struct keymsg_request *request)
{
	const struct fido_credential *credential;
	struct keymsg_blob *blob;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		credential = devices->devices[i]->credential;
		if (!device_is_ctap_key(devices->devices[i]) ||
		    strcmp(credential->rp_id, request->rp_id) != 0)
			continue;
		blob = &request->credentials[request->credential_count++];
		memcpy(blob->bytes, credential->id, credential->id_len);
		blob->len = credential->id_len;
	}
}

static enum mfa_code
fill(const struct mfa_context *ctx, const struct host_user *user,
    const struct device_list *devices, struct keymsg_request *request,
    struct mfa_error *err)
{
	const struct world *world = ctx->world;

	request->what = KEY_MAKE;
	request->timeout = ctx->settings->key_timeout * 1000;
	request->uv = (enum keymsg_uv)ctx->settings->user_verification;
	strcpy(request->rp_id, ctx->settings->rp_id);
	(void)snprintf(request->user_name, sizeof(request->user_name), "%s",
	    user->name);
	if (!world->random(world->ctx, request->hash, sizeof(request->hash)) ||
	    !world->random(world->ctx, request->user_id,
		sizeof(request->user_id)))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no randomness for a challenge");
	exclude(devices, request);
	return MFA_OK;
}

static enum mfa_code
prepare(const struct mfa_context *ctx, const struct host_user *user,
    const struct device_list *devices,
    struct keymsg_request requests[static REQUESTS], struct mfa_error *err)
{
	enum mfa_code code = MFA_OK;
	size_t i;

	for (i = 0; i < REQUESTS && code == MFA_OK; i++)
		code = fill(ctx, user, devices, &requests[i], err);
	requests[REQUESTS - 1].eddsa = true;
	return code;
}

static enum mfa_code
error_of(const struct keymsg_answer *answer, struct mfa_error *err)
{
	enum mfa_code code = answer->error == KEY_EXCLUDED
	    ? MFA_ENTITY_ALREADY_EXISTS
	    : MFA_ACCESS_DENIED;

	return mfa_error_set(err, code, 0, "%s%s%s",
	    tap_error_text(answer->error), answer->text[0] != '\0' ? ": " : "",
	    answer->text);
}

static enum mfa_code
verify(const struct mfa_context *ctx, const struct keymsg_request *request,
    const struct keymsg_answer *answer, struct fido_credential *ret,
    struct mfa_error *err)
{
	const struct settings *settings = ctx->settings;
	const struct fido_policy policy = {
		.roots = settings->attestation_roots[0] != '\0' ?
		    settings->attestation_roots :
		    NULL,
		.aaguids = settings->aaguids,
		.aaguid_count = settings->aaguid_count,
		.user_verification = request->uv == KEY_UV_REQUIRED,
	};
	const struct fido_made made = {
		.format = answer->format,
		.authdata = answer->authdata,
		.authdata_len = answer->authdata_len,
		.signature = answer->signature,
		.signature_len = answer->signature_len,
		.certificate = answer->certificate_len > 0 ?
		    answer->certificate :
		    NULL,
		.certificate_len = answer->certificate_len,
		.id = answer->credential.bytes,
		.id_len = answer->credential.len,
	};

	return fido_verify_made(request->hash, request->rp_id,
	    request->eddsa ? FIDO_EDDSA : FIDO_ES256, &policy, &made, ret, err);
}

/* What the key says of itself; what is no certification is left out. */
static void
copy_certifications(const struct keymsg_answer *answer, struct device *device)
{
	size_t i;

	for (i = 0; i < answer->certification_count; i++)
		(void)!device_add_certification(device,
		    answer->certifications[i].name,
		    answer->certifications[i].level);
}

static enum mfa_code
make_device(const struct mfa_context *ctx, const struct host_user *user,
    const char *name, const struct keymsg_request *request,
    const struct keymsg_answer *answer, struct device **ret,
    struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	enum mfa_code code;

	if ((code = new_key_make(ctx, user, name, &device, err)) != MFA_OK)
		return code;
	code = verify(ctx, request, answer, device->credential, err);
	if (code != MFA_OK)
		return code;
	copy_certifications(answer, device);
	*ret = steal(&device);
	return MFA_OK;
}

enum mfa_code
enrol_key(const struct mfa_context *ctx, const struct host_user *user,
    const char *name, const struct key_driver *driver,
    const struct person *person, struct enrolled_key *ret,
    struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list devices = { 0 };
	_cleanup_(device_freep) struct device *device = NULL;
	struct keymsg_request requests[REQUESTS] = { 0 };
	struct keymsg_answer answer = { .error = KEY_FAILED };
	enum mfa_code code;
	size_t which = 0;

	code = new_key_look(ctx, user, name, &devices, err);
	if (code != MFA_OK)
		return code;
	code = prepare(ctx, user, &devices, requests, err);
	if (code != MFA_OK)
		return code;
	code = driver->ask(driver->ctx, requests, REQUESTS, person, &answer,
	    &which, err);
	if (code != MFA_OK)
		return code;
	if (answer.error != KEY_OK)
		return error_of(&answer, err);
	code = make_device(ctx, user, name, &requests[which], &answer, &device,
	    err);
	if (code != MFA_OK)
		return code;
	return new_key_add(ctx, user, &device, ret, err);
}
