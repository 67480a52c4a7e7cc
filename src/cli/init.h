/* Making account, folders and host key, by root. */
#ifndef CLI_INIT_H
#define CLI_INIT_H

#include <sys/types.h>

#include "base/error.h"

struct init_paths {
	const char	*conf;		/* /etc/awsmfa: root 0755 */
	const char	*state;		/* /var/lib/awsmfa: account 0700 */
	const char	*run;		/* /run/awsmfa: root 0755 */
	const char	*account;	/* awsmfa */
};

/*
 * Makes what is missing and calls SAID with a line for each thing done; what
 * is there is checked and kept. Nothing is done with privilege inside the
 * account's folder, where it could be waiting with a link.
 *  MFA_ACCESS_DENIED    the caller is not root
 *  MFA_SERVICE_FAILURE  something is there and not as it must be, or the host
 *                       key is missing where devices are; the detail says what
 */
enum mfa_code	init_apply(const struct init_paths *paths,
		    void (*said)(const char *line), struct mfa_error *err)
		    _must_check_;

/* Makes the account where it is missing; its ids. Errors as above. */
enum mfa_code	account_ensure(const char *name,
		    void (*said)(const char *line), uid_t *ret_uid,
		    gid_t *ret_gid, struct mfa_error *err) _must_check_;

#endif
