/*
 * The one list of errors: what happened, the name that IAM (API version
 * 2010-05-08) or AWS's common errors give it, and a default text.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/cleanup.h"

#define MFA_CODES(X)							\
	X(MFA_OK, "Success", "Success")					\
	X(MFA_ACCESS_DENIED, "AccessDenied",				\
	    "The caller is not allowed to do this")			\
	X(MFA_CONCURRENT_MODIFICATION, "ConcurrentModification",	\
	    "Someone else is changing the same thing; try again")	\
	X(MFA_DELETE_CONFLICT, "DeleteConflict",			\
	    "The device is in use; deactivate it first")		\
	X(MFA_ENTITY_ALREADY_EXISTS, "EntityAlreadyExists",		\
	    "It exists already")					\
	X(MFA_ENTITY_TEMPORARILY_UNMODIFIABLE,				\
	    "EntityTemporarilyUnmodifiable",				\
	    "It can't be changed just now; try again in a minute")	\
	X(MFA_INVALID_AUTHENTICATION_CODE, "InvalidAuthenticationCode",	\
	    "The authentication code is not right")			\
	X(MFA_INVALID_INPUT, "InvalidInput", "The input is not valid")	\
	X(MFA_LIMIT_EXCEEDED, "LimitExceeded", "A limit is reached")	\
	X(MFA_NO_SUCH_ENTITY, "NoSuchEntity", "There is no such thing")	\
	X(MFA_SERVICE_FAILURE, "ServiceFailure",			\
	    "The request failed because of an error on this host")	\
	X(MFA_NOT_ENROLLED, "NotEnrolled", "The user has no MFA device") \
	X(MFA_THROTTLING, "Throttling",					\
	    "Too many wrong codes; codes are refused for a while")	\
	X(MFA_INVALID_CONFIGURATION, "InvalidConfiguration",		\
	    "The configuration is not valid")				\
	X(MFA_SERVICE_UNAVAILABLE, "ServiceUnavailable",		\
	    "awsmfa-endpoint does not answer")				\
	X(MFA_REQUEST_ABORTED, "RequestAborted",			\
	    "The conversation ended before an answer was given")	\
	X(MFA_ENROLLMENT_PENDING, "EnrollmentPending",			\
	    "The user enrols once the first factor is given")		\
	X(MFA_IGNORED, "Ignored",					\
	    "The service is not one that this phase is for")

enum mfa_code {
#define X(code, name, text) code,
	MFA_CODES(X)
#undef X
};

#define MFA_DETAIL_SIZE	256

/* Owned by the caller; filled by mfa_error_set() alone. */
struct mfa_error {
	enum mfa_code	code;
	int		sys_errno;		/* 0: not from a system call */
	char		detail[MFA_DETAIL_SIZE];	/* for log and stderr */
};

/*
 * Fills ERR (which may not be NULL) and returns CODE. Never allocates. DETAIL
 * is cut to fit, always terminated, and must not hold a secret; where
 * SYS_ERRNO is not 0 its strerror(3) text is appended after ": ".
 */
enum mfa_code	mfa_error_set(struct mfa_error *err, enum mfa_code code,
		    int sys_errno, const char *fmt, ...) _printf_(4, 5);

/* The name ("NoSuchEntity") and default text of a code; never NULL. */
const char	*mfa_code_name(enum mfa_code code);
const char	*mfa_code_text(enum mfa_code code);

/* The detail where there is one, else the default text of err->code. */
const char	*mfa_error_text(const struct mfa_error *err);

/*
 * The code with this NAME, for reading an answer from the wire. Returns
 * MFA_SERVICE_FAILURE for a name that is not in the list.
 */
enum mfa_code	mfa_code_from_name(const char *name);

#endif
