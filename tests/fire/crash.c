/*
 * crash SERVICE USER CODE PART AT [PID]
 *
 * Signs USER in through the PAM service SERVICE with CODE, and kills PART of it
 * at its stop AT: see tests/support/killcall.h. PID is the service's parent.
 *
 * Prints what was told, "nothing" where the host was killed before, and then
 * "killed" or "done".
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fire/attempt.h"
#include "support/killcall.h"

static _Noreturn void
sign_in(int fd, char **argv)
{
	const char *name;
	enum told told;

	/* Not to wait for ever where the other fails. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || raise(SIGSTOP) != 0)
		err(1, "raise");
	told = attempt(argv[1], argv[2], argv[3], NULL, NULL);
	name = told_name(told);
	if (write(fd, name, strlen(name)) == -1)
		err(1, "write");
	_exit(0);
}

int
main(int argc, char **argv)
{
	char told[16] = "";
	unsigned long stops;
	enum part part;
	int fds[2], status;
	bool killed;
	pid_t host;

	if (argc < 6 || argc > 7 || !part_parse(argv[4], &part))
		errx(2, "see the head of crash.c");
	/* What is stopped may still have the other end: no one waits for it. */
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0 || (host = fork()) == -1)
		err(1, "fork");
	if (host == 0)
		sign_in(fds[1], argv);
	(void)close(fds[1]);
	if (waitpid(host, &status, WUNTRACED) != host || !WIFSTOPPED(status))
		errx(1, "the host does not stop");
	killed = killcall(host, argc > 6 ? (pid_t)strtol(argv[6], NULL, 10) : 0,
	    part, strtoul(argv[5], NULL, 10), &stops);
	if (read(fds[0], told, sizeof(told) - 1) == -1 && errno != EAGAIN)
		err(1, "read");
	(void)printf("%s %s %lu\n", told[0] != '\0' ? told : "nothing",
	    killed ? "killed" : "done", stops);
	return 0;
}
