/*
 * SSH keys in a sign-in: by an agent that the client has passed, or by hand.
 * For prove.c.
 */
#ifndef ENDPOINT_PROVE_SSH_H
#define ENDPOINT_PROVE_SSH_H

#include <stdbool.h>
#include <stddef.h>

#include "endpoint/prove.h"
#include "mfa/ssh_tap.h"

/* How the user's SSH keys can be asked here. */
struct ssh_ways {
	/* Keys of the user's that the agent has. */
	size_t			count;
	const struct device	*found[DEVICES_MAX];
	/* What is to be signed by hand; "": nothing. */
	char			challenge[SSH_TAP_CHALLENGE_SIZE];
};

/*
 * Finds out, and shows what is to be signed by hand, if anything is. An agent
 * that is of no use is no error.
 *  MFA_REQUEST_ABORTED  the person has gone
 *  MFA_SERVICE_FAILURE  no randomness
 */
enum mfa_code	ssh_ways_find(const struct proving *proving,
		    const struct signin *signin, struct ssh_ways *ret,
		    struct mfa_error *err) _must_check_;

/*
 * Has the agent's keys asked for a tap, one after the other. *RET_SAID: none
 * was given, the person was told so, and may be asked for something else.
 * Codes as of ssh_tap_verify() and a struct ssh_signer's.
 */
enum mfa_code	prove_by_agent(const struct proving *proving,
		    const struct signin *signin, const struct ssh_ways *ways,
		    struct proof *ret_proof, bool *ret_said,
		    struct mfa_error *err) _must_check_;

/* Is the LEN octets of ANSWER a signature, right or wrong, and no code? */
bool	is_signature(const char *answer, size_t len);

/*
 * Verifies ANSWER, which is a signature, over the challenge that was shown.
 * Codes as of ssh_tap_verify().
 */
enum mfa_code	prove_by_signature(const struct proving *proving,
		    const struct signin *signin, const struct ssh_ways *ways,
		    const struct wire_frame *answer, struct proof *ret_proof,
		    struct mfa_error *err) _must_check_;

#endif
