/* May the caller have this done, and does it take a proof? */
#ifndef ENDPOINT_AUTHORISE_H
#define ENDPOINT_AUTHORISE_H

#include "endpoint/operation.h"

/*
 * Root may call OP, whatever the policy says. Anyone else: an operation that
 * is not root's alone, for themselves and their own devices, where the policy
 * allows it by the MFA that there is: the MFA session of the caller's login
 * session, or a proof that was given in this connection. Where it is denied for
 * want of a proof that is given now, one is asked for, or the code that came
 * with the request is taken, and the policy is asked again.
 *  MFA_ACCESS_DENIED  call->shown has what the caller may know
 *  MFA_REQUEST_ABORTED, MFA_INVALID_CONFIGURATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	authorise(const struct operation *op,
		    struct operation_call *call, struct mfa_error *err)
		    _must_check_;

/*
 * Has the caller of CALL prove who they are, now: by TYPED where that is not
 * NULL, else by what the connection is asked for. Wrong codes of users count at
 * a door of their own. The proof is kept in call->session.
 *  MFA_INVALID_AUTHENTICATION_CODE  not proved: wrong, used, throttled, not
 *                                   tapped; call->shown does not say which
 *  MFA_REQUEST_ABORTED, MFA_SERVICE_FAILURE
 */
enum mfa_code	authorise_prove(struct operation_call *call, const char *typed,
		    struct mfa_error *err) _must_check_;

#endif
