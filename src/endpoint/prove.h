/* Obtaining one proof from the person, by what the user has. */
#ifndef ENDPOINT_PROVE_H
#define ENDPOINT_PROVE_H

#include <stdbool.h>

#include "endpoint/log.h"
#include "endpoint/person.h"
#include "mfa/context.h"
#include "mfa/settings.h"
#include "mfa/signin.h"

/* How it is asked for. Borrowed, all of it. */
struct proving {
	struct remote_person		*person;
	const struct mfa_context	*ctx;
	const struct settings		*settings;
	const char			*prompt;	/* prompt=, or NULL */
	/*
	 * May keys in this machine be asked for? Else someone far away asks,
	 * and the person at the console taps.
	 */
	bool				local;
	/* Of SSH keys: an agent's socket; a challenge to sign by hand. */
	bool				has_agent;
	int				agent;		/* where HAS_AGENT */
	bool				manual;
	/* Would no code do, whatever the user has? Then none is looked at. */
	bool				no_codes;
	const struct log_subject	*subject;	/* of log lines */
};

/*
 * Asks once: a code, a tap, a signature, or any by one prompt that offers what
 * can work here; a tap that fails leaves the rest, or where there is none a
 * recovery code or a grant. *ret_how tells of the proof that was given, or
 * tried, for the log; it is set on failure too. Where nothing would do, a code
 * is asked for as of anyone, and not looked at. Codes are those of
 * signin_verify(), signin_tap() and ssh_tap_verify(), and MFA_REQUEST_ABORTED
 * where the person has gone.
 */
enum mfa_code	prove(const struct proving *proving, struct signin *signin,
		    struct proof *ret_proof, const char **ret_how,
		    struct mfa_error *err) _must_check_;

#endif
