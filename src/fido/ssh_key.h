/*
 * OpenSSH's public keys of security keys (its PROTOCOL.u2f): the types
 * sk-ssh-ed25519@openssh.com and sk-ecdsa-sha2-nistp256@openssh.com, and the
 * certificates of such keys (PROTOCOL.certkeys), of which the key counts and
 * nothing else.
 */
#ifndef FIDO_SSH_KEY_H
#define FIDO_SSH_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "fido/credential.h"

#define SSH_KEY_INPUT_MAX	8192	/* octets of a key with a certificate */
#define SSH_KEY_TEXT_MAX	12288	/* octets of a line with one */
#define SSH_KEY_BLOB_SIZE	512	/* more than a key without one has */
#define SSH_KEY_LINE_SIZE	768	/* the same in text, with its NUL */
#define SSH_KEY_FINGERPRINT_SIZE 64	/* "SHA256:..." with its NUL */

/*
 * Can a key be for this application? "ssh:" and, maybe, more: printable ASCII,
 * FIDO_RP_ID_MAX octets in all.
 */
bool	ssh_key_is_application(const char *application);

/*
 * Reads the LEN octets of BLOB: a key, or a user's certificate with one. *RET
 * has format FIDO_SSH, no id, no certificate, and the application for a relying
 * party. Whether the point is on its curve is told by what verifies with it.
 *  MFA_INVALID_INPUT  anything else, octets that trail too; the detail says
 */
enum mfa_code	ssh_key_parse(const uint8_t *blob, size_t len,
		    struct fido_credential *ret, struct mfa_error *err)
		    _must_check_;

/*
 * The same for a line as ssh-keygen writes it, without its end: "TYPE BASE64",
 * a space and a comment where there is one. One with options before the type,
 * as authorized_keys may have, is refused.
 */
enum mfa_code	ssh_key_parse_line(const char *line,
		    struct fido_credential *ret, struct mfa_error *err)
		    _must_check_;

/* Are both keys of the same octets, and for the same application? */
bool	ssh_key_is_same(const struct fido_credential *a,
	    const struct fido_credential *b);

/*
 * A key's octets, its line without a comment, and its fingerprint as ssh-keygen
 * -l shows it. KEY is one that ssh_key_parse() gave.
 *  MFA_SERVICE_FAILURE  it is not
 */
enum mfa_code	ssh_key_format(const struct fido_credential *key,
		    uint8_t ret[static SSH_KEY_BLOB_SIZE], size_t *ret_len,
		    struct mfa_error *err) _must_check_;
enum mfa_code	ssh_key_format_line(const struct fido_credential *key,
		    char ret[static SSH_KEY_LINE_SIZE], struct mfa_error *err)
		    _must_check_;
enum mfa_code	ssh_key_fingerprint(const struct fido_credential *key,
		    char ret[static SSH_KEY_FINGERPRINT_SIZE],
		    struct mfa_error *err) _must_check_;

/* "sk-ssh-ed25519@openssh.com", as keys and signatures begin with it. */
const char	*ssh_key_type(enum fido_algorithm algorithm);

#endif
