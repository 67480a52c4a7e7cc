/*
 * How an SSH key is had sign: a parameter of what needs it, as there is more
 * than one way to where it is.
 */
#ifndef MFA_SSH_SIGNER_H
#define MFA_SSH_SIGNER_H

#include "base/error.h"
#include "fido/sshsig.h"
#include "mfa/person.h"

struct ssh_signer {
	/*
	 * Has KEY sign CHALLENGE as "ssh-keygen -Y sign" does, in our
	 * namespace. What comes back is not verified yet.
	 *  MFA_ACCESS_DENIED    there is no signature, or it is none
	 *  MFA_REQUEST_ABORTED  the person has gone
	 *  MFA_SERVICE_FAILURE
	 */
	enum mfa_code	(*sign)(void *ctx, const struct fido_credential *key,
			    const char *challenge, const struct person *person,
			    struct sshsig *ret, struct mfa_error *err);
	void	*ctx;
};

/*
 * The person signs where the key is, by a command that is shown, and pastes
 * what it prints; has three tries for that. Has no CTX.
 */
extern const struct ssh_signer ssh_signer_by_hand;

/*
 * The two parts of it, for who shows and asks in another way: the command, and
 * what to ask with.
 */
#define SSH_SIGNER_COMMAND_SIZE	768	/* octets, with the NUL */
#define SSH_SIGNER_PROMPT	"Signature: "
void	ssh_signer_command(enum fido_algorithm algorithm,
	    const char *challenge, char ret[static SSH_SIGNER_COMMAND_SIZE]);

#endif
