/*
 * SSH keys of security keys and signatures by them, right in every detail, out
 * of fidomake's keys (whose relying party is the application). Whatever fails
 * here ends the process.
 */
#ifndef SUPPORT_SSHMAKE_H
#define SUPPORT_SSHMAKE_H

#include <stdint.h>

#include "fido/sshsig.h"
#include "support/fidomake.h"

#define SSHMAKE_SIZE	1024	/* octets of text, with its NUL */

/* The public key, as it is enrolled, and as the line of a file. */
void	sshmake_credential(const struct fidomake_key *key,
	    struct fido_credential *ret);
void	sshmake_line(const struct fidomake_key *key, char *ret, size_t size);

/* What "ssh-keygen -Y sign -n awsmfa" would print for MESSAGE, unarmoured. */
void	sshmake_sign(const struct fidomake_key *key, uint8_t flags,
	    uint32_t count, const char *message,
	    char ret[static SSHMAKE_SIZE]);

#endif
