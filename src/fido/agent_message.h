/*
 * Messages to and from an SSH agent (draft-miller-ssh-agent, section 3; OpenSSH
 * calls it PROTOCOL.agent). Nothing here reads or writes a descriptor.
 *
 * An agent is the user's, or at the far end of their connection: all that it
 * says is hostile until a signature has been verified. Lengths are checked
 * before anything is taken, octets that trail are refused, and what comes back
 * borrows the message's memory.
 */
#ifndef FIDO_AGENT_MESSAGE_H
#define FIDO_AGENT_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "fido/ssh_wire.h"

#define AGENT_LENGTH_SIZE	4		/* before every message */
#define AGENT_ANSWER_MAX	(256 * 1024)	/* octets after the length */
#define AGENT_IDENTITIES_MAX	256		/* keys in one answer */
#define AGENT_KEY_MAX		8192	/* octets of a key to sign with */
#define AGENT_DATA_MAX		1024		/* octets to sign */
#define AGENT_SIGNATURE_MAX	1024
#define AGENT_REQUEST_MAX \
	(AGENT_LENGTH_SIZE + 1 + 4 + AGENT_KEY_MAX + 4 + AGENT_DATA_MAX + 4)

struct agent_identities {
	size_t			count;
	struct ssh_octets	keys[AGENT_IDENTITIES_MAX]; /* public keys */
};

/* A request, ready to be sent with its length before it. */
struct agent_request {
	size_t	len;
	uint8_t	bytes[AGENT_REQUEST_MAX];
};

/* SSH_AGENTC_REQUEST_IDENTITIES */
void	agent_ask_identities(struct agent_request *ret);

/*
 * SSH_AGENTC_SIGN_REQUEST: the private half of KEY is to sign DATA.
 *  MFA_INVALID_INPUT  KEY or DATA is empty, or over its limit
 */
enum mfa_code	agent_ask_signature(const struct ssh_octets *key,
		    const struct ssh_octets *data, struct agent_request *ret,
		    struct mfa_error *err) _must_check_;

/*
 * How many octets follow a message's length, which is the first
 * AGENT_LENGTH_SIZE octets of HEADER.
 *  MFA_ACCESS_DENIED  none, or more than AGENT_ANSWER_MAX
 */
enum mfa_code	agent_read_length(
		    const uint8_t header[static AGENT_LENGTH_SIZE],
		    size_t *ret_len, struct mfa_error *err) _must_check_;

/*
 * Reads an answer, LEN octets without its length. A key's octets are not
 * looked into, and may be empty.
 *  MFA_ACCESS_DENIED  the agent refuses, or it is not such an answer, or has
 *                     more than AGENT_IDENTITIES_MAX keys or a signature over
 *                     AGENT_SIGNATURE_MAX; the detail says which
 */
enum mfa_code	agent_read_identities(const uint8_t *answer, size_t len,
		    struct agent_identities *ret, struct mfa_error *err)
		    _must_check_;
enum mfa_code	agent_read_signature(const uint8_t *answer, size_t len,
		    struct ssh_octets *ret, struct mfa_error *err)
		    _must_check_;

#endif
