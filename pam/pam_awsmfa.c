/*
 * The entry points. The module decides nothing: it says who signs in where,
 * relays the endpoint's prompt and the answer, and gives its outcome to the
 * host.
 */
#include <security/pam_modules.h>

#include "pam/arguments.h"
#include "pam/log.h"
#include "pam/outcome.h"
#include "pam/signin.h"

/* A line; a long name is cut, so that the reason stays. */
static void
log_reason(pam_handle_t *pamh, enum log_severity severity, enum mfa_code code,
    const char *text)
{
	const void *service = NULL, *user = NULL;

	(void)pam_get_item(pamh, PAM_SERVICE, &service);
	(void)pam_get_item(pamh, PAM_USER, &user);
	log_write(service, severity, "user \"%.256s\": %s: %s",
	    user != NULL ? (const char *)user : "-", mfa_code_name(code), text);
}

/* DECIDED: the endpoint has logged it, with more than is known here. */
static void
log_outcome(const struct signin *signin, bool decided, enum mfa_code code,
    const struct mfa_error *err)
{
	enum log_severity severity = outcome_severity(code);

	if (decided)
		severity = LOG_SEVERITY_DEBUG;
	if (severity == LOG_SEVERITY_DEBUG && !signin->args->debug)
		return;
	log_reason(signin->pamh, severity, code, mfa_error_text(err));
}

static enum mfa_code
run(const struct signin *signin, enum answer_source source)
{
	struct mfa_error err = { 0 };
	bool decided = false;
	enum mfa_code code;

	code = signin_run(signin, source, &decided, &err);
	log_outcome(signin, decided, code, &err);
	return code;
}

/*
 * With try_first_pass a sign-in of its own for what is in PAM_AUTHTOK, which
 * says nothing when it is denied, as another follows.
 */
static enum mfa_code
authenticate(const struct signin *signin)
{
	struct signin first = *signin;
	enum mfa_code code;

	if (signin->args->use_first_pass)
		return run(signin, ANSWER_AUTHTOK);
	if (signin->args->try_first_pass &&
	    answer_is_waiting(signin->pamh, signin->args)) {
		first.silent = true;
		code = run(&first, ANSWER_AUTHTOK);
		if (outcome_pam_code(code) != PAM_AUTH_ERR)
			return code;
	}
	return run(signin, ANSWER_ASK);
}

PAM_EXTERN int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct mfa_error err = { 0 };
	struct arguments args = { 0 };
	struct signin signin = { 0 };
	enum mfa_code code;

	if ((code = arguments_parse(argc, argv, &args, &err)) != MFA_OK) {
		log_reason(pamh, LOG_SEVERITY_ERROR, code,
		    mfa_error_text(&err));
		return PAM_SERVICE_ERR;
	}
	if ((code = signin_init(&signin, pamh, &args, &err)) != MFA_OK) {
		log_reason(pamh, LOG_SEVERITY_NOTICE, code,
		    mfa_error_text(&err));
		return outcome_pam_code(code);
	}
	signin.silent = (flags & PAM_SILENT) != 0;
	return outcome_pam_code(authenticate(&signin));
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
