#include <stddef.h>

#include "pam/report.h"

/* A long name is cut, so that the reason stays. */
void
report_reason(pam_handle_t *pamh, enum phase phase, enum log_severity severity,
    enum mfa_code code, const char *text)
{
	const void *service = NULL, *user = NULL;

	(void)pam_get_item(pamh, PAM_SERVICE, &service);
	(void)pam_get_item(pamh, PAM_USER, &user);
	log_write(service, phase_type(phase), severity,
	    "user \"%.256s\": %s: %s", user != NULL ? (const char *)user : "-",
	    mfa_code_name(code), text);
}
