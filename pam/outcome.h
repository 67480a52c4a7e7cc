/* What a code means to the host, and how loud the module's log is about it. */
#ifndef PAM_OUTCOME_H
#define PAM_OUTCOME_H

#include "base/error.h"
#include "pam/log.h"

/*
 * PAM_SUCCESS for MFA_OK alone. Codes that tell of a user or of what was typed
 * are all PAM_AUTH_ERR, so that a host can't tell them apart.
 */
int	outcome_pam_code(enum mfa_code code);

/* LOG_SEVERITY_DEBUG where the endpoint logs it by itself. */
enum log_severity	outcome_severity(enum mfa_code code);

#endif
