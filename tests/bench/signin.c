/*
 * signin [-fmsw] [-p MICROSECONDS] SERVICE CODE USER...
 *
 * Signs each USER in through the PAM service SERVICE, one after the other, and
 * answers every prompt with CODE. Prints a line for each: when it began and
 * ended (CLOCK_MONOTONIC, nanoseconds), and what pam_authenticate(3) returned
 * (with -f: 0 or 1).
 *
 *  -f  each in a fresh process, its start and end included
 *  -m  prints the memory and libraries of the process too, before pam_end(3)
 *  -p  pauses so long before each
 *  -s  starts when an octet comes on standard input
 *  -w  says "waiting" at the first prompt, and waits there for ever
 */
#include <sys/wait.h>

#include <err.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_appl.h>

#define USERS_MAX 10000

struct result {
	int64_t	begin;
	int64_t	end;
	int	code;
};

static struct {
	bool		fresh;
	bool		memory;
	bool		start;
	bool		wait;
	useconds_t	pause;
	const char	*program;
	const char	*service;
	char		*answer;
} options;

static struct result results[USERS_MAX];

static int64_t
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int
converse(int count, const struct pam_message **messages,
    struct pam_response **ret, void *data)
{
	struct pam_response *answers = calloc(count, sizeof(*answers));
	int i;

	(void)data;
	if (answers == NULL)
		return PAM_CONV_ERR;
	for (i = 0; i < count; i++) {
		if (messages[i]->msg_style != PAM_PROMPT_ECHO_OFF &&
		    messages[i]->msg_style != PAM_PROMPT_ECHO_ON)
			continue;
		if (options.wait) {
			(void)!write(STDOUT_FILENO, "waiting\n", 8);
			for (;;)
				(void)pause();
		}
		answers[i].resp = strdup(options.answer);
	}
	*ret = answers;
	return PAM_SUCCESS;
}

/* The lines of PATH that have PATTERN in them; all (""). */
static void
copy_lines(const char *path, const char *pattern)
{
	char line[512];
	FILE *f = fopen(path, "re");

	if (f == NULL)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, pattern) != NULL)
			(void)printf("%s", line);
	}
	(void)fclose(f);
}

/* What is measured. By its name callgrind knows where to count. */
__attribute__((noinline)) int
sign_in(const char *user)
{
	const struct pam_conv conversation = { converse, NULL };
	pam_handle_t *pamh = NULL;
	int code;

	code = pam_start(options.service, user, &conversation, &pamh);
	if (code != PAM_SUCCESS)
		errx(1, "pam_start: %d", code);
	code = pam_authenticate(pamh, 0);
	if (options.memory) {
		copy_lines("/proc/self/smaps_rollup", "");
		copy_lines("/proc/self/maps", ".so");
	}
	(void)pam_end(pamh, code);
	return code;
}

static int
sign_in_fresh(char *user)
{
	char service[64];
	char *argv[] = { (char *)options.program, "-q", service, options.answer,
		user, NULL };
	int status;
	pid_t pid;

	(void)snprintf(service, sizeof(service), "%s", options.service);
	if (posix_spawn(&pid, options.program, NULL, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		errx(1, "%s can't be run", options.program);
	return WEXITSTATUS(status);
}

static void
run(int count, char **users)
{
	struct result *result;
	int i;

	for (i = 0; i < count; i++) {
		result = &results[i];
		if (options.pause != 0)
			(void)usleep(options.pause);
		result->begin = now();
		result->code = options.fresh ? sign_in_fresh(users[i])
					     : sign_in(users[i]);
		result->end = now();
	}
	for (i = 0; i < count; i++)
		(void)printf("%lld %lld %d\n", (long long)results[i].begin,
		    (long long)results[i].end, results[i].code);
}

int
main(int argc, char **argv)
{
	bool quiet = false;
	char octet;
	int c;

	while ((c = getopt(argc, argv, "fmp:qsw")) != -1) {
		if (c == 'p')
			options.pause = (useconds_t)strtoul(optarg, NULL, 10);
		options.fresh |= c == 'f';
		options.memory |= c == 'm';
		options.start |= c == 's';
		options.wait |= c == 'w';
		quiet |= c == 'q';
	}
	if (argc - optind < 3 || argc - optind > USERS_MAX)
		errx(2, "see the head of signin.c");
	options.program = "/proc/self/exe";
	options.service = argv[optind];
	options.answer = argv[optind + 1];
	if (quiet)
		return sign_in(argv[optind + 2]) == PAM_SUCCESS ? 0 : 1;
	if (options.start && read(STDIN_FILENO, &octet, 1) != 1)
		errx(1, "no start");
	run(argc - optind - 2, argv + optind + 2);
	return 0;
}
