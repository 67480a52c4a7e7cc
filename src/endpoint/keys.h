/* The security keys in this machine, through workers: awsmfa-key. */
#ifndef ENDPOINT_KEYS_H
#define ENDPOINT_KEYS_H

#include "mfa/person.h"

/*
 * Runs PROGRAM (MFA_KEY_WORKER in production) once for each key under DEV
 * ("/dev"), and once more to wait for another.
 */
struct keys {
	const char	*program;
	const char	*dev;
};

/* A driver for struct key_driver; ctx is a struct keys. */
enum mfa_code	keys_ask(void *ctx, const struct keymsg_request *requests,
		    size_t count, const struct person *person,
		    struct keymsg_answer *ret_answer, size_t *ret_which,
		    struct mfa_error *err) _must_check_;

#endif
