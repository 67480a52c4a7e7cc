/*
 * crash SERVICE USER CODE PART AT [PID]
 * crash -c PID PART AT COMMAND [ARGUMENT...]
 *
 * Signs USER in through the PAM service SERVICE with CODE, and kills PART of it
 * at its stop AT: see tests/support/killcall.h. PID is the service's parent.
 * With -c runs COMMAND, for an operation, in the place of that, and stops are
 * those of calls that change something; PID 0: there is no service.
 *
 * Prints what was told, "nothing" where the host was killed before, and then
 * "killed" or "done". Of COMMAND, what it said is followed by a line of its exit
 * status, 128 where it was killed, and "killed" or "done".
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

/* Starts a child that runs BEGIN, and is stopped. */
static pid_t
start(void (*begin)(int fd, char **argv), int fd, char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == -1)
		err(1, "fork");
	if (pid == 0)
		begin(fd, argv);
	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		errx(1, "the host does not stop");
	return pid;
}

static int
crash_sign_in(int argc, char **argv)
{
	struct killing killing = { 0 };
	struct killed killed;
	char told[16] = "";
	int fds[2];
	pid_t host;

	if (argc < 6 || argc > 7 || !part_parse(argv[4], &killing.part))
		errx(2, "see the head of crash.c");
	killing.at = strtoul(argv[5], NULL, 10);
	/* What is stopped may still have the other end: no one waits for it. */
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
		err(1, "pipe2");
	host = start(sign_in, fds[1], argv);
	(void)close(fds[1]);
	killed = killcall(host, argc > 6 ? (pid_t)strtol(argv[6], NULL, 10) : 0,
	    &killing);
	if (read(fds[0], told, sizeof(told) - 1) == -1 && errno != EAGAIN)
		err(1, "read");
	(void)printf("%s %s %lu\n", told[0] != '\0' ? told : "nothing",
	    killed.killed ? "killed" : "done", killed.stops);
	return 0;
}

static _Noreturn void
execute(int fd, char **argv)
{
	(void)fd;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || raise(SIGSTOP) != 0)
		err(1, "raise");
	(void)execvp(argv[0], argv);
	err(1, "%s", argv[0]);
}

static int
crash_command(int argc, char **argv)
{
	struct killing killing = { .changes = true };
	struct killed killed;
	pid_t host;

	if (argc < 6 || !part_parse(argv[3], &killing.part))
		errx(2, "see the head of crash.c");
	killing.at = strtoul(argv[4], NULL, 10);
	host = start(execute, -1, argv + 5);
	killed = killcall(host, (pid_t)strtol(argv[2], NULL, 10), &killing);
	(void)printf("%d %s\n",
	    WIFEXITED(killed.status) ? WEXITSTATUS(killed.status) : 128,
	    killed.killed ? "killed" : "done");
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "-c") == 0)
		return crash_command(argc, argv);
	return crash_sign_in(argc, argv);
}
