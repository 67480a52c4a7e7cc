/*
 * One key that libfido2 talks to, for one request.
 */
#ifndef KEY_SESSION_H
#define KEY_SESSION_H

#include <fido.h>

#include "key/channel.h"

struct session {
	struct channel			*channel;
	const struct keymsg_request	*request;
	fido_dev_t			*dev;		/* NULL: not open */
};

/* Something asked of the key; a FIDO_ERR_* of libfido2. PIN may be NULL. */
typedef int session_function(fido_dev_t *dev, void *arg, const char *pin);

/*
 * Opens the key: its channel, and what it can do. session_close() in any case.
 * Returns a FIDO_ERR_*.
 */
int	session_open(struct session *s) _must_check_;
void	session_close(struct session *s);

/*
 * Calls FUNCTION with the time that is left, again while the key is busy with
 * someone else. Returns its FIDO_ERR_*.
 */
int	session_call(struct session *s, session_function *function, void *arg,
	    const char *pin) _must_check_;

/* Puts the failure that the FIDO_ERR_* is into ANSWER; returns its error. */
enum keymsg_error session_fail(const struct session *s, int r,
	    struct keymsg_answer *answer);

/*
 * The credentials of the request that are on the key are looked for without a
 * touch, so that no key blinks in vain.
 */
enum session_found {
	FOUND_NONE,		/* none of them */
	FOUND_ONE,		/* request->credentials[*ret_index] */
	FOUND_UNKNOWN,		/* this key does not tell without a touch */
	FOUND_FAILED,		/* *ret_code is the FIDO_ERR_* */
};
enum session_found session_find(struct session *s, size_t *ret_index,
	    int *ret_code) _must_check_;

#endif
