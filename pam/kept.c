#include <stddef.h>

#include "pam/kept.h"

const void *
kept_find(pam_handle_t *pamh, const char *name)
{
	const void *data = NULL;

	if (pam_get_data(pamh, name, &data) != PAM_SUCCESS)
		return NULL;
	return data;
}

void
kept_forget(pam_handle_t *pamh, const char *name)
{
	if (kept_find(pamh, name) != NULL)
		(void)pam_set_data(pamh, name, NULL, NULL);
}
