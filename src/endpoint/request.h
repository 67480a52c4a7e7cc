/* What a client asks for: a sign-in's fields, as they came. */
#ifndef ENDPOINT_REQUEST_H
#define ENDPOINT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "endpoint/endpoint.h"
#include "wire/frame.h"

enum phase {
	PHASE_AUTHENTICATE,
	PHASE_ACCOUNT,
	PHASE_OPEN_SESSION,
	PHASE_CLOSE_SESSION,
	PHASES
};

/* unenrolled=: what becomes of a user without a device. */
enum unenrolled {
	UNENROLLED_DENY,
	UNENROLLED_ALLOW,
	UNENROLLED_ENROLL,	/* with an administrator's code */
	UNENROLLED_ENROLL_OPEN,	/* without */
};

/* Strings are owned, and NULL where the field did not come. */
struct request {
	enum phase	phase;
	char		*user;
	char		*service;	/* NULL: the caller is not root */
	char		*rhost;
	char		*tty;
	char		*conf;
	char		*prompt;
	enum unenrolled	unenrolled;
	char		*enroll_by;	/* YYYY-MM-DD */
	int64_t		enroll_until;	/* epoch, that day's end; 0: none */
	bool		pending;	/* auth left enrolment to account */
	char		*ticket;
	char		*ssh_keys;
	bool		manual;
	bool		has_agent;
	int		agent;		/* where HAS_AGENT; owned */
};

/*
 * Reads the fields of PEER's up to SIGN_IN; FIRST was received before. RET is
 * {0}, and to be cleared by the caller, whatever comes back. Of a caller who is
 * not root no more counts than the user's name, the prompt and an agent:
 * the rest is dropped.
 *  MFA_INVALID_CONFIGURATION  enroll_by= is no day
 *  MFA_SERVICE_FAILURE        a breach of the protocol
 *  MFA_REQUEST_ABORTED, MFA_SERVICE_UNAVAILABLE  see wire_receive()
 */
enum mfa_code	request_read(const struct peer *peer, struct wire_frame *first,
		    struct request *ret, struct mfa_error *err) _must_check_;
void		request_clear(struct request *request);

/* "SignIn", "Account", "OpenSession", "CloseSession": for the log. */
const char	*phase_name(enum phase phase);

#endif
