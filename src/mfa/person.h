/*
 * The person at the other end, and the security keys within reach: parameters
 * of what needs them, so that tests bring their own.
 */
#ifndef MFA_PERSON_H
#define MFA_PERSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/secret.h"
#include "wire/keymsg.h"

struct person {
	/* Shows a line. MFA_REQUEST_ABORTED: the person has gone. */
	enum mfa_code	(*show)(void *ctx, const char *text,
			    struct mfa_error *err);
	/*
	 * Asks, what is typed not being shown. *ret_answer may be empty.
	 *  MFA_REQUEST_ABORTED  no answer, or none in time
	 *  MFA_INVALID_INPUT    longer than a struct secret
	 */
	enum mfa_code	(*ask)(void *ctx, const char *prompt,
			    struct secret *ret_answer, struct mfa_error *err);
	/*
	 * Says how long the person has to wait for the next word, in seconds.
	 */
	enum mfa_code	(*wait)(void *ctx, unsigned seconds,
			    struct mfa_error *err);
	/*
	 * Asks for what is longer than a code or a PIN: one line, or several
	 * that are pasted together, and come as one.
	 *  MFA_REQUEST_ABORTED  no answer, or none in time
	 *  MFA_INVALID_INPUT    not text
	 */
	enum mfa_code	(*ask_text)(void *ctx, const char *prompt,
			    struct secret_text *ret_answer,
			    struct mfa_error *err);
	int	fd;		/* readable, or hung up: the person has gone */
	void	*ctx;
};

struct key_driver {
	/*
	 * Has every key that is there, or is inserted in time, work on
	 * REQUESTS, one after the other while the key knows none of a request's
	 * credentials (or, asked to make one, does not support it), until one
	 * of them is tapped. NODE and NODES are filled in by the driver. The
	 * other keys are left idle.
	 *  MFA_OK                the answer, *ret_which being its request; its
	 *                        error tells whether there is something in it
	 *  MFA_REQUEST_ABORTED   the person has gone
	 *  MFA_SERVICE_FAILURE   the workers can't be run
	 */
	enum mfa_code	(*ask)(void *ctx, const struct keymsg_request *requests,
			    size_t count, const struct person *person,
			    struct keymsg_answer *ret_answer,
			    size_t *ret_which, struct mfa_error *err);
	void	*ctx;
};

#endif
