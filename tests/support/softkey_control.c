#include <sys/socket.h>
#include <sys/un.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/softkey_control.h"

#define TELL_TIMEOUT	5	/* s */

static void
address_set(struct sockaddr_un *address, const char *path)
{
	if (strlen(path) >= sizeof(address->sun_path))
		errx(1, "%s: longer than a socket's name can be", path);
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, strlen(path) + 1);
}

void
control_open(struct control *control, const char *path)
{
	struct sockaddr_un address = { 0 };

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		control->clients[i].fd = -1;
	control->listener = -1;
	control->path = path;
	if (path == NULL)
		return;
	address_set(&address, path);
	(void)unlink(path);
	control->listener = socket(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listener < 0 ||
	    bind(control->listener, (struct sockaddr *)&address,
		sizeof(address)) != 0 ||
	    listen(control->listener, CONTROL_CLIENTS_MAX) != 0)
		err(1, "%s", path);
}

void
control_close(struct control *control)
{
	if (control->listener >= 0)
		(void)unlink(control->path);
	closep(&control->listener);
}

void
control_poll(const struct control *control, struct pollfd *ret)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		ret[i] = (struct pollfd) {
			.fd = control->clients[i].fd,
			.events = POLLIN,
		};
	ret[CONTROL_CLIENTS_MAX] = (struct pollfd) {
		.fd = control->listener,
		.events = POLLIN,
	};
}

static void
say(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len > 0) {
		n = send(fd, text, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void
obey(struct softkey *key, int fd, char *line)
{
	const char *why;

	if (strcmp(line, "help") == 0)
		say(fd, switch_help);
	else if (strcmp(line, "log") == 0)
		say(fd, key->log);
	else if ((why = switch_run(key, line)) != NULL) {
		say(fd, "error: ");
		say(fd, why);
		say(fd, "\n");
		return;
	}
	say(fd, "ok\n");
}

static void
serve_client(struct control_client *client, struct softkey *key)
{
	char *newline;
	ssize_t n;

	n = recv(client->fd, client->line + client->have,
	    sizeof(client->line) - client->have, 0);
	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		closep(&client->fd);
		return;
	}
	client->have += (size_t)n;
	while ((newline = memchr(client->line, '\n', client->have)) != NULL) {
		*newline = '\0';
		obey(key, client->fd, client->line);
		client->have -= (size_t)(newline + 1 - client->line);
		memmove(client->line, newline + 1, client->have);
	}
	if (client->have == sizeof(client->line))
		closep(&client->fd);
}

static void
take_client(struct control *control)
{
	int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX && fd >= 0; i++) {
		if (control->clients[i].fd >= 0)
			continue;
		control->clients[i].have = 0;
		control->clients[i].fd = fd;
		return;
	}
	closep(&fd);
}

void
control_serve(struct control *control, struct softkey *key,
    const struct pollfd *polled)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (polled[i].revents != 0)
			serve_client(&control->clients[i], key);
	if (polled[CONTROL_CLIENTS_MAX].revents != 0)
		take_client(control);
}

static int
connect_to(const char *path)
{
	const struct timeval timeout = { .tv_sec = TELL_TIMEOUT };
	struct sockaddr_un address = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address_set(&address, path);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
		sizeof(timeout)) != 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		err(2, "%s", path);
	return fd;
}

int
control_tell(const char *path, char *const *words)
{
	FILE *answer = fdopen(connect_to(path), "r+");
	char line[CONTROL_LINE_MAX];

	if (answer == NULL)
		err(2, "%s", path);
	for (; *words != NULL; words++) {
		say(fileno(answer), *words);
		say(fileno(answer), words[1] != NULL ? " " : "\n");
	}
	while (fgets(line, sizeof(line), answer) != NULL) {
		if (strcmp(line, "ok\n") == 0)
			return 0;
		if (strncmp(line, "error: ", 7) == 0) {
			fprintf(stderr, "%s", line);
			return 1;
		}
		printf("%s", line);
	}
	errx(2, "%s: no answer", path);
}
