/*
 * What can be asked of a key, one function each: they fill ANSWER with what it
 * said, raw, and return KEY_OK or the error that they put there.
 */
#ifndef KEY_REQUEST_H
#define KEY_REQUEST_H

#include "key/session.h"

/* Also the first part of KEY_MAKE: has the key the algorithm? */
enum keymsg_error request_info(struct session *s,
	    struct keymsg_answer *answer) _must_check_;
enum keymsg_error request_make(struct session *s,
	    struct keymsg_answer *answer) _must_check_;
enum keymsg_error request_assert(struct session *s,
	    struct keymsg_answer *answer) _must_check_;

/*
 * Copies LEN octets to DST. Returns false where there are none, or more than
 * MAX.
 */
bool	request_copy(uint8_t *dst, size_t max, size_t *ret_len, const void *src,
	    size_t len) _must_check_;

#endif
