/*
 * User verification: by PIN, which is asked for through the endpoint, or by
 * what the key has built in.
 */
#ifndef KEY_VERIFY_H
#define KEY_VERIFY_H

#include "key/session.h"

/* What is asked of the key, with or without verification. */
struct ask {
	session_function	*call;
	int			(*set_uv)(void *arg, fido_opt_t uv);
	void			*arg;
};

/*
 * Asks, with user verification as the request wants it and the key has it:
 * required, or preferred and there. A wrong PIN is asked for again.
 * Returns KEY_OK or the error that it put into ANSWER.
 */
enum keymsg_error verify_and_ask(struct session *s, const struct ask *ask,
	    struct keymsg_answer *answer) _must_check_;

#endif
