/*
 * The control socket: a line a command, each answered by "ok", or by "error: "
 * and why, as the last line of what it prints.
 */
#ifndef SUPPORT_SOFTKEY_CONTROL_H
#define SUPPORT_SOFTKEY_CONTROL_H

#include <poll.h>

#include "support/softkey.h"

#define CONTROL_CLIENTS_MAX	8
#define CONTROL_LINE_MAX	256

struct control_client {
	int	fd;		/* -1: free */
	size_t	have;
	char	line[CONTROL_LINE_MAX];
};

struct control {
	int			listener;	/* -1: none */
	const char		*path;
	struct control_client	clients[CONTROL_CLIENTS_MAX];
};

/* Listens at PATH; ends the program where it can't. NULL: does not listen. */
void	control_open(struct control *control, const char *path);
void	control_close(struct control *control);

/* Fills what to poll, CONTROL_CLIENTS_MAX + 1, and serves what came of it. */
void	control_poll(const struct control *control, struct pollfd *ret);
void	control_serve(struct control *control, struct softkey *key,
	    const struct pollfd *polled);

/* A key that behaves well and is touched at once. */
void	switches_default(struct softkey_switches *switches);

/*
 * Does what LINE says. Returns NULL, or why it can't. Words are separated by
 * one space; LINE is taken apart.
 */
const char *switch_run(struct softkey *key, char *line);

/* "help": the commands, for people. */
extern const char switch_help[];

/* Sends one line to the softkey at PATH and prints its answer: 0 for "ok". */
int	control_tell(const char *path, char *const *words);

#endif
