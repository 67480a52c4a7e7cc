/* Enrolment of a security key that its user has for OpenSSH. */
#ifndef MFA_ENROL_SSH_H
#define MFA_ENROL_SSH_H

#include "base/error.h"
#include "mfa/context.h"
#include "mfa/new_key.h"
#include "mfa/person.h"
#include "mfa/ssh_signer.h"

/* What is enrolled, for whom and where: names, to be borrowed. */
struct ssh_enrolment {
	const char	*host;	/* this one's name, for the challenge */
	const char	*name;	/* of the device */
	const char	*line;	/* the public key: "TYPE BASE64 COMMENT" */
};

/*
 * Has SIGNER sign a challenge with the key of WHAT->line, which proves that
 * it is USER's, and enables it as the device WHAT->name. Nothing is locked
 * meanwhile.
 *  MFA_INVALID_INPUT           name outside its pattern; no key of a security
 *                              key
 *  MFA_LIMIT_EXCEEDED          the user has eight devices
 *  MFA_ENTITY_ALREADY_EXISTS   the name is taken; the key is enrolled already,
 *                              for this user or another
 *  MFA_ACCESS_DENIED           no signature, or not one of this key, of this
 *                              challenge, by a tap; attestation is required,
 *                              which no SSH key has
 *  MFA_REQUEST_ABORTED         the person has gone
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	enrol_ssh(const struct mfa_context *ctx,
		    const struct host_user *user,
		    const struct ssh_enrolment *what,
		    const struct ssh_signer *signer,
		    const struct person *person, struct enrolled_key *ret,
		    struct mfa_error *err) _must_check_;

#endif
