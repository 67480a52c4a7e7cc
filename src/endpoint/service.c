/*
 * The service: a parent that is warm and has workers ready, one conversation
 * each. It reads nothing that a caller sends, so that no caller can harm
 * another's conversation, and counts: on a socket that is open to everyone it
 * accepts, and hands over what is not too much; on root's the workers accept,
 * which is faster, and those that are too many are ended.
 */
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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
#include "endpoint/worker.h"
#include "wire/frame.h"

#define WORKERS_READY 4 /* kept waiting */
#define WORKERS_LEAST 2 /* fewer are not waited with */
#define WORKERS_MAX   (4096 + WORKERS_READY)
#define SILENT_MAX    64 /* conversations in which nothing was said */
#define FDS_MAX	      (2 + WORKERS_READY + SILENT_MAX)
#define REFUSALS_MS   1000 /* between two lines on those turned away */
#define RETRY_MS      1000 /* where there could be no more workers */
#define CALM_MS	      5 /* without news: no one is kept waiting by a fork(2) */
#define PAUSE_US      10000 /* after an accept(2) that failed */

struct worker {
	pid_t pid; /* 0: the place is free */
	int channel; /* -1 once it serves */
	bool silent; /* it has a conversation, in which nothing was said */
	bool refused; /* and is ended for that */
	int64_t since; /* wire_now(), where it is silent */
	struct caller caller; /* whom it serves */
};

struct service {
	struct endpoint *endpoint;
	int listen_fd;
	int signal_fd;
	bool workers_accept;
	sigset_t mask; /* as it was, for the workers */
	int64_t refusal_logged; /* wire_now() */
	unsigned refused; /* since then */
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

static bool
is_ready(const struct worker *worker)
{
	return worker->pid != 0 && worker->channel != -1 && !worker->silent;
}

static struct worker *
find_ready(void)
{
	size_t i;

	for (i = 0; i < service.used; i++) {
		if (is_ready(&service.workers[i]))
			return &service.workers[i];
	}
	return NULL;
}

static size_t
count_ready(void)
{
	size_t i, n = 0;

	for (i = 0; i < service.used; i++)
		n += is_ready(&service.workers[i]);
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
		    !worker->refused &&
		    (caller == NULL || caller_is_same(&worker->caller, caller));
	}
	return n;
}

/* Makes one more worker. False, and logged, where that is not possible. */
static bool
add_worker(void)
{
	const pid_t parent = getpid();
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
		worker_run(&(struct worker_post){ .endpoint = service.endpoint,
			       .accepts = service.workers_accept,
			       .channel = channel[1],
			       .mask = service.mask },
		    parent);
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

/* For the workers to come. */
static void
read_anew(void)
{
	if (!settings_is_current(&service.endpoint->settings,
		service.endpoint->conf_path) ||
	    !endpoint_policy_is_current(service.endpoint))
		endpoint_read_ahead(service.endpoint);
}

static bool
refill(size_t wanted)
{
	size_t n = count_ready();

	if (n < wanted)
		read_anew();
	for (; n < wanted; n++) {
		if (!add_worker())
			return false;
	}
	return true;
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
		if (worker_hand(worker->channel, fd)) {
			closep(&worker->channel);
			worker->caller = *caller;
			return;
		}
		/* It has died, and SIGCHLD will tell. */
		closep(&worker->channel);
	}
}

static void
accept_one(void)
{
	struct caller caller;
	int fd;

	fd = accept4(service.listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			log_problem("accept: %s", strerrordesc_np(errno));
			(void)usleep(PAUSE_US);
		}
		return;
	}
	if (caller_find_connected(fd, &caller))
		hand_over(fd, &caller);
	closing_end(&fd);
}

static void
end_worker(struct worker *worker)
{
	closep(&worker->channel);
	worker->silent = false;
	worker->refused = true;
	(void)kill(worker->pid, SIGKILL);
}

/* Keeps WORKER until its caller has said a word; the oldest makes room. */
static void
keep_silent(struct worker *worker)
{
	struct worker *oldest = worker, *other;
	size_t i, count = 0;

	worker->silent = true;
	worker->since = wire_now();
	for (i = 0; i < service.used; i++) {
		other = &service.workers[i];
		if (!other->silent)
			continue;
		count++;
		if (other->since < oldest->since)
			oldest = other;
	}
	if (count <= SILENT_MAX)
		return;
	log_refusal(&oldest->caller, SILENT_MAX,
	    "conversations in which nothing was said are open already");
	end_worker(oldest);
}

/* What WORKER has to say of the conversation that it has accepted. */
static void
hear(struct worker *worker)
{
	struct worker_news news;

	if (!worker_hear(worker->channel, &news)) {
		/* It has gone, and SIGCHLD will tell. */
		closep(&worker->channel);
	} else if (!news.said) {
		keep_silent(worker);
	} else if (!has_room(&news.caller)) {
		end_worker(worker);
	} else {
		closep(&worker->channel);
		worker->silent = false;
		worker->caller = news.caller;
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
		if (WIFSIGNALED(status) && !worker->refused)
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

/* May anyone connect to the socket that is listened on? */
static bool
is_open_to_all(int fd)
{
	struct sockaddr_un address = { .sun_path = "" };
	socklen_t len = sizeof(address) - 1;
	struct stat st;

	/* What can't be told is taken for the worse. */
	return getsockname(fd, (struct sockaddr *)&address, &len) == -1 ||
	    address.sun_path[0] == '\0' || stat(address.sun_path, &st) == -1 ||
	    (st.st_mode & S_IWOTH) != 0;
}

static bool
begin(void)
{
	service.workers_accept = !is_open_to_all(service.listen_fd);
	return fcntl(service.listen_fd, F_SETFL,
		   service.workers_accept ? 0 : O_NONBLOCK) != -1 &&
	    caller_watch(service.listen_fd) && watch_signals() &&
	    closing_begin();
}

/* What FDS are of: signals, callers, or workers that tell of one. */
static nfds_t
list_fds(struct pollfd fds[static FDS_MAX],
    struct worker *whose[static FDS_MAX])
{
	struct worker *worker;
	nfds_t n = 0;
	size_t i;

	fds[n++] = (struct pollfd){ .fd = service.signal_fd, .events = POLLIN };
	if (!service.workers_accept) {
		fds[n++] = (struct pollfd){ .fd = service.listen_fd,
			.events = POLLIN };
		return n;
	}
	for (i = 0; i < service.used && n < FDS_MAX; i++) {
		worker = &service.workers[i];
		if (worker->pid == 0 || worker->channel == -1)
			continue;
		whose[n] = worker;
		fds[n++] = (struct pollfd){ .fd = worker->channel,
			.events = POLLIN };
	}
	return n;
}

/* Does what FDS ask for. False on the signal that ends the service. */
static bool
attend(const struct pollfd *fds, nfds_t count, struct worker *const *whose)
{
	nfds_t i;

	for (i = 1; i < count; i++) {
		if (fds[i].revents == 0)
			continue;
		if (!service.workers_accept)
			accept_one();
		else if (whose[i]->channel == fds[i].fd)
			hear(whose[i]);
	}
	return fds[0].revents == 0 || take_signals();
}

int
service_run(struct endpoint *endpoint, int fd)
{
	struct pollfd fds[FDS_MAX];
	struct worker *whose[FDS_MAX];
	size_t wanted = WORKERS_READY;
	nfds_t count;
	int n, timeout;

	service.endpoint = endpoint;
	service.listen_fd = fd;
	if (!begin()) {
		log_problem("the service: %s", strerrordesc_np(errno));
		return EXIT_FAILURE;
	}
	read_limits();
	warm_begin(endpoint->world);
	for (;;) {
		/* Each time: one may have ended before it was heard. */
		if (!refill(wanted))
			timeout = RETRY_MS;
		else
			timeout = count_ready() < WORKERS_READY ? CALM_MS : -1;
		count = list_fds(fds, whose);
		n = poll(fds, count, timeout);
		if (n == -1 && errno != EINTR)
			return EXIT_FAILURE;
		wanted = n == 0 ? WORKERS_READY : WORKERS_LEAST;
		if (n > 0 && !attend(fds, count, whose))
			return EXIT_SUCCESS;
	}
}
