/* Signatures of SSH keys by way of an agent: a struct ssh_signer. */
#ifndef ENDPOINT_AGENT_SIGNER_H
#define ENDPOINT_AGENT_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mfa/person.h"
#include "mfa/ssh_signer.h"
#include "store/device.h"

#define AGENT_SIGNER_SENTENCE	"Tap your security key"
#define AGENT_LIST_MS		2000	/* for an agent to name its keys */

struct agent_signer {
	int	fd;		/* the agent's socket; borrowed */
	int64_t	deadline;	/* for taps; wire_now() terms */
	bool	shown;		/* the person has been told to tap */
};

/* A signer for struct ssh_signer; ctx is a struct agent_signer. */
enum mfa_code	agent_signer_sign(void *ctx, const struct fido_credential *key,
		    const char *challenge, const struct person *person,
		    struct sshsig *ret, struct mfa_error *err) _must_check_;

/* Has the agent KEY? As agent_signer_find() else. */
enum mfa_code	agent_signer_has(const struct agent_signer *signer,
		    const struct person *person,
		    const struct fido_credential *key, bool *ret,
		    struct mfa_error *err) _must_check_;

/*
 * Which of DEVICES have an SSH key that the agent has too, in the order in
 * which it has them; *RET_COUNT may be 0. Takes AGENT_LIST_MS at most. What
 * comes back is as of agent_list().
 */
enum mfa_code	agent_signer_find(const struct agent_signer *signer,
		    const struct person *person,
		    const struct device_list *devices,
		    const struct device *ret[static DEVICES_MAX],
		    size_t *ret_count, struct mfa_error *err) _must_check_;

#endif
