/* A proof without a prompt: an SSH key that sshd has verified. */
#include <string.h>

#include "endpoint/log.h"
#include "endpoint/phase.h"
#include "mfa/ssh_info.h"

/* Services in which sshd's word counts are sshd's: its name, and any after. */
static bool
is_sshd(const char *service)
{
	return strncmp(service, "sshd", 4) == 0;
}

bool
phase_has_verified(const struct conversation *conversation)
{
	const struct request *request = &conversation->request;

	return conversation->peer->uid == 0 && is_sshd(request->service) &&
	    ssh_info_is_wanted(&conversation->settings, request->service);
}

enum mfa_code
phase_verified(struct conversation *conversation, const struct host_user *user,
    const struct device_list *devices, struct mfa_error *err)
{
	const struct request *request = &conversation->request;
	const struct ssh_info info = {
		.service = request->service,
		.lines = request->ssh_keys != NULL ? request->ssh_keys : "",
		.in_stack = request->phase == PHASE_AUTHENTICATE,
	};
	enum mfa_code code;

	if (!phase_has_verified(conversation))
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "the service is not in ssh_verified_keys");
	code = ssh_info_verify(&conversation->ctx, user, devices, &info,
	    &conversation->proof, err);
	if (code == MFA_OK)
		conversation->how = "tap accepted, as sshd has verified it";
	return code;
}
