#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "pam/interrupt.h"
#include "wire/frame.h"

#define LOOK_MS	200 /* between two looks, as no call waits for it */

static bool
is_interrupted(void)
{
	static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	struct sigaction action;
	sigset_t pending;
	size_t i;

	/* Those alone that this thread blocks. */
	if (sigpending(&pending) != 0)
		return false;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (sigismember(&pending, signals[i]) == 1 &&
		    sigaction(signals[i], NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN)
			return true;
	}
	return false;
}

enum mfa_code
interrupt_wait(int fd, int64_t deadline, struct mfa_error *err)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t left;
	int n;

	while ((left = deadline - wire_now()) > 0) {
		if (is_interrupted())
			return mfa_error_set(err, MFA_REQUEST_ABORTED, 0,
			    "interrupted while a tap was waited for");
		n = poll(&pfd, 1, left < LOOK_MS ? (int)left : LOOK_MS);
		if (n > 0)
			return MFA_OK;
		if (n == -1 && errno != EINTR)
			return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
			    "poll");
	}
	return MFA_OK;
}
