/*
 * The worker for tests of the endpoint: its nodes are ptys of software keys
 * (softkey --pty), or links to such, by the names hidraw0, hidraw1, ... in the
 * folder "dev" beside the program. So a test copies it to a folder of its own.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "key/worker.h"

#define CONVERSATION_FD 3

static char folder[PATH_MAX + sizeof("/dev")];

static enum keymsg_error
open_pty(struct node *ret, struct keymsg_answer *answer)
{
	ret->fd = open(ret->path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (ret->fd == -1)
		return answer_fail(answer, KEY_GONE, "%s: no pty", ret->path);
	strcpy(ret->product, "Soft key");
	return KEY_OK;
}

static const struct node_source source = { folder, "hidraw", open_pty };

int
main(void)
{
	ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	char *slash;

	if (n <= 0 || (slash = strrchr(folder, '/')) == NULL)
		return EXIT_FAILURE;
	strcpy(slash, "/dev");
	worker_run(CONVERSATION_FD, &source);
}
