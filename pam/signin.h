/*
 * One phase of a sign-in: who signs in where goes to the endpoint, its prompts
 * and messages to the person, the answers back, and its outcome is the result.
 * The state machine is the one of wire/frame.h; a breach of it denies.
 */
#ifndef PAM_SIGNIN_H
#define PAM_SIGNIN_H

#include <stdbool.h>

#include <security/pam_modules.h>

#include "base/error.h"
#include "pam/answer.h"
#include "pam/arguments.h"
#include "pam/phase.h"
#include "wire/client.h"

/* Of the PAM environment: that the user has signed in, for later phases. */
#define SIGNIN_TICKET	"AWSMFA_TICKET"

/* Strings are libpam's, valid until the item is set anew. */
struct signin {
	pam_handle_t		*pamh;
	const struct arguments	*args;
	const struct client_paths *paths;
	enum phase		phase;
	bool			silent;		/* no messages but a tap's */
	bool			pending;	/* the user is to enrol now */
	const char		*user;
	const char		*service;
	const char		*rhost;		/* NULL: not set */
	const char		*tty;		/* NULL: not set */
};

/*
 * Fills RET from the items of PAMH, of which PAM_USER and PAM_SERVICE must be
 * there; asks for the user where the application has not set one.
 *  MFA_REQUEST_ABORTED  the user was asked for, and the conversation failed
 *  MFA_INVALID_INPUT    no user or service, or an item over WIRE_STRING_MAX
 */
enum mfa_code	signin_init(struct signin *ret, pam_handle_t *pamh,
		    enum phase phase, const struct arguments *args,
		    struct mfa_error *err) _must_check_;

/*
 * Runs it, with the answer to the first prompt from SOURCE. On MFA_OK the PAM
 * environment has what the endpoint has sent for it. MFA_ENROLLMENT_PENDING can
 * come of PHASE_AUTHENTICATE alone, and where the arguments say so; MFA_IGNORED
 * of the others alone.
 *  any code   the endpoint's outcome, *ret_decided being true
 *  MFA_SERVICE_UNAVAILABLE, MFA_SERVICE_FAILURE, MFA_ACCESS_DENIED
 *             the endpoint can't be reached, ends or hangs, breaks the
 *             protocol, or isn't the endpoint
 *  MFA_INVALID_AUTHENTICATION_CODE
 *             a tap is asked for, where try_first_pass tries a password
 *  others     of answer_obtain() and interrupt_wait()
 */
enum mfa_code	signin_run(const struct signin *signin,
		    enum answer_source source, bool *ret_decided,
		    struct mfa_error *err) _must_check_;

#endif
