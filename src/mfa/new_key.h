/* What the enrolment of any security key begins and ends with. */
#ifndef MFA_NEW_KEY_H
#define MFA_NEW_KEY_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "mfa/context.h"
#include "store/device.h"

struct enrolled_key {
	char	serial[SERIAL_NUMBER_MAX + 1];
	bool	counts;	/* else its counter is 0: no clone can be seen */
};

/*
 * Whether USER can have one more key, called NAME, before anyone is asked to
 * tap. RET_DEVICES must be empty; it has what the user has already.
 *  MFA_INVALID_INPUT          NAME outside its pattern
 *  MFA_LIMIT_EXCEEDED         the user has eight devices
 *  MFA_ENTITY_ALREADY_EXISTS  NAME is taken
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	new_key_look(const struct mfa_context *ctx,
		    const struct host_user *user, const char *name,
		    struct device_list *ret_devices, struct mfa_error *err)
		    _must_check_;

/*
 * A security key called NAME, of a serial number of its own, enabled now; its
 * credential is there and empty. *ret is the caller's.
 *  MFA_INVALID_INPUT    USER and NAME are too long together
 *  MFA_SERVICE_FAILURE  no memory, no randomness
 */
enum mfa_code	new_key_make(const struct mfa_context *ctx,
		    const struct host_user *user, const char *name,
		    struct device **ret, struct mfa_error *err) _must_check_;

/*
 * Enables *DEVICE (taken over) for USER, its counter being the credential's.
 *  MFA_LIMIT_EXCEEDED, MFA_ENTITY_ALREADY_EXISTS (the name, or the key, which
 *  may be another user's), MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	new_key_add(const struct mfa_context *ctx,
		    const struct host_user *user, struct device **device,
		    struct enrolled_key *ret, struct mfa_error *err)
		    _must_check_;

#endif
