/*
 * A module for stacks in tests: "set" puts its second word into PAM_AUTHTOK,
 * "keep" writes PAM_AUTHTOK to the file of its second word.
 */
#include <stdio.h>
#include <string.h>

#include <security/pam_modules.h>

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const void *authtok = NULL;
	FILE *f;

	(void)flags;
	if (argc != 2)
		return PAM_SERVICE_ERR;
	if (strcmp(argv[0], "set") == 0)
		return pam_set_item(pamh, PAM_AUTHTOK, argv[1]);
	(void)pam_get_item(pamh, PAM_AUTHTOK, &authtok);
	if ((f = fopen(argv[1], "we")) == NULL)
		return PAM_SYSTEM_ERR;
	fprintf(f, "%s", authtok != NULL ? (const char *)authtok : "(none)");
	fclose(f);
	return PAM_SUCCESS;
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
