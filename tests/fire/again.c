/*
 * again SERVICE [USER=CODE,CODE...]...
 *
 * Signs each USER in through the PAM service SERVICE with one CODE after the
 * other; USERs side by side. Prints a line for each USER, in no order: USER, and
 * what was told for each CODE: in, denied, other.
 */
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fire/attempt.h"

#define GIVE_UP 60 /* seconds */

static void
try_all(const char *service, char *user)
{
	char *codes = strchr(user, '='), *code, line[512];
	size_t used;

	if (codes == NULL)
		errx(2, "see the head of again.c");
	*codes++ = '\0';
	(void)alarm(GIVE_UP);
	used = (size_t)snprintf(line, sizeof(line), "%s", user);
	while ((code = strsep(&codes, ",")) != NULL && used < sizeof(line))
		used += (size_t)snprintf(line + used, sizeof(line) - used,
		    " %s",
		    told_name(attempt(service, user, code, NULL, NULL)));
	/* In one write, so that lines do not mix. */
	(void)dprintf(STDOUT_FILENO, "%s\n", line);
}

int
main(int argc, char **argv)
{
	int i, status, failed = 0;
	pid_t pid;

	if (argc < 3)
		errx(2, "see the head of again.c");
	for (i = 2; i < argc; i++) {
		if ((pid = fork()) == -1)
			err(1, "fork");
		if (pid == 0) {
			try_all(argv[1], argv[i]);
			_exit(0);
		}
	}
	while (wait(&status) != -1)
		failed |= status;
	if (failed != 0)
		errx(1, "a process failed");
	return 0;
}
