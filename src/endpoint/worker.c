#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint/log.h"
#include "endpoint/warm.h"
#include "endpoint/worker.h"
#include "wire/frame.h"
#include "wire/passing.h"

#define LISTEN_FD  3 /* in the worker, as in its parent */
#define CHANNEL_FD 4
#define PAUSE_US   10000 /* after an accept(2) that failed */

bool
worker_hand(int channel, int fd)
{
	struct passing passing;

	passing_fill(&passing, '\0', fd);
	return sendmsg(channel, &passing.msg, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

bool
worker_hear(int channel, struct worker_news *ret)
{
	return recv(channel, ret, sizeof(*ret), MSG_DONTWAIT) ==
	    (ssize_t)sizeof(*ret);
}

/* Waits for a conversation; -1 where the parent has gone. */
static int
receive_fd(void)
{
	struct passing passing;
	ssize_t n;

	do {
		passing_empty(&passing);
		n = recvmsg(CHANNEL_FD, &passing.msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	return n == 1 ? passing_take(&passing) : -1;
}

static bool
tell(const struct worker_news *news)
{
	return send(CHANNEL_FD, news, sizeof(*news),
		   MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)sizeof(*news);
}

static int
accept_next(void)
{
	int fd;

	while ((fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC)) == -1) {
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		log_problem("accept: %s", strerrordesc_np(errno));
		(void)usleep(PAUSE_US);
	}
	return fd;
}

/* Waits for the first word on FD, which its caller may keep back. */
static bool
await_word(int fd, struct caller *ret)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int found;

	if (!tell(&(struct worker_news){ .said = false }))
		return false;
	if (poll(&pfd, 1, REQUEST_TIMEOUT_MS) <= 0)
		return false;
	while ((found = caller_find(fd, ret)) == 0)
		continue;
	return found == 1;
}

/*
 * Accepts a conversation, and tells whose it is: -1 where that is no one any
 * more. The parent ends this process where there are too many of the caller's.
 */
static int
accept_fd(pid_t parent)
{
	struct worker_news news = { .said = true };
	int fd, found;

	/* While it waits there is no one else to end it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
	    getppid() != parent)
		return -1;
	fd = accept_next();
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	if ((found = caller_find(fd, &news.caller)) == 0)
		found = await_word(fd, &news.caller);
	return found == 1 && tell(&news) ? fd : -1;
}

/*
 * Lets go of all that is the parent's, a conversation that is being handed to
 * someone else too. The log is opened anew, since libc would write to whatever
 * has its descriptor's number then.
 */
static bool
let_go(const struct worker_post *post)
{
	log_close();
	if ((post->channel != CHANNEL_FD &&
		dup3(post->channel, CHANNEL_FD, O_CLOEXEC) == -1) ||
	    close_range(CHANNEL_FD + 1, ~0U, 0) == -1)
		return false;
	log_open();
	return sigprocmask(SIG_SETMASK, &post->mask, NULL) == 0;
}

void
worker_run(const struct worker_post *post, pid_t parent)
{
	int fd;

	if (!let_go(post))
		_exit(EXIT_FAILURE);
	warm(post->endpoint->world);
	fd = post->accepts ? accept_fd(parent) : receive_fd();
	if (fd == -1)
		_exit(EXIT_SUCCESS);
	(void)close(LISTEN_FD);
	(void)close(CHANNEL_FD);
	serve(post->endpoint, fd);
	/* The end of a process takes a while, in which its caller can go on. */
	(void)sched_yield();
	_exit(EXIT_SUCCESS);
}
