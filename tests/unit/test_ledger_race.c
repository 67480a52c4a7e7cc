/* The ledger with other processes, and with writes that fail. */
#include <sys/resource.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ledgertest.h"

#define CONTENDERS	4
#define ROUNDS		25

static void
locked_ledger_is_concurrent_modification(void **state)
{
	struct storetest *t = *state;
	struct ledger *ledger = ledgertest_open(t, true), *second = NULL;
	struct timespec from, to;

	ledgertest_expect(t, &USER_ALICE, MFA_CONCURRENT_MODIFICATION);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(ledger_open(t->store, &USER_ALICE, false, 100,
	    &second, &t->err), MFA_CONCURRENT_MODIFICATION);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true((to.tv_sec - from.tv_sec) * 1000 +
	    (to.tv_nsec - from.tv_nsec) / 1000000 >= 99);
	ledger_freep(&ledger);
	ledgertest_expect(t, &USER_ALICE, MFA_OK);
}

static void
ledger_replaced_while_waiting_is_a_failure(void **state)
{
	struct storetest *t = *state;
	struct ledger *ledger;
	const struct timespec pause = { .tv_nsec = 200 * 1000000 };
	char path[PATH_MAX], away[PATH_MAX], *file, octet;
	int go[2];
	pid_t pid;

	ledgertest_path(t, path);
	storetest_path(t, "ledger", "away", away);
	assert_int_equal(pipe(go), 0);
	/* Forked before the lock is taken, since a child would share it. */
	if (storetest_fork(&pid)) {
		if (read(go[0], &octet, 1) != 1)
			_exit(2);
		_exit(ledger_open(t->store, &USER_ALICE, false, LEDGER_LOCK_MS,
		    &ledger, &t->err) == MFA_SERVICE_FAILURE &&
		    strstr(t->err.detail, "replaced") != NULL ? 0 : 1);
	}
	ledger = ledgertest_open(t, true);
	assert_int_equal(write(go[1], "", 1), 1);
	nanosleep(&pause, NULL);
	file = storetest_read(path, NULL);
	assert_int_equal(rename(path, away), 0);
	storetest_write(path, file, LEDGER_FILE_SIZE);
	ledger_freep(&ledger);
	assert_int_equal(storetest_wait(pid), 0);
	free(file);
	close(go[0]);
	close(go[1]);
}

static void
contending_processes_lose_no_commit(void **state)
{
	struct storetest *t = *state;
	pid_t pids[CONTENDERS];
	int i, j;

	ledgertest_commit(t, 0);
	for (i = 0; i < CONTENDERS; i++) {
		if (!storetest_fork(&pids[i]))
			continue;
		for (j = 0; j < ROUNDS; j++) {
			struct ledger *ledger = NULL;

			if (ledger_open(t->store, &USER_ALICE, false, 60000,
			    &ledger, &t->err) != MFA_OK)
				_exit(1);
			ledger_record(ledger)->doors[LEDGER_LOGIN].failures++;
			if (ledger_commit(ledger, &t->err) != MFA_OK)
				_exit(2);
			ledger_freep(&ledger);
		}
		_exit(0);
	}
	for (i = 0; i < CONTENDERS; i++)
		assert_int_equal(storetest_wait(pids[i]), 0);
	assert_int_equal(ledgertest_read(t), CONTENDERS * ROUNDS);
}

static void
creating_races_end_with_one_ledger(void **state)
{
	struct storetest *t = *state;
	pid_t pids[CONTENDERS];
	int i;

	for (i = 0; i < CONTENDERS; i++) {
		struct ledger *ledger = NULL;

		if (!storetest_fork(&pids[i]))
			continue;
		if (ledger_open(t->store, &USER_ALICE, true, 60000, &ledger,
		    &t->err) != MFA_OK)
			_exit(1);
		ledger_record(ledger)->doors[LEDGER_LOGIN].failures++;
		_exit(ledger_commit(ledger, &t->err));
	}
	for (i = 0; i < CONTENDERS; i++)
		assert_int_equal(storetest_wait(pids[i]), 0);
	assert_int_equal(ledgertest_read(t), CONTENDERS);
	assert_int_equal(storetest_count(t, "ledger"), 1);
}

static void
killed_process_leaves_the_lock_free(void **state)
{
	struct storetest *t = *state;
	int go[2];
	char octet;
	pid_t pid;

	ledgertest_commit(t, 1);
	assert_int_equal(pipe(go), 0);
	if (storetest_fork(&pid)) {
		struct ledger *ledger = ledgertest_open(t, false);

		ledger_record(ledger)->doors[LEDGER_LOGIN].failures = 9;
		if (write(go[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(go[0], &octet, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(storetest_wait(pid), 128 + SIGKILL);
	assert_int_equal(ledgertest_read(t), 1);
	close(go[0]);
	close(go[1]);
}

/* Exit status: what the first and the second commit said. */
static int
commit_twice_with_limit(struct storetest *t, rlim_t limit)
{
	struct rlimit rlim = { limit, limit };
	struct ledger *ledger = NULL;
	enum mfa_code first, second;

	signal(SIGXFSZ, SIG_IGN);
	if (ledger_open(t->store, &USER_ALICE, false, 60000, &ledger,
	    &t->err) != MFA_OK)
		return 99;
	setrlimit(RLIMIT_FSIZE, &rlim);
	ledger_record(ledger)->doors[LEDGER_LOGIN].failures = 77;
	first = ledger_commit(ledger, &t->err);
	rlim.rlim_cur = rlim.rlim_max = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &rlim);
	second = ledger_commit(ledger, &t->err);
	if (strstr(t->err.detail, "an earlier commit failed") == NULL)
		return 98;
	ledger_freep(&ledger);
	return first == MFA_SERVICE_FAILURE && second == MFA_SERVICE_FAILURE ?
	    0 : 97;
}

static void
commit_that_can_not_be_written_fails_for_good(void **state)
{
	/* At once, and in the middle of slot 1, which is written in part. */
	static const rlim_t limits[] = { 0, LEDGER_SLOT_STRIDE + 100 };
	struct storetest *t = *state;
	size_t i;
	pid_t pid;

	ledgertest_commit(t, 1);
	ledgertest_commit(t,
	    2);		/* slot 0; slot 1 is the older */
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (storetest_fork(&pid))
			_exit(commit_twice_with_limit(t, limits[i]));
		assert_int_equal(storetest_wait(pid), 0);
		assert_int_equal(ledgertest_read(t), 2);
	}
	ledgertest_commit(t, 3);
	assert_int_equal(ledgertest_read(t), 3);
}

static void
ledger_that_can_not_be_made_is_not_there(void **state)
{
	struct storetest *t = *state;
	struct rlimit rlim = { 6000, 6000 };
	struct ledger *ledger = NULL;
	pid_t pid;

	if (storetest_fork(&pid)) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &rlim);
		_exit(ledger_open(t->store, &USER_ALICE, true, 0, &ledger,
		    &t->err));
	}
	assert_int_equal(storetest_wait(pid), MFA_SERVICE_FAILURE);
	assert_int_equal(storetest_count(t, "ledger"), 0);
	ledgertest_expect(t, &USER_ALICE, MFA_NO_SUCH_ENTITY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		storetest(locked_ledger_is_concurrent_modification),
		storetest(ledger_replaced_while_waiting_is_a_failure),
		storetest(contending_processes_lose_no_commit),
		storetest(creating_races_end_with_one_ledger),
		storetest(killed_process_leaves_the_lock_free),
		storetest(commit_that_can_not_be_written_fails_for_good),
		storetest(ledger_that_can_not_be_made_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
