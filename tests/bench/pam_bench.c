/*
 * pam_bench.so ask | stamp FILE
 *
 * What other modules are compared with, and how: ask has the conversation of
 * one that wants a code, and does nothing with the answer; stamp does nothing,
 * and appends to FILE what phase it is (auth, account, open, close) and when
 * (CLOCK_MONOTONIC, nanoseconds).
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

static int
ask(pam_handle_t *pamh)
{
	char *answer = NULL;
	int code;

	code = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "MFA code: ");
	free(answer);
	return code;
}

static int
stamp(const char *path, const char *phase)
{
	struct timespec ts;
	char line[64];
	int fd, len;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	len = snprintf(line, sizeof(line), "%s %lld\n", phase,
	    (long long)ts.tv_sec * 1000000000 + ts.tv_nsec);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return PAM_SERVICE_ERR;
	if (write(fd, line, (size_t)len) != len) {
		(void)close(fd);
		return PAM_SERVICE_ERR;
	}
	(void)close(fd);
	return PAM_IGNORE;
}

static int
run(pam_handle_t *pamh, const char *phase, int argc, const char **argv)
{
	if (argc == 2 && strcmp(argv[0], "stamp") == 0)
		return stamp(argv[1], phase);
	if (argc == 1 && strcmp(argv[0], "ask") == 0)
		return strcmp(phase, "auth") == 0 ? ask(pamh) : PAM_SUCCESS;
	return PAM_SERVICE_ERR;
}

PAM_EXTERN int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return run(pamh, "auth", argc, argv);
}

PAM_EXTERN int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}

PAM_EXTERN int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return run(pamh, "account", argc, argv);
}

PAM_EXTERN int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return run(pamh, "open", argc, argv);
}

PAM_EXTERN int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return run(pamh, "close", argc, argv);
}
