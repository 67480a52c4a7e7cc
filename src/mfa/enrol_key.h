/* Enrolment of a security key that is in this machine. */
#ifndef MFA_ENROL_KEY_H
#define MFA_ENROL_KEY_H

#include "base/error.h"
#include "mfa/context.h"
#include "mfa/new_key.h"
#include "mfa/person.h"

/*
 * Has the key that is tapped make a credential for USER, verifies the
 * attestation by the settings, and enables it as the device NAME. Nothing is
 * locked while the person taps.
 *  MFA_INVALID_INPUT           NAME outside its pattern
 *  MFA_LIMIT_EXCEEDED          the user has eight devices
 *  MFA_ENTITY_ALREADY_EXISTS   NAME is taken; the key is enrolled already, for
 *                              this user or another
 *  MFA_ACCESS_DENIED           not tapped in time, PIN blocked, attestation not
 *                              verified or not among those allowed
 *  MFA_INVALID_CONFIGURATION   the roots can't be read
 *  MFA_REQUEST_ABORTED         the person has gone
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	enrol_key(const struct mfa_context *ctx,
		    const struct host_user *user, const char *name,
		    const struct key_driver *driver,
		    const struct person *person, struct enrolled_key *ret,
		    struct mfa_error *err) _must_check_;

#endif
