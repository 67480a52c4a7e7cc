#include <string.h>
#include <unistd.h>

#include "pam/arguments.h"
#include "pam/finished.h"
#include "pam/outcome.h"
#include "pam/pending.h"
#include "pam/phase.h"
#include "pam/report.h"
#include "pam/signin.h"

static const struct {
	const char *name;
	const char *type;
} phases[] = {
	[PHASE_AUTHENTICATE] = { "authenticate", "auth" },
	[PHASE_ACCOUNT] = { "account", "account" },
	[PHASE_OPEN_SESSION] = { "open_session", "session" },
	[PHASE_CLOSE_SESSION] = { "close_session", "session" },
};

const char *
phase_name(enum phase phase)
{
	return phases[phase].name;
}

const char *
phase_type(enum phase phase)
{
	return phases[phase].type;
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
	report_reason(signin->pamh, signin->phase, severity, code,
	    mfa_error_text(err));
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
ask(const struct signin *signin)
{
	struct signin first = *signin;
	enum mfa_code code;

	if (signin->args->use_first_pass)
		return run(signin, ANSWER_AUTHTOK);
	if (signin->args->try_first_pass &&
	    answer_is_waiting(signin->pamh, signin->args)) {
		first.silent = true;
		code = run(&first, ANSWER_AUTHTOK);
		if (code == MFA_ENROLLMENT_PENDING ||
		    outcome_pam_code(signin->phase, code) != PAM_AUTH_ERR)
			return code;
	}
	return run(signin, ANSWER_ASK);
}

/* What the account phase finds is of this sign-in, not of one before. */
static int
authenticate(struct signin *signin)
{
	enum mfa_code code;

	pending_forget(signin->pamh);
	finished_forget(signin->pamh);
	code = ask(signin);
	if (code != MFA_ENROLLMENT_PENDING)
		return outcome_pam_code(signin->phase, code);
	if (pending_keep(signin->pamh, signin->user))
		return PAM_SUCCESS;
	report_reason(signin->pamh, signin->phase, LOG_SEVERITY_ERROR,
	    MFA_SERVICE_FAILURE, "no memory");
	return PAM_BUF_ERR;
}

/* Has auth, a moment ago, had the answer that the endpoint would give now? */
static bool
is_finished(const struct signin *signin)
{
	struct mfa_error err = { 0 };
	bool kept = finished_is_kept(signin);

	finished_forget(signin->pamh);
	if (kept)
		log_outcome(signin, true, MFA_OK, &err);
	return kept;
}

static int
account(struct signin *signin)
{
	enum mfa_code code;

	if (is_finished(signin))
		return PAM_SUCCESS;
	signin->pending = pending_is_kept(signin->pamh, signin->user);
	/* What is shown while one enrols no one can do without. */
	signin->silent = signin->silent && !signin->pending;
	code = run(signin, ANSWER_ASK);
	pending_forget(signin->pamh);
	return outcome_pam_code(signin->phase, code);
}

static int
session(struct signin *signin)
{
	return outcome_pam_code(signin->phase, run(signin, ANSWER_ASK));
}

static int
run_signin(struct signin *signin)
{
	switch (signin->phase) {
	case PHASE_AUTHENTICATE:
		return authenticate(signin);
	case PHASE_ACCOUNT:
		return account(signin);
	case PHASE_OPEN_SESSION:
	case PHASE_CLOSE_SESSION:
		return session(signin);
	}
	return PAM_SERVICE_ERR;
}

static int
start(pam_handle_t *pamh, enum phase phase, int flags, int argc,
    const char **argv)
{
	struct mfa_error err = { 0 };
	struct arguments args = { 0 };
	struct signin signin = { 0 };
	enum mfa_code code;

	if ((code = arguments_parse(argc, argv, &args, &err)) != MFA_OK) {
		report_reason(pamh, phase, LOG_SEVERITY_ERROR, code,
		    mfa_error_text(&err));
		return PAM_SERVICE_ERR;
	}
	if ((code = signin_init(&signin, pamh, phase, &args, &err)) != MFA_OK) {
		report_reason(pamh, phase, LOG_SEVERITY_NOTICE, code,
		    mfa_error_text(&err));
		return outcome_pam_code(phase, code);
	}
	/* What is to be signed by hand no one can do without. */
	signin.silent = (flags & PAM_SILENT) != 0 && !args.manual;
	return run_signin(&signin);
}

/* Of any kind: real, effective, or one to come back to. */
static bool
has_root_id(void)
{
	uid_t real, effective, saved;

	return getresuid(&real, &effective, &saved) != 0 || real == 0 ||
	    effective == 0 || saved == 0;
}

/*
 * A locker's user has signed in long ago, and there is no ticket for them. But
 * an application that has only put root aside may be a login's: there the
 * endpoint would have to be asked, and can't be.
 */
static int
refuse(pam_handle_t *pamh, enum phase phase)
{
	if (!has_root_id())
		return PAM_IGNORE;
	report_reason(pamh, phase, LOG_SEVERITY_ERROR, MFA_SERVICE_UNAVAILABLE,
	    "the application runs as root, and has another effective uid now");
	return outcome_pam_code(phase, MFA_SERVICE_UNAVAILABLE);
}

/* It is good for one login, and not for the user's programs to read. */
static bool
remove_ticket(pam_handle_t *pamh)
{
	/* libpam writes to syslog(3) where there is nothing to remove. */
	return pam_getenv(pamh, SIGNIN_TICKET) == NULL ||
	    pam_putenv(pamh, SIGNIN_TICKET) == PAM_SUCCESS;
}

int
phase_run(pam_handle_t *pamh, enum phase phase, int flags, int argc,
    const char **argv)
{
	int code;

	if (phase == PHASE_AUTHENTICATE || geteuid() == 0)
		code = start(pamh, phase, flags, argc, argv);
	else
		code = refuse(pamh, phase);
	if (phase == PHASE_OPEN_SESSION && !remove_ticket(pamh))
		code = PAM_SESSION_ERR;
	return phase == PHASE_CLOSE_SESSION ? PAM_SUCCESS : code;
}
