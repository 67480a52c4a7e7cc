/* A proof by a tap on a security key that is in this machine. */
#ifndef MFA_TAP_H
#define MFA_TAP_H

#include "base/error.h"
#include "base/text.h"
#include "mfa/context.h"
#include "mfa/person.h"
#include "mfa/proof.h"
#include "store/device.h"

#define TAP_SENTENCE	"Insert and tap your security key"

/*
 * Has one of USER's keys sign a fresh challenge, and verifies it: the
 * credential is one of theirs, user presence (and verification where the
 * settings require it), and a counter above the last (or 0 for ever). The new
 * counter is durable before this returns.
 *  MFA_NO_SUCH_ENTITY         USER has no key
 *  MFA_ACCESS_DENIED          not tapped in time, no such key, PIN blocked, not
 *                             verified, counter gone back; the detail says
 *                             which
 *  MFA_REQUEST_ABORTED        the person has gone
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 * RET_SAID is a sentence for the person where the detail is not for them alone,
 * or "": at most TAP_SAID_SIZE octets.
 */
#define TAP_SAID_SIZE	128
enum mfa_code	tap_verify(const struct mfa_context *ctx,
		    const struct host_user *user,
		    const struct device_list *devices,
		    const struct key_driver *driver,
		    const struct person *person,
		    struct proof *ret_proof,
		    char ret_said[static TAP_SAID_SIZE], struct mfa_error *err)
		    _must_check_;

/* What went wrong at the key, for a log line and for the person. */
const char	*tap_error_text(enum keymsg_error error);

#endif
