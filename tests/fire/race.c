/*
 * race SERVICE PROCESSES ROUNDS [USER CODE]...
 *
 * For each USER starts PROCESSES processes, which sign USER in through the PAM
 * service SERVICE with CODE: each round they wait at the prompt until all of
 * them have it, and answer at once. USERs go on side by side, each at a pace of
 * their own. The ledger of USER is put back after a round, so that CODE is good
 * once again in the next.
 *
 * Prints, for each USER and round: USER, how many were let in, how many were
 * denied, and how many were told anything else.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fire/attempt.h"

#define LEDGERS	   "/var/lib/awsmfa/ledger/"
#define LEDGER_MAX 65536
#define GIVE_UP	   300 /* seconds */

/* What the processes of a user share. */
struct group {
	pthread_barrier_t	barrier;
	const char		*user;
	const char		*code;
	int			ledger;
	size_t			length;
	char			before[LEDGER_MAX];
	unsigned		told[TOLDS];
};

static const char *service;

/* True in one of the processes. */
static bool
meet(struct group *group)
{
	return pthread_barrier_wait(&group->barrier) ==
	    PTHREAD_BARRIER_SERIAL_THREAD;
}

static void
meet_at_prompt(void *arg)
{
	(void)meet(arg);
}

static void
open_ledger(struct group *group)
{
	char path[256];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s%s", LEDGERS, group->user);
	group->ledger = open(path, O_RDWR | O_CLOEXEC);
	if (group->ledger == -1 || fstat(group->ledger, &st) != 0)
		err(1, "%s", path);
	group->length = (size_t)st.st_size;
	if (group->length > LEDGER_MAX ||
	    pread(group->ledger, group->before, group->length, 0) !=
		(ssize_t)group->length)
		err(1, "%s", path);
}

static void
next_round(struct group *group)
{
	if (pwrite(group->ledger, group->before, group->length, 0) !=
	    (ssize_t)group->length)
		err(1, "the ledger of %s", group->user);
	(void)dprintf(STDOUT_FILENO, "%s %u %u %u\n", group->user,
	    group->told[TOLD_IN], group->told[TOLD_DENIED], group->told[TOLD_OTHER]);
	memset(group->told, 0, sizeof(group->told));
}

static int
race(struct group *group, unsigned long rounds)
{
	enum told told;

	(void)alarm(GIVE_UP);
	while (rounds-- > 0) {
		told = attempt(service, group->user, group->code,
		    meet_at_prompt, group);
		__atomic_add_fetch(&group->told[told], 1, __ATOMIC_SEQ_CST);
		if (meet(group))
			next_round(group);
		(void)meet(group);
	}
	return 0;
}

static struct group *
new_group(const char *user, const char *code, unsigned processes)
{
	struct group *group;
	pthread_barrierattr_t shared;

	group = mmap(NULL, sizeof(*group), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (group == MAP_FAILED)
		err(1, "mmap");
	group->user = user;
	group->code = code;
	open_ledger(group);
	if (pthread_barrierattr_init(&shared) != 0 ||
	    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED) !=
		0 ||
	    pthread_barrier_init(&group->barrier, &shared, processes) != 0)
		errx(1, "no barrier");
	return group;
}

static void
start(struct group *group, unsigned processes, unsigned long rounds)
{
	pid_t pid;

	while (processes-- > 0) {
		if ((pid = fork()) == -1)
			err(1, "fork");
		if (pid == 0)
			_exit(race(group, rounds));
	}
}

int
main(int argc, char **argv)
{
	unsigned long processes, rounds;
	int i, status, failed = 0;

	if (argc < 6 || argc % 2 != 0)
		errx(2, "see the head of race.c");
	service = argv[1];
	processes = strtoul(argv[2], NULL, 10);
	rounds = strtoul(argv[3], NULL, 10);
	for (i = 4; i < argc; i += 2)
		start(new_group(argv[i], argv[i + 1], (unsigned)processes),
		    (unsigned)processes, rounds);
	while (wait(&status) != -1)
		failed |= status;
	if (failed != 0)
		errx(1, "a process failed");
	return 0;
}
