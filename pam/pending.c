#include <stdlib.h>
#include <string.h>

#include "pam/kept.h"
#include "pam/pending.h"

#define DATA_NAME "awsmfa_pending"

static void
clean_up(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	(void)status;
	free(data);
}

bool
pending_keep(pam_handle_t *pamh, const char *user)
{
	_cleanup_(freep) char *copy = strdup(user);

	if (copy == NULL ||
	    pam_set_data(pamh, DATA_NAME, copy, clean_up) != PAM_SUCCESS)
		return false;
	(void)steal(&copy);
	return true;
}

bool
pending_is_kept(pam_handle_t *pamh, const char *user)
{
	const char *kept = kept_find(pamh, DATA_NAME);

	return kept != NULL && strcmp(kept, user) == 0;
}

void
pending_forget(pam_handle_t *pamh)
{
	kept_forget(pamh, DATA_NAME);
}
