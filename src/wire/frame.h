/*
 * Frames of the protocol between pam_awsmfa.so or awsmfa and awsmfa-endpoint,
 * over a Unix stream socket. libc only.
 *
 * A frame is eight octets of header and a payload:
 *   0  version, WIRE_VERSION
 *   1  type, enum wire_type
 *   2  two octets, zero
 *   4  length of the payload, four octets, most significant first
 *
 * A sign-in:                         An operation:
 *   C  FIELD... (each once)            C  OPERATION (JSON)
 *   C  SIGN_IN                         E  RESULT or FAILURE (JSON)
 *   E  (ENVIRONMENT | MESSAGE | WAIT)*    (MESSAGE | WAIT)*, and a prompt
 *   E  PROMPT        C  ANSWER         with its answer, before the result
 *   E  OUTCOME
 * Both end by the endpoint closing the connection. Anything else, a frame out
 * of turn, one field twice, a length over the type's limit, a NUL in a string,
 * is a breach, and the side that sees it hangs up: a denial.
 *
 * One descriptor goes with each AGENT frame, beside the first octet of its
 * payload. What is passed anywhere else is dropped by the kernel, and never
 * becomes a descriptor of the receiver's.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define WIRE_VERSION		1
#define WIRE_PROMPTS_MAX	16	/* of one sign-in or operation */
#define WIRE_WAIT_MAX		300	/* seconds */
#define WIRE_HEADER_SIZE	8
#define WIRE_PARTS_MAX		16	/* of what is sent at once */
#define WIRE_STRING_MAX		1024		/* a field, prompt, message */
#define WIRE_ANSWER_MAX		512		/* what a person typed */
#define WIRE_SSH_KEYS_MAX	(16 * 1024)	/* lines of sshd's */
#define WIRE_OPERATION_MAX	(1024 * 1024)	/* JSON of one operation */
#define WIRE_RESULT_MAX		(4 * 1024 * 1024)
#define WIRE_KEY_MESSAGE_MAX	(12 * 1024)	/* a request or an answer */
#define WIRE_KEY_PIN_MAX	128		/* as SECRET_SIZE */

enum wire_type {
	/* Sign-in, from the client; the payload is a string without NUL. */
	WIRE_USER = 1,		/* PAM_USER */
	WIRE_SERVICE,		/* PAM_SERVICE */
	WIRE_RHOST,		/* PAM_RHOST, where set */
	WIRE_TTY,		/* PAM_TTY, where set */
	WIRE_CONF,		/* conf=, where given */
	WIRE_UNENROLLED,	/* "deny", "allow", "enroll", "enroll-open" */
	WIRE_PROMPT_TEXT,	/* prompt=, where given */
	WIRE_SIGN_IN,		/* empty: the fields are complete */
	WIRE_ANSWER,		/* octets, may hold anything */
	WIRE_PHASE,	/* "authenticate", "account", "open_session", */
			/* "close_session"; absent: "authenticate" */
	WIRE_TICKET,		/* AWSMFA_TICKET of the PAM environment */
	WIRE_SSH_KEYS,		/* SSH_AUTH_INFO_0 of the PAM environment */
	WIRE_PENDING,		/* "1": auth has left enrolment to account */
	WIRE_ENROLL_BY,		/* enroll_by=, where given: YYYY-MM-DD */
	WIRE_MANUAL,		/* "1": manual, a challenge to sign by hand */
	WIRE_AGENT,		/* "1", and a descriptor: ssh-agent's socket */
	/* Sign-in, from the endpoint. */
	WIRE_PROMPT = 32,	/* string to ask with */
	WIRE_MESSAGE,		/* string to show (PAM_TEXT_INFO) */
	WIRE_ENVIRONMENT,	/* "AWSMFA_NAME=VALUE" */
	WIRE_OUTCOME,		/* name of an enum mfa_code: "Success", ... */
	WIRE_PROMPT_OPTIONAL,	/* the same; an empty answer is one too */
	WIRE_WAIT,	/* seconds in which no word may come, 1 to 300 */
	/* Operations; the payload is JSON. */
	WIRE_OPERATION = 64,
	WIRE_RESULT,
	WIRE_FAILURE,
	/* Endpoint and key worker; see keymsg.h. */
	WIRE_KEY_REQUEST = 96,
	WIRE_KEY_PIN,
	WIRE_KEY_STATUS,
	WIRE_KEY_ANSWER,
};

/* A frame that was received; wire_clear() wipes and frees, and closes. */
struct wire_frame {
	enum wire_type	type;
	size_t		len;
	char		*payload;	/* NUL after it; owned; NULL: none */
	bool		has_fd;		/* WIRE_AGENT, always; others never */
	int		fd;		/* where HAS_FD: owned; close-on-exec */
};

void	wire_clear(struct wire_frame *frame);

/* The descriptor, now the caller's to close; -1 where FRAME has none. */
int	wire_take_fd(struct wire_frame *frame);

/* The most octets that a frame of TYPE may carry; 0 for an unknown type too. */
size_t	wire_limit(enum wire_type type);

/*
 * Milliseconds of CLOCK_MONOTONIC, for deadlines below.
 */
int64_t	wire_now(void);

/*
 * Sends one frame on the socket FD, whatever its blocking mode, until DEADLINE
 * (wire_now() terms). Never raises SIGPIPE. Allocates nothing.
 *  MFA_SERVICE_UNAVAILABLE  the peer is gone, or the deadline passed
 *  MFA_SERVICE_FAILURE      the payload is over the type's limit; other errors
 */
enum mfa_code	wire_send(int fd, enum wire_type type, const void *payload,
		    size_t len, int64_t deadline, struct mfa_error *err)
		    _must_check_;

/* One frame of several that are sent at once. */
struct wire_part {
	enum wire_type	type;
	const void	*payload;	/* borrowed */
	size_t		len;
};

/* The same for COUNT frames, one after the other; WIRE_PARTS_MAX at most. */
enum mfa_code	wire_send_parts(int fd, const struct wire_part *parts,
		    size_t count, int64_t deadline, struct mfa_error *err)
		    _must_check_;

/*
 * The same for a frame of a TYPE that carries a descriptor, with "1" as its
 * payload. PASSED, which may be anything, stays the caller's.
 *  MFA_SERVICE_FAILURE      frames of TYPE carry none, too
 */
enum mfa_code	wire_send_fd(int fd, enum wire_type type, int passed,
		    int64_t deadline, struct mfa_error *err) _must_check_;

/*
 * Receives one frame until DEADLINE. RET_FRAME must be clear ({0}); it is
 * untouched on failure and the caller's on success.
 *  MFA_REQUEST_ABORTED      the peer closed the connection between frames
 *  MFA_SERVICE_UNAVAILABLE  the deadline passed; closed in mid-frame; reset
 *  MFA_SERVICE_FAILURE      another version, an unknown type, too long, a NUL
 *                           in a string; no memory; not one descriptor where
 *                           there must be one
 */
enum mfa_code	wire_receive(int fd, int64_t deadline,
		    struct wire_frame *ret_frame, struct mfa_error *err)
		    _must_check_;

/*
 * The same from a peer whose frames may have MAX octets at most, whatever the
 * limit of their type.
 */
enum mfa_code	wire_receive_short(int fd, size_t max, int64_t deadline,
		    struct wire_frame *ret_frame, struct mfa_error *err)
		    _must_check_;

#endif
