/* Obtaining one proof from the person, by what the user has. */
#ifndef ENDPOINT_PROVE_H
#define ENDPOINT_PROVE_H

#include <stdbool.h>

#include "endpoint/log.h"
#include "endpoint/person.h"
#include "mfa/settings.h"
#include "mfa/signin.h"

/* How it is asked for. Borrowed, all of it. */
struct proving {
	struct remote_person		*person;
	const struct settings		*settings;
	const char			*prompt;	/* prompt=, or NULL */
	/*
	 * May keys in this machine be asked for? Else someone far away asks,
	 * and the person at the console taps.
	 */
	bool				local;
	/* Would no code do, whatever the user has? Then none is looked at. */
	bool				no_codes;
	const struct log_subject	*subject;	/* of log lines */
};

/*
 * Asks once: a code, a tap, or either by one prompt; a tap that fails leaves
 * the code, or where there are none a recovery code or a grant. *ret_how tells
 * of the proof that was given, or tried, for the log; it is set on failure too.
 * Where nothing would do, a code is asked for as of anyone, and not looked at.
 * Codes are those of signin_verify() and signin_tap(), and MFA_REQUEST_ABORTED
 * where the person has gone.
 */
enum mfa_code	prove(const struct proving *proving, struct signin *signin,
		    struct proof *ret_proof, const char **ret_how,
		    struct mfa_error *err) _must_check_;

#endif
