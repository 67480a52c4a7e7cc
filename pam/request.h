/* What of a sign-in is told to the endpoint. */
#ifndef PAM_REQUEST_H
#define PAM_REQUEST_H

#include "base/error.h"
#include "pam/signin.h"

/*
 * The socket of the agent of whoever started the application, the caller's to
 * close; -1 where there is none, or none that may be used: in other phases than
 * authenticate, and in services of sshd's, where SSH_AUTH_SOCK is whoever's
 * started the daemon.
 */
int	request_open_agent(const struct signin *signin) _must_check_;

/*
 * Sends SIGNIN's fields, and AGENT where it is not -1; codes as of wire_send().
 */
enum mfa_code	request_send(const struct signin *signin, int fd, int agent,
		    int64_t deadline, struct mfa_error *err) _must_check_;

#endif
