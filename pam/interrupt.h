/*
 * Ctrl-C while the module waits for a tap.
 *
 * A host that leaves SIGINT alone dies of it, and the endpoint sees the
 * connection close. sudo blocks SIGINT and SIGQUIT while modules run, but at a
 * prompt, and so the module would wait on while the signal is pending;
 * sigpending(2) is how to see it. A signal that the host catches is the host's:
 * its handler has run, and the wait goes on.
 */
#ifndef PAM_INTERRUPT_H
#define PAM_INTERRUPT_H

#include <stdint.h>

#include "base/error.h"

/*
 * Waits until there is something to receive from FD, or its end, or DEADLINE
 * (wire_now() terms) has passed, which are all MFA_OK. Changes nothing of the
 * host's signals: one that is pending stays so, for the host to see.
 *  MFA_REQUEST_ABORTED  the host has been asked to end by a signal that it
 *                       blocks and does not ignore
 *  MFA_SERVICE_FAILURE  poll(2) failed
 */
enum mfa_code	interrupt_wait(int fd, int64_t deadline, struct mfa_error *err)
		    _must_check_;

#endif
