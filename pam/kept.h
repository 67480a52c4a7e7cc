/*
 * What a phase leaves in the handle for a later one, by its name: see
 * pam/pending.h and pam/finished.h.
 */
#ifndef PAM_KEPT_H
#define PAM_KEPT_H

#include <security/pam_modules.h>

/* Borrowed, until it is forgotten or replaced; NULL: there is nothing. */
const void	*kept_find(pam_handle_t *pamh, const char *name);
void	kept_forget(pam_handle_t *pamh, const char *name);

#endif
