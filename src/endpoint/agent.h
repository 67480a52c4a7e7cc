/*
 * An SSH agent at the other end of a descriptor that a client has passed. It is
 * the user's, and so it may lie, hang or flood: nothing that it does outlasts
 * the deadline or costs more than one answer's memory, and what it signs is for
 * the caller to verify.
 */
#ifndef ENDPOINT_AGENT_H
#define ENDPOINT_AGENT_H

#include <stdint.h>

#include "base/error.h"
#include "fido/agent_message.h"

struct agent {
	int	fd;		/* a socket; borrowed */
	int	person_fd;	/* readable, or hung up: the person has gone */
	int64_t	deadline;	/* of all that is asked; wire_now() terms */
};

/* An answer's memory, into which what was read of it points. */
struct agent_answer {
	uint8_t	*bytes;		/* owned */
	size_t	len;
};

void	agent_answer_clear(struct agent_answer *answer);

/*
 * The keys that AGENT has. *ret_keys borrows from *ret_answer, which is the
 * caller's to clear.
 *  MFA_ACCESS_DENIED    it refused, hung up, did not answer in time, or talked
 *                       nonsense; the detail says which
 *  MFA_REQUEST_ABORTED  the person has gone
 *  MFA_SERVICE_FAILURE  no memory
 */
enum mfa_code	agent_list(const struct agent *agent,
		    struct agent_answer *ret_answer,
		    struct agent_identities *ret_keys, struct mfa_error *err)
		    _must_check_;

/*
 * Has AGENT sign DATA with KEY, which may take until the key is tapped. Codes
 * and ownership as of agent_list(); MFA_INVALID_INPUT as of
 * agent_ask_signature().
 */
enum mfa_code	agent_sign(const struct agent *agent,
		    const struct ssh_octets *key,
		    const struct ssh_octets *data,
		    struct agent_answer *ret_answer,
		    struct ssh_octets *ret_signature, struct mfa_error *err)
		    _must_check_;

#endif
