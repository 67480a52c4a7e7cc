/* The entry points. */
#include <security/pam_modules.h>

#include "pam/phase.h"

PAM_EXTERN int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return phase_run(pamh, PHASE_AUTHENTICATE, flags, argc, argv);
}

PAM_EXTERN int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return phase_run(pamh, PHASE_ACCOUNT, flags, argc, argv);
}

PAM_EXTERN int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return phase_run(pamh, PHASE_OPEN_SESSION, flags, argc, argv);
}

PAM_EXTERN int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return phase_run(pamh, PHASE_CLOSE_SESSION, flags, argc, argv);
}

/*
 * There are no credentials to set. It is no other code than PAM_SUCCESS because
 * sshd ends a login, and su denies one, where this fails; and PAM_IGNORE would
 * leave a stack in which no other module has an opinion without one.
 */
PAM_EXTERN int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
