/*
 * One worker a key, and one that waits for a key to be inserted. The first that
 * is tapped has it; the others are hung up on, which makes them cancel at their
 * keys. What a worker says is bounded here and verified by the caller; one that
 * crashes, hangs or floods is a key that failed. Where it had a key wait for a
 * tap, the key waits on and is busy: one more worker cancels that and goes on.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint/keys.h"
#include "endpoint/log.h"
#include "endpoint/spawn.h"
#include "wire/frame.h"

#define WORKERS_MAX	KEYMSG_NODES_MAX
#define SEND_MS		2000
#define GRACE_MS	1000 /* for a worker to cancel at its key, and end */
#define STATUSES_MAX	64 /* of one worker; more is a flood */

struct worker {
	pid_t pid; /* 0: the place is free */
	int fd;
	char node[KEYMSG_NODE_MAX + 1]; /* "": waits for a key */
	size_t which; /* request that it works on */
	unsigned statuses;
	unsigned channel; /* where the key waits for a tap; 0: it does not */
	bool again; /* in the place of one that died */
};

struct asking {
	const struct keys *keys;
	const struct keymsg_request *requests;
	size_t count;
	const struct person *person;
	int64_t deadline;
	struct worker workers[WORKERS_MAX];
	/* Nodes whose keys have had their turn, and were of no use. */
	size_t used_count;
	char used[KEYMSG_NODES_MAX][KEYMSG_NODE_MAX + 1];
	bool stranger_shown;
	bool tap_shown;
	bool done;
	size_t which;
	struct keymsg_answer answer; /* the best that was said so far */
};

/* Hung up on, a worker cancels at its key; one that does not is killed. */
static void
end_worker(struct worker *worker)
{
	int64_t deadline = wire_now() + GRACE_MS;
	int status;

	if (worker->pid == 0)
		return;
	closep(&worker->fd);
	while (waitpid(worker->pid, &status, WNOHANG) == 0) {
		if (wire_now() > deadline)
			(void)kill(worker->pid, SIGKILL);
		(void)usleep(2000);
	}
	memset(worker, 0, sizeof(*worker));
	worker->fd = -1;
}

static void
asking_clear(struct asking *asking)
{
	size_t i;

	/* All at once first: they cancel side by side. */
	for (i = 0; i < WORKERS_MAX; i++)
		closep(&asking->workers[i].fd);
	for (i = 0; i < WORKERS_MAX; i++)
		end_worker(&asking->workers[i]);
}

static struct worker *
find_place(struct asking *asking)
{
	size_t i;

	for (i = 0; i < WORKERS_MAX; i++) {
		if (asking->workers[i].pid == 0)
			return &asking->workers[i];
	}
	return NULL;
}

/* What the worker for NODE is to do; others' nodes are not its business. */
static void
fill_request(const struct asking *asking, const char *node, size_t which,
    unsigned channel, struct keymsg_request *request)
{
	int64_t left = asking->deadline - wire_now();
	size_t i;

	*request = asking->requests[which];
	request->timeout = left > 0 ? (unsigned)left : 1;
	request->channel = channel;
	request->node_count = 0;
	(void)snprintf(request->node, sizeof(request->node), "%s", node);
	for (i = 0; i < WORKERS_MAX; i++) {
		if (asking->workers[i].pid == 0 ||
		    asking->workers[i].node[0] == '\0')
			continue;
		strcpy(request->nodes[request->node_count++],
		    asking->workers[i].node);
	}
	for (i = 0;
	     i < asking->used_count && request->node_count < KEYMSG_NODES_MAX;
	     i++)
		strcpy(request->nodes[request->node_count++], asking->used[i]);
}

/* A key of no use is not to be tried again while it stays where it is. */
static void
note_used(struct asking *asking, const char *node)
{
	if (node[0] != '\0' && asking->used_count < KEYMSG_NODES_MAX)
		strcpy(asking->used[asking->used_count++], node);
}

/*
 * Has one more worker work on request WHICH at NODE ("": one to come), after
 * what is left on CHANNEL of the key (0: nothing) has been cancelled.
 */
static void
start_worker(struct asking *asking, const char *node, size_t which,
    unsigned channel)
{
	_cleanup_(closep) int mine = -1, theirs = -1;
	struct worker *worker = find_place(asking);
	struct keymsg_request request;
	struct mfa_error err;
	int fds[2];

	if (worker == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return;
	mine = fds[0];
	theirs = fcntl(fds[1], F_DUPFD_CLOEXEC, SPAWN_WORKER_FD + 1);
	(void)close(fds[1]);
	fill_request(asking, node, which, channel, &request);
	if (theirs == -1 ||
	    !spawn_worker(asking->keys->program, theirs, &worker->pid)) {
		log_problem("%s can't be started", asking->keys->program);
		worker->pid = 0;
		return;
	}
	worker->fd = mine;
	worker->which = which;
	worker->statuses = 0;
	worker->again = channel != 0;
	(void)snprintf(worker->node, sizeof(worker->node), "%s", node);
	mine = -1;
	if (keymsg_send_request(worker->fd, &request, wire_now() + SEND_MS,
		&err) != MFA_OK)
		end_worker(worker);
}

/* Only nodes that the account may open: udev gives it those of FIDO tokens. */
static bool
is_candidate(const char *path)
{
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return false;
	(void)close(fd);
	return true;
}

static bool
is_hidraw(const char *name)
{
	return strncmp(name, "hidraw", 6) == 0 && name[6] != '\0' &&
	    strspn(name + 6, "0123456789") == strlen(name + 6);
}

static void
start_all(struct asking *asking)
{
	char path[KEYMSG_NODE_MAX + 1];
	const struct dirent *entry;
	DIR *dir;

	if ((dir = opendir(asking->keys->dev)) != NULL) {
		while ((entry = readdir(dir)) != NULL) {
			if (!is_hidraw(entry->d_name) ||
			    (size_t)snprintf(path, sizeof(path), "%s/%s",
				asking->keys->dev,
				entry->d_name) >= sizeof(path))
				continue;
			if (is_candidate(path))
				start_worker(asking, path, 0, 0);
		}
		(void)closedir(dir);
	}
	start_worker(asking, "", 0, 0);
}

/* Which error tells the person most, where no key answered. */
static bool
is_better(enum keymsg_error error, enum keymsg_error than)
{
	static const int weight[] = {
		[KEY_OK] = 9,
		[KEY_EXCLUDED] = 8,
		[KEY_PIN_BLOCKED] = 7,
		[KEY_PIN_NOT_SET] = 6,
		[KEY_CANCELLED] = 5,
		[KEY_UNSUPPORTED] = 4,
		[KEY_GONE] = 3,
		[KEY_NO_CREDENTIAL] = 2,
		[KEY_FAILED] = 1,
		[KEY_TIMEOUT] = 0,
	};

	return weight[error] > weight[than];
}

/* Does the error end it for everybody, and not for this key alone? */
static bool
is_final(enum keymsg_error error)
{
	switch (error) {
	case KEY_OK:
	case KEY_EXCLUDED:
	case KEY_PIN_BLOCKED:
	case KEY_PIN_NOT_SET:
	case KEY_CANCELLED:
		return true;
	case KEY_NO_CREDENTIAL:
	case KEY_TIMEOUT:
	case KEY_GONE:
	case KEY_UNSUPPORTED:
	case KEY_FAILED:
		break;
	}
	return false;
}

/* May the key be of use for the next request, where this is its answer? */
static bool
is_worth_the_next(const struct asking *asking, const struct worker *worker,
    enum keymsg_error error)
{
	return worker->which + 1 < asking->count &&
	    (error == KEY_NO_CREDENTIAL ||
		(error == KEY_UNSUPPORTED &&
		    asking->requests[worker->which].what == KEY_MAKE));
}

static void
on_answer(struct asking *asking, struct worker *worker,
    const struct keymsg_answer *answer)
{
	bool has_next = is_worth_the_next(asking, worker, answer->error);
	char node[KEYMSG_NODE_MAX + 1];
	size_t next = worker->which + 1;
	struct mfa_error ignored;

	strcpy(node, worker->node);
	asking->which = worker->which;
	end_worker(worker);
	if (is_better(answer->error, asking->answer.error))
		asking->answer = *answer;
	if (is_final(answer->error))
		asking->done = true;
	else if (has_next && node[0] != '\0')
		start_worker(asking, node, next, 0);
	else if (answer->error != KEY_GONE)
		note_used(asking, node);
	/* Once: several keys may be there, and one of them be theirs. */
	if (!asking->done && answer->error == KEY_NO_CREDENTIAL &&
	    next == asking->count && !asking->stranger_shown) {
		asking->stranger_shown = true;
		(void)!asking->person->show(asking->person->ctx,
		    "A key that is here is not one of yours: insert yours",
		    &ignored);
	}
}

/* The person hears how long it can take, in whole seconds. */
static enum mfa_code
tell_wait(const struct asking *asking, struct mfa_error *err)
{
	const struct person *person = asking->person;

	return person->wait(person->ctx,
	    (asking->requests[0].timeout + 999) / 1000, err);
}

static enum mfa_code
ask_pin(struct asking *asking, const struct worker *worker,
    const struct keymsg_progress *progress, struct mfa_error *err)
{
	_cleanup_(secret_wipe) struct secret pin = { 0 };
	const struct person *person = asking->person;
	int64_t asked = wire_now();
	char prompt[128];
	enum mfa_code code;

	if (progress->retries >= 0)
		(void)snprintf(prompt, sizeof(prompt),
		    "%sPIN of the security key (%d tries left): ",
		    progress->wrong ? "Wrong PIN. " : "", progress->retries);
	else
		(void)snprintf(prompt, sizeof(prompt),
		    "%sPIN of the security key: ",
		    progress->wrong ? "Wrong PIN. " : "");
	code = person->ask(person->ctx, prompt, &pin, err);
	if (code != MFA_OK)
		return code;
	/* Typing takes its time; the tap has its own. */
	asking->deadline += wire_now() - asked;
	asking->tap_shown = false;
	code = keymsg_send_pin(worker->fd, &pin, wire_now() + SEND_MS, err);
	return code == MFA_OK ? tell_wait(asking, err) : code;
}

static enum mfa_code
on_progress(struct asking *asking, struct worker *worker,
    const struct keymsg_progress *progress, struct mfa_error *err)
{
	const struct person *person = asking->person;

	switch (progress->status) {
	case KEY_STATUS_WAITING:
		break;
	case KEY_STATUS_OPENED:
		/* The one that waited has a key now; another waits instead. */
		if (worker->node[0] == '\0') {
			(void)snprintf(worker->node, sizeof(worker->node), "%s",
			    progress->node);
			start_worker(asking, "", 0, 0);
		}
		break;
	case KEY_STATUS_TOUCH:
		worker->channel = progress->channel;
		if (asking->tap_shown)
			break;
		asking->tap_shown = true;
		return person->show(person->ctx, "Tap your security key", err);
	case KEY_STATUS_PIN:
		return ask_pin(asking, worker, progress, err);
	}
	return MFA_OK;
}

/* It ended without an answer. Once, another does the rest of its work. */
static void
on_death(struct asking *asking, struct worker *worker)
{
	const struct keymsg_answer failed = { .error = KEY_FAILED };
	const struct worker dead = *worker;

	if (dead.channel == 0 || dead.again) {
		on_answer(asking, worker, &failed);
		return;
	}
	end_worker(worker);
	start_worker(asking, dead.node, dead.which, dead.channel);
}

static enum mfa_code
on_worker(struct asking *asking, struct worker *worker, struct mfa_error *err)
{
	struct keymsg_progress progress = { 0 };
	struct keymsg_answer answer = { 0 };
	struct mfa_error why;
	bool is_answer = false;

	if (++worker->statuses > STATUSES_MAX ||
	    keymsg_receive(worker->fd, wire_now() + SEND_MS, &is_answer,
		&progress, &answer, &why) != MFA_OK) {
		log_problem("awsmfa-key at %s: %s",
		    worker->node[0] != '\0' ? worker->node : "no key",
		    worker->statuses > STATUSES_MAX ? "says too much"
						    : mfa_error_text(&why));
		on_death(asking, worker);
		return MFA_OK;
	}
	if (!is_answer)
		return on_progress(asking, worker, &progress, err);
	on_answer(asking, worker, &answer);
	return MFA_OK;
}

static nfds_t
fill_poll(const struct asking *asking,
    struct pollfd fds[static WORKERS_MAX + 1])
{
	size_t i;

	for (i = 0; i < WORKERS_MAX; i++)
		fds[i] = (struct pollfd){ .fd = asking->workers[i].pid != 0
			    ? asking->workers[i].fd
			    : -1,
			.events = POLLIN };
	fds[WORKERS_MAX] = (struct pollfd){ .fd = asking->person->fd,
		.events = POLLIN | POLLRDHUP };
	return WORKERS_MAX + 1;
}

static bool
has_workers(const struct asking *asking)
{
	size_t i;

	for (i = 0; i < WORKERS_MAX; i++) {
		if (asking->workers[i].pid != 0)
			return true;
	}
	return false;
}

static enum mfa_code
wait_for_words(struct asking *asking, struct mfa_error *err)
{
	struct pollfd fds[WORKERS_MAX + 1];
	int64_t left = asking->deadline + SEND_MS - wire_now();
	enum mfa_code code;
	size_t i;
	int n;

	n = poll(fds, fill_poll(asking, fds), left > 0 ? (int)left : 0);
	if (n == 0) {
		/* A sane one ends before that. */
		log_problem("%s does not answer", asking->keys->program);
		asking->done = true;
	}
	if (n <= 0)
		return MFA_OK;
	if (fds[WORKERS_MAX].revents != 0)
		return mfa_error_set(err, MFA_REQUEST_ABORTED, 0,
		    "the person left while a key was asked for");
	for (i = 0; i < WORKERS_MAX && !asking->done; i++) {
		if (fds[i].revents == 0)
			continue;
		code = on_worker(asking, &asking->workers[i], err);
		if (code != MFA_OK)
			return code;
	}
	return MFA_OK;
}

enum mfa_code
keys_ask(void *ctx, const struct keymsg_request *requests, size_t count,
    const struct person *person, struct keymsg_answer *ret_answer,
    size_t *ret_which, struct mfa_error *err)
{
	_cleanup_(asking_clear) struct asking asking = {
		.keys = ctx,
		.requests = requests,
		.count = count,
		.person = person,
		.deadline = wire_now() + requests[0].timeout,
		.answer = { .error = KEY_TIMEOUT },
	};
	enum mfa_code code;
	size_t i;

	for (i = 0; i < WORKERS_MAX; i++)
		asking.workers[i].fd = -1;
	if ((code = tell_wait(&asking, err)) != MFA_OK)
		return code;
	start_all(&asking);
	if (!has_workers(&asking))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s can't be started", asking.keys->program);
	while (!asking.done && has_workers(&asking)) {
		if ((code = wait_for_words(&asking, err)) != MFA_OK)
			return code;
	}
	*ret_answer = asking.answer;
	*ret_which = asking.which;
	return MFA_OK;
}
