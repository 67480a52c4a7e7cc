#include <sys/inotify.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "key/node.h"

/* udev gives the node to the account's group after it has made it. */
#define CHANGES	    (IN_CREATE | IN_ATTRIB | IN_MOVED_TO)
#define EVENTS_SIZE 4096

struct search {
	const struct node_source *source;
	const struct keymsg_request *request;
	struct keymsg_answer *answer;
	bool anew[KEYMSG_NODES_MAX]; /* taken once, and made again since */
};

/* PREFIX and a number, as the kernel names nodes. */
static bool
is_node_name(const struct node_source *source, const char *name)
{
	size_t prefix = strlen(source->prefix), digits;

	if (strncmp(name, source->prefix, prefix) != 0)
		return false;
	digits = strspn(name + prefix, "0123456789");
	return digits > 0 && name[prefix + digits] == '\0';
}

static bool
is_node_path(const struct node_source *source, const char *path)
{
	size_t folder = strlen(source->folder);

	return strncmp(path, source->folder, folder) == 0 &&
	    path[folder] == '/' && is_node_name(source, path + folder + 1);
}

/* The place of PATH among those that others look after, or their count. */
static size_t
find_taken(const struct search *s, const char *path)
{
	size_t i;

	for (i = 0; i < s->request->node_count; i++) {
		if (strcmp(s->request->nodes[i], path) == 0)
			break;
	}
	return i;
}

/* Does someone else look after it? Not once the node is another key's. */
static bool
is_taken(const struct search *s, const char *path)
{
	size_t i = find_taken(s, path);

	return i < s->request->node_count && !s->anew[i];
}

/* Opens NAME in the folder if it is a key that is looked for. */
static bool
try_name(const struct search *s, const char *name, struct node *node)
{
	int n;

	if (!is_node_name(s->source, name))
		return false;
	n = snprintf(node->path, sizeof(node->path), "%s/%s", s->source->folder,
	    name);
	if (n < 0 || (size_t)n >= sizeof(node->path) || is_taken(s, node->path))
		return false;
	return s->source->open(node, s->answer) == KEY_OK;
}

static bool
try_folder(const struct search *s, struct node *node)
{
	const struct dirent *entry;
	bool found = false;
	DIR *dir;

	if ((dir = opendir(s->source->folder)) == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = try_name(s, entry->d_name, node);
	(void)closedir(dir);
	return found;
}

/* A node that is made again has another key behind it. */
static void
note_new(struct search *s, const char *name)
{
	char path[KEYMSG_NODE_MAX + 1];
	size_t i;

	(void)snprintf(path, sizeof(path), "%s/%.32s", s->source->folder, name);
	if ((i = find_taken(s, path)) < s->request->node_count)
		s->anew[i] = true;
}

static bool
try_event(struct search *s, const struct inotify_event *event,
    struct node *node)
{
	if (event->len > 0 && (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0)
		note_new(s, event->name);
	if ((event->mask & IN_Q_OVERFLOW) != 0)
		return try_folder(s, node);
	return event->len > 0 && try_name(s, event->name, node);
}

static bool
try_events(struct search *s, int notify, struct node *node)
{
	_Alignas(struct inotify_event) char events[EVENTS_SIZE];
	const struct inotify_event *event;
	ssize_t n, at;

	n = read(notify, events, sizeof(events));
	for (at = 0; at < n; at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const struct inotify_event *)(const void *)(events +
		    at);
		if (try_event(s, event, node))
			return true;
	}
	return false;
}

static enum keymsg_error
wait_for_node(struct search *s, struct dialogue *d, struct node *node)
{
	_cleanup_(closep) int notify = -1;
	int n;

	/* Watched before it is looked at, so that none is missed. */
	notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (notify == -1 ||
	    inotify_add_watch(notify, s->source->folder, CHANGES) == -1)
		return answer_fail(s->answer, KEY_FAILED, "%s: %s",
		    s->source->folder, strerror(errno));
	if (try_folder(s, node))
		return KEY_OK;
	while ((n = dialogue_wait(d, notify, d->deadline)) > 0) {
		if (try_events(s, notify, node))
			return KEY_OK;
	}
	return answer_fail(s->answer, n == 0 ? KEY_TIMEOUT : KEY_CANCELLED,
	    "no key was inserted");
}

enum keymsg_error
node_find(const struct node_source *source,
    const struct keymsg_request *request, struct dialogue *d, struct node *ret,
    struct keymsg_answer *answer)
{
	const struct keymsg_progress waiting = { .status = KEY_STATUS_WAITING,
		.retries = -1 };
	struct search search = { .source = source,
		.request = request,
		.answer = answer };
	struct node node = { .fd = -1 };
	enum keymsg_error error;

	if (request->node[0] == '\0') {
		if (!dialogue_tell(d, &waiting))
			return answer_fail(answer, KEY_CANCELLED, "hung up");
		error = wait_for_node(&search, d, &node);
	} else if (!is_node_path(source, request->node)) {
		error = answer_fail(answer, KEY_FAILED, "%s: not a node",
		    request->node);
	} else {
		memcpy(node.path, request->node, sizeof(node.path));
		error = source->open(&node, answer);
	}
	if (error != KEY_OK)
		return error;
	*ret = node;
	/* What was wrong with others does not matter now. */
	answer->error = KEY_OK;
	answer->text[0] = '\0';
	return KEY_OK;
}
