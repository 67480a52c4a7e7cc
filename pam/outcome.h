/* What a code means to the host, and how loud the module's log is about it. */
#ifndef PAM_OUTCOME_H
#define PAM_OUTCOME_H

#include "base/error.h"
#include "pam/log.h"
#include "pam/phase.h"

/*
 * PAM_SUCCESS for MFA_OK alone, PAM_IGNORE for MFA_IGNORED beyond the
 * authenticate phase. Codes that tell of a user or of what was typed are all
 * PAM_AUTH_ERR, PAM_PERM_DENIED in the account phase, so that a host can't tell
 * them apart. In the session phases any other code is PAM_SESSION_ERR.
 */
int	outcome_pam_code(enum phase phase, enum mfa_code code);

/* LOG_SEVERITY_DEBUG where the endpoint logs it by itself. */
enum log_severity	outcome_severity(enum mfa_code code);

#endif
