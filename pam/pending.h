/*
 * What the authenticate phase leaves for the account phase: that this user is
 * to enrol there. It is kept in the handle and not in the PAM environment,
 * which other modules fill from the user's files.
 */
#ifndef PAM_PENDING_H
#define PAM_PENDING_H

#include <stdbool.h>

#include <security/pam_modules.h>

#include "base/cleanup.h"

/* False where there is no memory: the sign-in must be denied. */
bool	pending_keep(pam_handle_t *pamh, const char *user) _must_check_;
/* Was it kept, and for this user? */
bool	pending_is_kept(pam_handle_t *pamh, const char *user) _must_check_;
void	pending_forget(pam_handle_t *pamh);

#endif
