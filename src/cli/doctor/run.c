#include "cli/doctor/run.h"

#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"

#define OUTPUT_MAX	(256 * 1024)
#define TIME_MAX	30	/* seconds */

/* All of FD, with a NUL; NULL where that is too much. */
static char *
read_all(int fd)
{
	_cleanup_(freep) char *text = malloc(OUTPUT_MAX + 1);
	size_t len = 0;
	ssize_t n = 1;

	if (text == NULL)
		return NULL;
	while (n != 0 && len < OUTPUT_MAX) {
		n = read(fd, text + len, OUTPUT_MAX - len);
		if (n < 0 && errno != EINTR)
			return NULL;
		len += n > 0 ? (size_t)n : 0;
	}
	text[len] = '\0';
	return n == 0 ? steal(&text) : NULL;
}

/* In the child: is ARGV[0] from here on, or ends. */
static void
become(const char *root, const char *const *argv, int out)
{
	char *const environment[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:"
					      "/bin",
		(char *)"LC_ALL=C", NULL };
	sigset_t none;
	int null;

	if (root[0] != '\0' && (chroot(root) < 0 || chdir("/") < 0))
		_exit(127);
	null = open("/dev/null", O_RDWR);
	/* An image need not have one. */
	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		(void)close(STDIN_FILENO);
	if (null < 0 || dup2(null, STDERR_FILENO) < 0)
		(void)close(STDERR_FILENO);
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(TIME_MAX);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execve(argv[0], (char *const *)argv, environment);
	_exit(127);
}

bool
run_program(const char *root, const char *const *argv, char **ret_text)
{
	_cleanup_(freep) char *text = NULL;
	int fds[2], status = -1;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	if ((pid = fork()) == 0)
		become(root, argv, fds[1]);
	(void)close(fds[1]);
	if (pid > 0)
		text = read_all(fds[0]);
	(void)close(fds[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	if (pid < 0 || text == NULL || status != 0)
		return false;
	*ret_text = steal(&text);
	return true;
}
