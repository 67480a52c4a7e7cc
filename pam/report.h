/* Why the module has answered as it has, in the system's log. */
#ifndef PAM_REPORT_H
#define PAM_REPORT_H

#include <security/pam_modules.h>

#include "base/error.h"
#include "pam/log.h"
#include "pam/phase.h"

/* A line with who, where, CODE's name and TEXT. */
void	report_reason(pam_handle_t *pamh, enum phase phase,
	    enum log_severity severity, enum mfa_code code, const char *text);

#endif
