/*
 * A proof by a tap on a security key that is where its user is, at the far end
 * of an SSH connection: it signs a challenge by way of OpenSSH's programs.
 */
#ifndef MFA_SSH_TAP_H
#define MFA_SSH_TAP_H

#include "base/error.h"
#include "base/text.h"
#include "fido/sshsig.h"
#include "mfa/context.h"
#include "mfa/proof.h"
#include "store/device.h"

#define SSH_TAP_CHALLENGE_SIZE	512	/* octets, with the NUL */

/*
 * A fresh challenge, one line of text that says what is signed: host, user,
 * service, time and 32 random octets. It has no character that a shell knows,
 * within quotes or without; what others were in the names is "_" there, and
 * long names are cut: the random octets alone tell challenges apart.
 *  MFA_SERVICE_FAILURE  no randomness
 */
enum mfa_code	ssh_tap_challenge(const struct mfa_context *ctx,
		    const char *host, const char *user, const char *service,
		    char ret[static SSH_TAP_CHALLENGE_SIZE],
		    struct mfa_error *err) _must_check_;

/*
 * The device of DEVICES that has this SSH key, or NULL. Owned by DEVICES.
 */
const struct device	*ssh_tap_find(const struct device_list *devices,
			    const struct fido_credential *key);

/*
 * Verifies SIG over CHALLENGE: by one of USER's DEVICES, with user presence
 * (and verification where the settings require it), and a counter above the
 * last (or 0 for ever). The new counter is durable before this returns.
 *  MFA_ACCESS_DENIED    another key, another challenge, not verified, counter
 *                       gone back; the detail says which
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	ssh_tap_verify(const struct mfa_context *ctx,
		    const struct host_user *user,
		    const struct device_list *devices, const char *challenge,
		    const struct sshsig *sig, struct proof *ret_proof,
		    struct mfa_error *err) _must_check_;

#endif
