/*
 * The key's node: the one that is asked for, or the first that is plugged in.
 */
#ifndef KEY_NODE_H
#define KEY_NODE_H

#include "key/dialogue.h"

struct node {
	int	fd;				/* reports; owned */
	char	path[KEYMSG_NODE_MAX + 1];
	char	product[KEYMSG_TEXT_MAX + 1];	/* printable; "" if unknown */
};

/* Where nodes are, and how one is opened. */
struct node_source {
	const char	*folder;	/* "/dev" */
	const char	*prefix;	/* "hidraw", before the number */
	/*
	 * Opens ret->path, for reading and writing without blocking,
	 * close-on-exec, and fills fd and product. Returns KEY_OK, or:
	 *  KEY_GONE         there is no such node (any more)
	 *  KEY_UNSUPPORTED  it is there, and no FIDO key
	 *  KEY_FAILED       it can't be opened; the text says why
	 */
	enum keymsg_error (*open)(struct node *ret,
		    struct keymsg_answer *answer);
};

/*
 * Opens the node that REQUEST names or, where it names none, says
 * KEY_STATUS_WAITING and waits for one that is not among request->nodes.
 * ret->fd is the caller's on KEY_OK. Codes of source->open, and:
 *  KEY_TIMEOUT    nothing was plugged in until the deadline
 *  KEY_CANCELLED  the conversation is over
 *  KEY_FAILED     not the name of a node; inotify(7) does not work
 */
enum keymsg_error node_find(const struct node_source *source,
	    const struct keymsg_request *request, struct dialogue *d,
	    struct node *ret, struct keymsg_answer *answer) _must_check_;

#endif
