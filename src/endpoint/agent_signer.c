#include <string.h>

#include "endpoint/agent.h"
#include "endpoint/agent_signer.h"
#include "fido/ssh_key.h"
#include "mfa/ssh_tap.h"
#include "wire/frame.h"

static struct agent
agent_of(const struct agent_signer *signer, const struct person *person)
{
	return (struct agent){ .fd = signer->fd,
		.person_fd = person->fd,
		.deadline = signer->deadline };
}

/* Asks for the list, for which no one has to wait as for a tap. */
static enum mfa_code
list(const struct agent_signer *signer, const struct person *person,
    struct agent_answer *ret_answer, struct agent_identities *ret,
    struct mfa_error *err)
{
	struct agent agent = agent_of(signer, person);
	int64_t soon = wire_now() + AGENT_LIST_MS;

	if (agent.deadline > soon)
		agent.deadline = soon;
	return agent_list(&agent, ret_answer, ret, err);
}

/* Is BLOB this key, or a certificate of it? */
static bool
is_key(const struct ssh_octets *blob, const struct fido_credential *key)
{
	struct fido_credential parsed;
	struct mfa_error ignored;

	return ssh_key_parse(blob->bytes, blob->len, &parsed, &ignored) ==
	    MFA_OK &&
	    ssh_key_is_same(&parsed, key);
}

/* The agent's name for KEY, which it wants to be asked by. */
static const struct ssh_octets *
find_identity(const struct agent_identities *identities,
    const struct fido_credential *key)
{
	size_t i;

	for (i = 0; i < identities->count; i++) {
		if (is_key(&identities->keys[i], key))
			return &identities->keys[i];
	}
	return NULL;
}

enum mfa_code
agent_signer_has(const struct agent_signer *signer,
    const struct person *person, const struct fido_credential *key, bool *ret,
    struct mfa_error *err)
{
	_cleanup_(agent_answer_clear) struct agent_answer answer = { 0 };
	struct agent_identities identities;
	enum mfa_code code;

	code = list(signer, person, &answer, &identities, err);
	if (code == MFA_OK)
		*ret = find_identity(&identities, key) != NULL;
	return code;
}

/* The client waits for as long as the key may take. */
static enum mfa_code
tell(struct agent_signer *signer, const struct person *person,
    struct mfa_error *err)
{
	int64_t left = signer->deadline - wire_now();
	enum mfa_code code;

	if (!signer->shown) {
		code = person->show(person->ctx, AGENT_SIGNER_SENTENCE, err);
		if (code != MFA_OK)
			return code;
		signer->shown = true;
	}
	return person->wait(person->ctx,
	    left > 1000 ? (unsigned)(left / 1000) : 1, err);
}

static enum mfa_code
sign_with(const struct agent *agent, const struct ssh_octets *identity,
    const char *challenge, struct ssh_signature *ret, struct mfa_error *err)
{
	_cleanup_(agent_answer_clear) struct agent_answer answer = { 0 };
	uint8_t signed_bytes[SSHSIG_SIGNED_SIZE];
	struct ssh_octets data = { .bytes = signed_bytes }, signature;
	enum mfa_code code;

	code = sshsig_make_signed(challenge, strlen(challenge), SSHSIG_SHA512,
	    signed_bytes, &data.len, err);
	if (code != MFA_OK)
		return code;
	code = agent_sign(agent, identity, &data, &answer, &signature, err);
	if (code != MFA_OK)
		return code;
	return ssh_signature_parse(signature.bytes, signature.len, ret, err);
}

enum mfa_code
agent_signer_sign(void *ctx, const struct fido_credential *key,
    const char *challenge, const struct person *person, struct sshsig *ret,
    struct mfa_error *err)
{
	_cleanup_(agent_answer_clear) struct agent_answer answer = { 0 };
	struct agent_signer *signer = ctx;
	const struct agent agent = agent_of(signer, person);
	struct agent_identities identities;
	const struct ssh_octets *identity;
	struct sshsig sig = { .key = *key, .hash = SSHSIG_SHA512 };
	enum mfa_code code;

	code = list(signer, person, &answer, &identities, err);
	if (code != MFA_OK)
		return code;
	if ((identity = find_identity(&identities, key)) == NULL)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the SSH agent does not have this key");
	if ((code = tell(signer, person, err)) != MFA_OK)
		return code;
	code = sign_with(&agent, identity, challenge, &sig.signature, err);
	if (code == MFA_OK)
		*ret = sig;
	return code;
}

static bool
has_device(const struct device *const *devices, size_t count,
    const struct device *device)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (devices[i] == device)
			return true;
	}
	return false;
}

enum mfa_code
agent_signer_find(const struct agent_signer *signer,
    const struct person *person, const struct device_list *devices,
    const struct device *ret[static DEVICES_MAX], size_t *ret_count,
    struct mfa_error *err)
{
	_cleanup_(agent_answer_clear) struct agent_answer answer = { 0 };
	struct agent_identities identities;
	const struct device *device;
	struct fido_credential key;
	struct mfa_error ignored;
	enum mfa_code code;
	size_t i, count = 0;

	code = list(signer, person, &answer, &identities, err);
	if (code != MFA_OK)
		return code;
	for (i = 0; i < identities.count; i++) {
		if (ssh_key_parse(identities.keys[i].bytes,
			identities.keys[i].len, &key, &ignored) != MFA_OK ||
		    (device = ssh_tap_find(devices, &key)) == NULL ||
		    has_device(ret, count, device))
			continue;
		ret[count++] = device;
	}
	*ret_count = count;
	return MFA_OK;
}
