/* Portable Symmetric Key Containers (RFC 6030), by libpskc. */
#ifndef CLI_PSKC_H
#define CLI_PSKC_H

#include "cli/token.h"

/* What opens an encrypted container. */
struct pskc_unlock {
	bool		has_key;
	struct secret	key;		/* pre-shared */
	bool		has_passphrase;
	struct secret	passphrase;
	/* Asks for the passphrase; false: none was given. May be NULL. */
	bool		(*ask)(void *ctx, struct secret *ret_passphrase);
	void		*ctx;
};

/* Does it look like XML? What does not is taken for CSV. */
bool	pskc_is_container(const char *text, size_t len);

/*
 * Reads the TOTP keys of a container. Every key package that can't be imported
 * is a fault: another algorithm (HOTP), no serial number, no or a malformed
 * key, a policy that forbids it, a wrong MAC. A signature is not checked, and
 * told.
 *  MFA_INVALID_INPUT    not a container; encrypted, and UNLOCK has nothing to
 *                       open it with, or in a way that is not supported
 *  MFA_SERVICE_FAILURE  no memory, a library failed
 */
enum mfa_code	pskc_read(const char *text, size_t len,
		    struct pskc_unlock *unlock, struct token_list *list,
		    struct mfa_error *err) _must_check_;

#endif
