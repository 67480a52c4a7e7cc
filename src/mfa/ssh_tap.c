#include <stdio.h>
#include <string.h>

#include "fido/ssh_key.h"
#include "mfa/counter.h"
#include "mfa/ssh_tap.h"

#define NONCE_SIZE 32 /* octets */
#define NAME_SIZE  65 /* of a host and a service, with its NUL */
#define WORD \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz0123456789_+,.@:-"

/* TEXT as one word, cut to SIZE octets with its NUL. */
static void
copy_word(const char *text, char *ret, size_t size)
{
	size_t i;

	for (i = 0; text[i] != '\0' && i < size - 1; i++)
		ret[i] = strchr(WORD, text[i]) != NULL ? text[i] : '_';
	ret[i] = '\0';
}

enum mfa_code
ssh_tap_challenge(const struct mfa_context *ctx, const char *host,
    const char *user, const char *service,
    char ret[static SSH_TAP_CHALLENGE_SIZE], struct mfa_error *err)
{
	char hosts[NAME_SIZE], users[USER_NAME_MAX + 1], services[NAME_SIZE];
	char time[TEXT_TIME_SIZE], hex[2 * NONCE_SIZE + 1];
	const struct world *world = ctx->world;
	uint8_t nonce[NONCE_SIZE];

	_Static_assert(sizeof(hosts) + sizeof(users) + sizeof(services) +
		    sizeof(time) + sizeof(hex) + 64 <=
		SSH_TAP_CHALLENGE_SIZE,
	    "a challenge is never cut");
	if (!world->random(world->ctx, nonce, sizeof(nonce)))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no randomness for a challenge");
	copy_word(host, hosts, sizeof(hosts));
	copy_word(user, users, sizeof(users));
	copy_word(service, services, sizeof(services));
	text_time(world->now(world->ctx), time);
	text_hex(hex, nonce, sizeof(nonce));
	(void)snprintf(ret, SSH_TAP_CHALLENGE_SIZE,
	    "awsmfa host=%s user=%s service=%s time=%s nonce=%s", hosts, users,
	    services, time, hex);
	return MFA_OK;
}

const struct device *
ssh_tap_find(const struct device_list *devices,
    const struct fido_credential *key)
{
	size_t i;

	for (i = 0; i < devices->count; i++) {
		if (device_is_ssh_key(devices->devices[i]) &&
		    ssh_key_is_same(devices->devices[i]->credential, key))
			return devices->devices[i];
	}
	return NULL;
}

enum mfa_code
ssh_tap_verify(const struct mfa_context *ctx, const struct host_user *user,
    const struct device_list *devices, const char *challenge,
    const struct sshsig *sig, struct proof *ret_proof, struct mfa_error *err)
{
	const struct device *device = ssh_tap_find(devices, &sig->key);
	enum mfa_code code;
	uint32_t count;

	if (device == NULL)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "a signature by an SSH key that is not the user's");
	code = sshsig_verify(device->credential, sig, challenge,
	    strlen(challenge),
	    ctx->settings->user_verification == USER_VERIFICATION_REQUIRED,
	    &count, err);
	if (code == MFA_OK)
		code = counter_take(ctx, user, device, count, err);
	if (code == MFA_OK)
		*ret_proof = proof_of_device(device);
	return code;
}
