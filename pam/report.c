#include <stddef.h>

#include "base/text.h"
#include "pam/report.h"

#define NAME_SIZE 257

/* Whoever wants to sign in has typed it: it does not end its quotes. */
static void
clean_name(const char *name, char ret[static NAME_SIZE])
{
	char *p;

	text_sanitise(ret, NAME_SIZE, name);
	for (p = ret; *p != '\0'; p++) {
		if (*p == '"')
			*p = '\'';
	}
}

/* A long name is cut, so that the reason stays. */
void
report_reason(pam_handle_t *pamh, enum phase phase, enum log_severity severity,
    enum mfa_code code, const char *text)
{
	const void *service = NULL, *user = NULL;
	char name[NAME_SIZE];

	(void)pam_get_item(pamh, PAM_SERVICE, &service);
	(void)pam_get_item(pamh, PAM_USER, &user);
	clean_name(user != NULL ? user : "-", name);
	log_write(service, phase_type(phase), severity, "user \"%s\": %s: %s",
	    name, mfa_code_name(code), text);
}
