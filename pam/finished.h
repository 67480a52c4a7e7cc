/*
 * What the authenticate phase leaves for the account phase, where that follows
 * at once in the same process: the endpoint has finished the sign-in, and has
 * given it this ticket. To ask the endpoint whether the ticket is one, as the
 * session phase does, would tell nothing more.
 *
 * As pam/pending.h's it is in the handle; nothing comes of a ticket that is in
 * the PAM environment alone.
 */
#ifndef PAM_FINISHED_H
#define PAM_FINISHED_H

#include <stdbool.h>

#include "pam/signin.h"

/*
 * Where there is no memory nothing is kept, and the account phase asks. TICKET
 * has come from the endpoint.
 */
void	finished_keep(const struct signin *signin, const char *ticket);
/*
 * Was one kept by this process within the last minute, for the user and the
 * service of SIGNIN, and does the PAM environment have its ticket still?
 */
bool	finished_is_kept(const struct signin *signin) _must_check_;
void	finished_forget(pam_handle_t *pamh);

#endif
