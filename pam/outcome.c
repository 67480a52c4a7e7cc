#include <stddef.h>

#include <security/pam_modules.h>

#include "pam/outcome.h"

/* The table's rows fit a line with these. */
#define ERROR  LOG_SEVERITY_ERROR
#define NOTICE LOG_SEVERITY_NOTICE
#define DEBUG  LOG_SEVERITY_DEBUG

struct outcome {
	enum mfa_code code;
	int pam_code;
	enum log_severity severity;
};

static const struct outcome outcomes[] = {
	{ MFA_OK, PAM_SUCCESS, DEBUG },
	{ MFA_ACCESS_DENIED, PAM_AUTH_ERR, ERROR },
	{ MFA_CONCURRENT_MODIFICATION, PAM_AUTH_ERR, ERROR },
	{ MFA_DELETE_CONFLICT, PAM_AUTH_ERR, ERROR },
	{ MFA_ENTITY_ALREADY_EXISTS, PAM_AUTH_ERR, ERROR },
	{ MFA_ENTITY_TEMPORARILY_UNMODIFIABLE, PAM_AUTH_ERR, ERROR },
	{ MFA_INVALID_AUTHENTICATION_CODE, PAM_AUTH_ERR, NOTICE },
	{ MFA_INVALID_INPUT, PAM_AUTH_ERR, NOTICE },
	{ MFA_LIMIT_EXCEEDED, PAM_AUTH_ERR, ERROR },
	{ MFA_NO_SUCH_ENTITY, PAM_AUTH_ERR, NOTICE },
	{ MFA_SERVICE_FAILURE, PAM_AUTHINFO_UNAVAIL, ERROR },
	{ MFA_NOT_ENROLLED, PAM_AUTH_ERR, NOTICE },
	{ MFA_THROTTLING, PAM_AUTH_ERR, NOTICE },
	{ MFA_INVALID_CONFIGURATION, PAM_AUTHINFO_UNAVAIL, ERROR },
	{ MFA_SERVICE_UNAVAILABLE, PAM_AUTHINFO_UNAVAIL, ERROR },
	{ MFA_REQUEST_ABORTED, PAM_CONV_ERR, DEBUG },
	/* Denials, where the phase that may get them has not taken them. */
	{ MFA_ENROLLMENT_PENDING, PAM_AUTH_ERR, ERROR },
	{ MFA_IGNORED, PAM_AUTH_ERR, ERROR },
};

#define OUTCOMES_COUNT (sizeof(outcomes) / sizeof(outcomes[0]))

#define X(code, name, text) +1
_Static_assert(OUTCOMES_COUNT == 0 MFA_CODES(X), "a row for each code");
#undef X

static const struct outcome *
find_outcome(enum mfa_code code)
{
	static const struct outcome other = {
		.pam_code = PAM_AUTHINFO_UNAVAIL,
		.severity = LOG_SEVERITY_ERROR,
	};
	size_t i;

	for (i = 0; i < OUTCOMES_COUNT; i++) {
		if (outcomes[i].code == code)
			return &outcomes[i];
	}
	return &other;
}

int
outcome_pam_code(enum phase phase, enum mfa_code code)
{
	int pam_code = find_outcome(code)->pam_code;

	if (phase == PHASE_AUTHENTICATE || pam_code == PAM_SUCCESS)
		return pam_code;
	if (code == MFA_IGNORED)
		return PAM_IGNORE;
	/* The codes that pam_sm_acct_mgmt(3) and _open_session(3) have. */
	if (phase != PHASE_ACCOUNT)
		return PAM_SESSION_ERR;
	return pam_code == PAM_AUTH_ERR ? PAM_PERM_DENIED : pam_code;
}

enum log_severity
outcome_severity(enum mfa_code code)
{
	return find_outcome(code)->severity;
}
