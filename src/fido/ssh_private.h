/*
 * The file that ssh-keygen -t ecdsa-sk or ed25519-sk writes (OpenSSH's
 * PROTOCOL.key and PROTOCOL.u2f). There is no private key in it: it has the
 * handle by which the security key knows its credential again, so that programs
 * other than SSH's can ask for a tap.
 */
#ifndef FIDO_SSH_PRIVATE_H
#define FIDO_SSH_PRIVATE_H

#include "base/error.h"
#include "fido/credential.h"

#define SSH_PRIVATE_TEXT_MAX	8192	/* octets */

/*
 * TEXT, the whole file. *RET has format FIDO_NONE, and the application for a
 * relying party.
 *  MFA_INVALID_INPUT  anything else, one with a passphrase too; the detail says
 */
enum mfa_code	ssh_private_parse(const char *text,
		    struct fido_credential *ret, struct mfa_error *err)
		    _must_check_;

#endif
