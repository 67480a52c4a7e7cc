/*
 * A ticket: that the auth phase of this very login let a user in, for the
 * phases account and session, which may run in another process of the host. It
 * travels in the PAM environment as AWSMFA_TICKET, so it is MACed under
 * host.key, over everything below.
 */
#ifndef MFA_TICKET_H
#define MFA_TICKET_H

#include <sys/types.h>
#include <stdint.h>

#include "base/error.h"
#include "mfa/context.h"
#include "mfa/proof.h"

#define TICKET_SECONDS	120
#define TICKET_SIZE	1000	/* octets of its text, with the NUL */

/* A process that can't be mistaken for a later one of the same number. */
struct ticket_process {
	pid_t		pid;
	uint64_t	start;		/* /proc/PID/stat, field 22 */
};

struct ticket {
	struct host_user	user;
	char			service[SERVICE_NAME_SIZE];
	struct ticket_process	caller;
	/* The caller's parent (sshd: auth runs in a child); pid 0: none. */
	struct ticket_process	parent;
	struct proof		proof;
	int64_t			issued;	/* world's boottime, seconds */
};

/*
 * The text of TICKET, of printable ASCII characters; a nonce is added.
 *  MFA_SERVICE_FAILURE  no randomness, libcrypto failed; a user's or service's
 *                       name that can't be in one
 */
enum mfa_code	ticket_seal(const struct mfa_context *ctx,
		    const struct ticket *ticket,
		    char ret_text[static TICKET_SIZE], struct mfa_error *err)
		    _must_check_;

/*
 * Reads TEXT, which CALLER has brought for SERVICE: genuine, not older than
 * TICKET_SECONDS, of the same service, and sealed for CALLER or with CALLER as
 * the parent.
 *  MFA_ACCESS_DENIED    it is not; the detail says why
 *  MFA_SERVICE_FAILURE  libcrypto failed
 */
enum mfa_code	ticket_open(const struct mfa_context *ctx, const char *text,
		    const char *service, const struct ticket_process *caller,
		    struct ticket *ret, struct mfa_error *err) _must_check_;

#endif
