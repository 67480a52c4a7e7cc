/*
 * The service: a parent that is warm and has workers ready, one conversation
 * each. The parent accepts, counts and hands over; it reads nothing that a
 * caller sends, so that no caller can harm another's conversation.
 */
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/secret.h"
#include "endpoint/caller.h"
#include "endpoint/closing.h"
#include "endpoint/endpoint.h"
#include "endpoint/log.h"
#include "endpoint/rate.h"
#include "endpoint/warm.h"
#include "wire/frame.h"
#include "wire/passing.h"

#define WORKERS_READY 4 /* kept waiting */
#define WORKERS_MAX   (4096 + WORKERS_READY)
#define WAITING_MAX 64 /* that have connected and said nothing */
#define CHANNEL_FD    3 /* in a worker; the parent listens on it */
#define REFUSALS_MS   1000 /* between two lines on those turned away */
#define PAUSE_US      10000 /* after an accept(2) that failed */

struct worker {
	pid_t pid; /* 0: the place is free */
	int channel; /* to hand over by; -1 once it serves */
	struct caller caller; /* whom it serves */
};

/* A connection on which nothing was said so far. */
struct waiting {
	int		fd;
	int64_t		until;		/* wire_now() */
};

struct service {
	struct endpoint *endpoint;
	int listen_fd;
	int signal_fd;
	sigset_t mask; /* as it was, for the workers */
	int64_t refusal_logged; /* wire_now() */
	unsigned refused; /* since then */
	size_t waiting_count;
	struct waiting waiting[WAITING_MAX]; /* the oldest first */
	size_t used; /* places that were ever taken */
	struct worker workers[WORKERS_MAX];
};

/* Too large for a stack, and there is one. */
static struct service service;

static struct worker *
find_place(void)
{
	size_t i;

	for (i = 0; i < service.used; i++) {
		if (service.workers[i].pid == 0)
			return &service.workers[i];
	}
	return i < WORKERS_MAX ? &service.workers[service.used++] : NULL;
}

static struct worker *
find_ready(void)
{
	size_t i;

	for (i = 0; i < service.used; i++) {
		if (service.workers[i].pid != 0 &&
		    service.workers[i].channel != -1)
			return &service.workers[i];
	}
	return NULL;
}

static size_t
count_ready(void)
{
	size_t i, n = 0;

	for (i = 0; i < service.used; i++)
		n += service.workers[i].pid != 0 &&
		    service.workers[i].channel != -1;
	return n;
}

/* How many serve CALLER; and all (NULL). */
static size_t
count_serving(const struct caller *caller)
{
	const struct worker *worker;
	size_t i, n = 0;

	for (i = 0; i < service.used; i++) {
		worker = &service.workers[i];
		n += worker->pid != 0 && worker->channel == -1 &&
		    (caller == NULL || caller_is_same(&worker->caller, caller));
	}
	return n;
}

static bool
send_fd(int channel, int fd)
{
	struct passing passing;

	passing_fill(&passing, '1', fd);
	return sendmsg(channel, &passing.msg, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

/* Waits for a conversation; -1 where the parent has gone. */
static int
receive_fd(int channel)
{
	struct passing passing;
	ssize_t n;

	do {
		passing_empty(&passing);
		n = recvmsg(channel, &passing.msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	return n == 1 ? passing_take(&passing) : -1;
}

/*
 * In the new worker: lets go of all that is the parent's, a conversation that
 * is being handed to someone else too. The log is opened anew, since libc would
 * write to whatever has its descriptor's number then.
 */
static bool
become_worker(int channel)
{
	log_close();
	if (dup3(channel, CHANNEL_FD, O_CLOEXEC) == -1 ||
	    close_range(CHANNEL_FD + 1, ~0U, 0) == -1)
		return false;
	log_open();
	return sigprocmask(SIG_SETMASK, &service.mask, NULL) == 0;
}

static void
work(int channel)
{
	int fd;

	if (!become_worker(channel))
		_exit(EXIT_SUCCESS);
	warm(service.endpoint->world);
	if ((fd = receive_fd(CHANNEL_FD)) == -1)
		_exit(EXIT_SUCCESS);
	(void)close(CHANNEL_FD);
	serve(service.endpoint, fd);
	_exit(EXIT_SUCCESS);
}

/* Makes one more worker. False, and logged, where that is not possible. */
static bool
add_worker(void)
{
	struct worker *worker;
	int channel[2];
	pid_t pid;

	if ((worker = find_place()) == NULL)
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) ==
	    -1) {
		log_problem("a worker's channel: %s", strerrordesc_np(errno));
		return false;
	}
	if ((pid = fork()) == 0)
		work(channel[1]);
	(void)close(channel[1]);
	if (pid == -1) {
		log_problem("a worker: %s", strerrordesc_np(errno));
		(void)close(channel[0]);
		return false;
	}
	worker->pid = pid;
	worker->channel = channel[0];
	return true;
}

static void
refill(void)
{
	size_t n;

	for (n = count_ready(); n < WORKERS_READY; n++) {
		if (!add_worker())
			break;
	}
}

/*
 * Root's programs, which bring strangers, have half of all places each; any
 * other real uid has its own few, and on the users' socket even fewer.
 */
static size_t
limit_of(const struct caller *caller)
{
	const struct settings *settings = &service.endpoint->settings;

	if (caller->is_user)
		return settings->user_conversations;
	return caller->uid == 0 ? settings->conversations / 2 + 1
				: settings->conversations_per_user;
}

/* Not of each one of a flood, which would drown the log too. */
static void
log_refusal(const struct caller *caller, size_t limit, const char *what)
{
	int64_t now = wire_now();

	service.refused++;
	if (now < service.refusal_logged + REFUSALS_MS)
		return;
	log_problem("refused uid %u: %zu %s (%u refused since this was last "
		    "said)",
	    (unsigned)caller->uid, limit, what, service.refused);
	service.refusal_logged = now;
	service.refused = 0;
}

/* May CALLER have one more conversation? */
static bool
has_room(const struct caller *caller)
{
	const struct settings *settings = &service.endpoint->settings;
	size_t limit = limit_of(caller);

	if (caller->is_user && !rate_take(caller->uid, wire_now())) {
		log_refusal(caller, RATE_SECOND,
		    "connections a second are its share");
		return false;
	}
	if (count_serving(NULL) >= settings->conversations) {
		log_refusal(caller, settings->conversations,
		    "conversations are open already");
		return false;
	}
	if (count_serving(caller) >= limit) {
		log_refusal(caller, limit,
		    "conversations of it are open already");
		return false;
	}
	return true;
}

/* Gives CALLER's conversation FD to a worker that is ready, or to a new one. */
static void
hand_over(int fd, const struct caller *caller)
{
	struct worker *worker;

	if (!has_room(caller))
		return;
	while ((worker = find_ready()) != NULL || add_worker()) {
		if (worker == NULL)
			continue;
		if (send_fd(worker->channel, fd)) {
			closep(&worker->channel);
			worker->caller = *caller;
			return;
		}
		/* It has died, and SIGCHLD will tell. */
		closep(&worker->channel);
	}
}

static void
end_waiting(size_t index)
{
	struct waiting *waiting = &service.waiting[index];

	closep(&waiting->fd);
	service.waiting_count--;
	memmove(waiting, waiting + 1,
	    (service.waiting_count - index) * sizeof(*waiting));
}

/* Keeps FD until its caller has said a word; the oldest makes room. */
static void
keep_waiting(int fd)
{
	if (service.waiting_count == WAITING_MAX)
		end_waiting(0);
	service.waiting[service.waiting_count++] = (struct waiting){ .fd = fd,
		.until = wire_now() + REQUEST_TIMEOUT_MS };
}

static void
accept_one(void)
{
	struct caller caller;
	int fd, found;

	fd = accept4(service.listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			log_problem("accept: %s", strerrordesc_np(errno));
			(void)usleep(PAUSE_US);
		}
		return;
	}
	if (!settings_is_current(&service.endpoint->settings,
		service.endpoint->conf_path) ||
	    !endpoint_policy_is_current(service.endpoint))
		endpoint_read_ahead(service.endpoint);
	if ((found = caller_find(fd, &caller)) == 0) {
		keep_waiting(fd);
		return;
	}
	if (found == 1)
		hand_over(fd, &caller);
	closing_end(&fd);
	refill();
}

/* Looks at those that wait again, and drops who has taken too long. */
static void
look_at_waiting(void)
{
	struct caller caller;
	size_t i = 0;
	int found;

	while (i < service.waiting_count) {
		found = caller_find(service.waiting[i].fd, &caller);
		if (found == 0 && wire_now() < service.waiting[i].until) {
			i++;
			continue;
		}
		if (found == 1)
			hand_over(service.waiting[i].fd, &caller);
		end_waiting(i);
		refill();
	}
}

static void
bury(pid_t pid, int status)
{
	struct worker *worker;
	size_t i;

	for (i = 0; i < service.used; i++) {
		worker = &service.workers[i];
		if (worker->pid != pid)
			continue;
		if (WIFSIGNALED(status))
			log_problem("worker %d ended by signal %d", (int)pid,
			    WTERMSIG(status));
		closep(&worker->channel);
		memset(worker, 0, sizeof(*worker));
	}
}

/* Takes the signals that have come. False on the one that ends the service. */
static bool
take_signals(void)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(service.signal_fd, &info, sizeof(info)) ==
	    (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			return false;
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		bury(pid, status);
	return true;
}

static bool
watch_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, &service.mask) == -1)
		return false;
	service.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return service.signal_fd != -1;
}

/*
 * Limits hold from the file that is there at the start, or the defaults: a file
 * that is not valid denies each sign-in, in its worker.
 */
static void
read_limits(void)
{
	struct settings *settings = &service.endpoint->settings;
	struct mfa_error err;

	endpoint_read_ahead(service.endpoint);
	if (service.endpoint->has_settings)
		return;
	if (settings_read(service.endpoint->conf_path, true, settings, &err) !=
	    MFA_OK)
		log_problem("%s", mfa_error_text(&err));
	settings_default(settings);
}

/* Waits for a signal, a caller, or the first word of one. */
static bool
wait_for_work(struct pollfd fds[static 2 + WAITING_MAX])
{
	size_t i, count = service.waiting_count;
	int64_t left = -1;

	fds[0] = (struct pollfd){ .fd = service.listen_fd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = service.signal_fd, .events = POLLIN };
	for (i = 0; i < count; i++)
		fds[2 + i] = (struct pollfd){ .fd = service.waiting[i].fd,
			.events = POLLIN };
	if (count > 0 && (left = service.waiting[0].until - wire_now()) < 0)
		left = 0;
	return poll(fds, 2 + count, (int)left) != -1 || errno == EINTR;
}

int
service_run(struct endpoint *endpoint, int fd)
{
	struct pollfd fds[2 + WAITING_MAX];

	service.endpoint = endpoint;
	service.listen_fd = fd;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 || !caller_watch(fd) ||
	    !watch_signals() || !closing_begin()) {
		log_problem("the service: %s", strerrordesc_np(errno));
		return EXIT_FAILURE;
	}
	read_limits();
	warm_begin(endpoint->world);
	refill();
	while (wait_for_work(fds)) {
		if (fds[1].revents != 0 && !take_signals())
			return EXIT_SUCCESS;
		look_at_waiting();
		if (fds[0].revents != 0)
			accept_one();
	}
	return EXIT_FAILURE;
}
