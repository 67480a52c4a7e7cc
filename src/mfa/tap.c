#include <stdio.h>
#include <string.h>

#include "fido/credential.h"
#include "mfa/counter.h"
#include "mfa/tap.h"

/*
 * One request for each relying party that the user's keys were enrolled with.
 */
struct asking {
	size_t			count;
	struct keymsg_request	requests[DEVICES_MAX];
};

const char *
tap_error_text(enum keymsg_error error)
{
	switch (error) {
	case KEY_OK:
		return "the key has answered";
	case KEY_NO_CREDENTIAL:
		return "the key is not one of the user's";
	case KEY_EXCLUDED:
		return "the key is enrolled already";
	case KEY_TIMEOUT:
		return "no key was tapped in time";
	case KEY_GONE:
		return "the key was taken out";
	case KEY_PIN_BLOCKED:
		return "the PIN of the key is blocked";
	case KEY_PIN_NOT_SET:
		return "the key has no PIN, and one is required";
	case KEY_UNSUPPORTED:
		return "the key does not support what is asked of it";
	case KEY_CANCELLED:
		return "it was cancelled at the key";
	case KEY_FAILED:
		break;
	}
	return "the key failed";
}

static struct keymsg_request *
request_for(struct asking *asking, const char *rp_id)
{
	size_t i;

	for (i = 0; i < asking->count; i++) {
		if (strcmp(asking->requests[i].rp_id, rp_id) == 0)
			return &asking->requests[i];
	}
	strcpy(asking->requests[i].rp_id, rp_id);
	asking->count++;
	return &asking->requests[i];
}

static void
add_credential(struct keymsg_request *request,
    const struct fido_credential *credential)
{
	struct keymsg_blob *blob;

	_Static_assert(FIDO_CREDENTIAL_ID_MAX <= KEYMSG_CREDENTIAL_MAX,
	    "a credential fits a message");
	blob = &request->credentials[request->credential_count++];
	memcpy(blob->bytes, credential->id, credential->id_len);
	blob->len = credential->id_len;
}

static enum mfa_code
prepare(const struct mfa_context *ctx, const struct device_list *devices,
    struct asking *asking, struct mfa_error *err)
{
	const struct world *world = ctx->world;
	struct keymsg_request *request;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		if (!device_is_ctap_key(devices->devices[i]))
			continue;
		request = request_for(asking,
		    devices->devices[i]->credential->rp_id);
		add_credential(request, devices->devices[i]->credential);
	}
	if (asking->count == 0)
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "the user has no security key");
	for (i = 0; i < asking->count; i++) {
		request = &asking->requests[i];
		request->what = KEY_ASSERT;
		request->timeout = ctx->settings->key_timeout * 1000;
		request->uv = (enum keymsg_uv)ctx->settings->user_verification;
		if (!world->random(world->ctx, request->hash,
			sizeof(request->hash)))
			return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
			    "no randomness for a challenge");
	}
	return MFA_OK;
}

/* The user's key with the credential that is said to have signed. */
static const struct device *
find_key(const struct device_list *devices, const char *rp_id,
    const struct keymsg_blob *id)
{
	const struct fido_credential *credential;
	size_t i;

	for (i = 0; i < devices->count; i++) {
		credential = devices->devices[i]->credential;
		if (device_is_ctap_key(devices->devices[i]) &&
		    credential->id_len == id->len &&
		    memcmp(credential->id, id->bytes, id->len) == 0 &&
		    strcmp(credential->rp_id, rp_id) == 0)
			return devices->devices[i];
	}
	return NULL;
}

static enum mfa_code
verify(const struct device_list *devices, const struct keymsg_request *request,
    const struct keymsg_answer *answer,
    const struct device **ret_device, uint32_t *ret_count,
    struct mfa_error *err)
{
	struct fido_asserted asserted = {
		.authdata = answer->authdata,
		.authdata_len = answer->authdata_len,
		.signature = answer->signature,
		.signature_len = answer->signature_len,
	};
	const struct device *device;
	enum mfa_code code;

	device = find_key(devices, request->rp_id, &answer->credential);
	if (device == NULL)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "an answer by a credential that is not the user's");
	code = fido_verify_asserted(device->credential, request->hash,
	    request->uv == KEY_UV_REQUIRED, &asserted, ret_count, err);
	if (code == MFA_OK)
		*ret_device = device;
	return code;
}

enum mfa_code
tap_verify(const struct mfa_context *ctx, const struct host_user *user,
    const struct device_list *devices, const struct key_driver *driver,
    const struct person *person, struct proof *ret_proof,
    char ret_said[static TAP_SAID_SIZE], struct mfa_error *err)
{
	struct asking asking = { .count = 0 };
	struct keymsg_answer answer = { .error = KEY_FAILED };
	const struct device *device = NULL;
	uint32_t count = 0;
	enum mfa_code code;
	size_t which = 0;

	ret_said[0] = '\0';
	if ((code = prepare(ctx, devices, &asking, err)) != MFA_OK)
		return code;
	code = driver->ask(driver->ctx, asking.requests, asking.count, person,
	    &answer, &which, err);
	if (code != MFA_OK)
		return code;
	if (answer.error != KEY_OK) {
		(void)snprintf(ret_said, TAP_SAID_SIZE, "Not accepted: %s.",
		    tap_error_text(answer.error));
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0, "%s%s%s",
		    tap_error_text(answer.error),
		    answer.text[0] != '\0' ? ": " : "", answer.text);
	}
	code = verify(devices, &asking.requests[which], &answer, &device,
	    &count, err);
	if (code != MFA_OK)
		return code;
	code = counter_take(ctx, user, device, count, err);
	if (code == MFA_OK)
		*ret_proof = proof_of_device(device);
	return code;
}
