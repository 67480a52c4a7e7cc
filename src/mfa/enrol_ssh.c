#include <string.h>

#include "fido/ssh_key.h"
#include "mfa/enrol_ssh.h"
#include "mfa/ssh_tap.h"

#define SERVICE "enable-mfa-device"

/* Whose maker it is can't be told by a key that was made for SSH. */
static enum mfa_code
check_settings(const struct mfa_context *ctx, struct mfa_error *err)
{
	if (ctx->settings->attestation_roots[0] == '\0')
		return MFA_OK;
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "attestation_roots is set, and an SSH key has no attestation: "
	    "enable the key by a tap in this machine");
}

/* All that can be said before anyone is asked to sign. */
static enum mfa_code
prepare(const struct mfa_context *ctx, const struct host_user *user,
    const struct ssh_enrolment *what, struct device **ret,
    struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list devices = { 0 };
	_cleanup_(device_freep) struct device *device = NULL;
	const struct device *same;
	enum mfa_code code;

	if ((code = check_settings(ctx, err)) != MFA_OK)
		return code;
	code = new_key_look(ctx, user, what->name, &devices, err);
	if (code == MFA_OK)
		code = new_key_make(ctx, user, what->name, &device, err);
	if (code == MFA_OK)
		code = ssh_key_parse_line(what->line, device->credential, err);
	if (code != MFA_OK)
		return code;
	same = ssh_tap_find(&devices, device->credential);
	if (same != NULL)
		return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
		    "the user has this security key already, as %s",
		    same->name);
	*ret = steal(&device);
	return MFA_OK;
}

/* The signature is the key's first that is known here. */
static enum mfa_code
prove(const struct mfa_context *ctx, const struct host_user *user,
    const char *host, const struct ssh_signer *signer,
    const struct person *person, struct fido_credential *key,
    struct mfa_error *err)
{
	char challenge[SSH_TAP_CHALLENGE_SIZE];
	struct sshsig sig;
	enum mfa_code code;

	code = ssh_tap_challenge(ctx, host, user->name, SERVICE, challenge,
	    err);
	if (code == MFA_OK)
		code = signer->sign(signer->ctx, key, challenge, person, &sig,
		    err);
	if (code == MFA_OK)
		code = sshsig_verify(key, &sig, challenge, strlen(challenge),
		    ctx->settings->user_verification ==
			USER_VERIFICATION_REQUIRED,
		    &key->sign_count, err);
	if (code == MFA_OK)
		key->user_verified = ssh_signature_has_uv(&sig.signature);
	return code;
}

enum mfa_code
enrol_ssh(const struct mfa_context *ctx, const struct host_user *user,
    const struct ssh_enrolment *what, const struct ssh_signer *signer,
    const struct person *person, struct enrolled_key *ret,
    struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	enum mfa_code code;

	code = prepare(ctx, user, what, &device, err);
	if (code == MFA_OK)
		code = prove(ctx, user, what->host, signer, person,
		    device->credential, err);
	if (code == MFA_OK)
		code = new_key_add(ctx, user, &device, ret, err);
	return code;
}
