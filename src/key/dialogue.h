/*
 * The worker's side of the conversation with the endpoint, which may hang up at
 * any time: then nobody wants the answer any more.
 */
#ifndef KEY_DIALOGUE_H
#define KEY_DIALOGUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "wire/keymsg.h"

struct dialogue {
	int	fd;		/* the conversation's socket */
	int64_t	deadline;	/* of the request; wire_now() terms */
	int64_t	pin_left;	/* milliseconds for typing PINs, in all */
	bool	is_over;	/* the endpoint hung up, or broke the rules */
};

/* Milliseconds until DEADLINE; 0 where it has passed. For poll(2). */
int	dialogue_left(int64_t deadline);

/* Sends a status. Returns false, and it is over, where that fails. */
bool	dialogue_tell(struct dialogue *d,
	    const struct keymsg_progress *progress) _must_check_;

/*
 * Waits for the PIN after KEY_STATUS_PIN, which puts the deadline off by as
 * long as that takes. Returns false, RET_PIN untouched, where it is over or the
 * time for typing has passed.
 */
bool	dialogue_take_pin(struct dialogue *d, struct secret *ret_pin)
	    _must_check_;

/*
 * Waits until FD can be read (-1: for nothing) or DEADLINE. Returns 1 where it
 * can or has ended, 0 at the deadline, -1 where the conversation is over: the
 * endpoint has nothing to say but by hanging up.
 */
int	dialogue_wait(struct dialogue *d, int fd, int64_t deadline)
	    _must_check_;

/* Fills error and text (cut to fit, made printable) and returns ERROR. */
enum keymsg_error answer_fail(struct keymsg_answer *answer,
	    enum keymsg_error error, const char *fmt, ...) _printf_(3, 4);

#endif
