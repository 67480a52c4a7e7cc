/*
 * A proof without a prompt: an enrolled SSH key that sshd has just verified, as
 * it says in SSH_AUTH_INFO_0 of the PAM environment (sshd_config(5),
 * ExposeAuthInfo has the same lines): one line for each method that the user
 * has authenticated with so far, "METHOD[/SUBMETHOD][ WORDS]", the words of
 * "publickey" being the key, as authorized_keys has it.
 *
 * What must hold, so that one key is never two factors:
 *  - the service is in ssh_verified_keys;
 *  - a line whose first word is "publickey" has a key, or a certificate of it,
 *    that is one of the user's devices;
 *  - and there is another factor: a line with another key, or, where the
 *    service is in password_services, one of a method that PAM's stack serves,
 *    or that stack at work; else the service is in single_factor_ok.
 * A line of keyboard-interactive says nothing by itself: it may be there only
 * because this very key was accepted.
 */
#ifndef MFA_SSH_INFO_H
#define MFA_SSH_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/world.h"
#include "mfa/context.h"
#include "mfa/proof.h"
#include "mfa/settings.h"
#include "store/device.h"

#define SSH_INFO_LINES_MAX	32	/* methods; more is not sshd's */

struct ssh_info {
	const char	*service;	/* PAM's name of it */
	const char	*lines;		/* SSH_AUTH_INFO_0 */
	/* PAM's stack is at work: the phase authenticate. */
	bool		in_stack;
};

/* Can INFO be of use at all? False where the service is not in the setting. */
bool	ssh_info_is_wanted(const struct settings *settings,
	    const char *service);

/*
 * Judges INFO. *ret_device is the device of DEVICES whose key is the proof.
 *  MFA_ACCESS_DENIED  it proves nothing; the detail says why, for the log
 */
enum mfa_code	ssh_info_judge(const struct settings *settings,
		    const struct device_list *devices,
		    const struct ssh_info *info,
		    const struct device **ret_device, struct mfa_error *err)
		    _must_check_;

/*
 * The same for USER, and a record in the ledger of when the device was used,
 * durable before this returns. sshd does not tell a counter. Nothing of it is a
 * guess: no throttle bars it, and none counts it.
 *  MFA_ACCESS_DENIED  as ssh_info_judge()
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	ssh_info_verify(const struct mfa_context *ctx,
		    const struct host_user *user,
		    const struct device_list *devices,
		    const struct ssh_info *info, struct proof *ret_proof,
		    struct mfa_error *err) _must_check_;

#endif
