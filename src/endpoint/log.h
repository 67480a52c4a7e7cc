/* The endpoint's log: one line a decision, to syslog(3), facility authpriv. */
#ifndef ENDPOINT_LOG_H
#define ENDPOINT_LOG_H

#include "base/error.h"

/* What was decided on; NULL or "" is written as "-". */
struct log_subject {
	const char	*operation;	/* "SignIn", "EnableMFADevice" */
	const char	*user;
	const char	*service;
	const char	*rhost;
	const char	*tty;
	const char	*serial;
	unsigned	caller;		/* uid of who asked */
};

/* Opens and closes the log; it is connected at once, not at its first line. */
void	log_open(void);
void	log_close(void);

/*
 * One decision: `operation=SignIn user=alice service=sshd rhost=192.0.2.7
 * tty=ssh serial=- caller=0 outcome=InvalidAuthenticationCode detail="wrong
 * code"`, in one line. Values are sanitised; none can end its field or forge
 * another.
 */
void	log_decision(const struct log_subject *subject, enum mfa_code outcome,
	    const char *detail);

/* What is no decision: the service's own troubles. */
void	log_problem(const char *fmt, ...) _printf_(1, 2);

#endif
