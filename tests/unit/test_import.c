#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inventorytest.h"
#include "store/record.h"

#define FEW		3
#define MANY		10000
#define STEPS_MAX	5000

static struct inventory_import *
begin(struct storetest *t)
{
	struct inventory_import *import = NULL;

	if (inventory_import_begin(t->store, &import, &t->err) != MFA_OK)
		fail_msg("%s", t->err.detail);
	return import;
}

static enum mfa_code
stage(struct storetest *t, struct inventory_import *import, unsigned number)
{
	struct device *d = storetest_device(number);
	enum mfa_code code;

	d->enabled = 0;
	code = inventory_import_add(import, d, &t->err);
	device_freep(&d);
	return code;
}

/* How many of the tokens 0 to COUNT - 1 are in the inventory. */
static unsigned
imported(struct storetest *t, unsigned count)
{
	char serial[32];
	unsigned i, found = 0;
	enum mfa_code code;

	for (i = 0; i < count; i++) {
		snprintf(serial, sizeof(serial), "TEST%08u", i);
		code = inventorytest_look_up(t, serial);
		if (code != MFA_OK && code != MFA_NO_SUCH_ENTITY)
			fail_msg("%s", t->err.detail);
		found += code == MFA_OK;
	}
	return found;
}

static void
committed_import_is_there_and_leaves_nothing_behind(void **state)
{
	struct storetest *t = *state;
	struct inventory_import *import = begin(t);
	unsigned i;

	for (i = 0; i < FEW; i++)
		assert_int_equal(stage(t, import, i), MFA_OK);
	assert_int_equal(imported(t, FEW), 0);
	assert_int_equal(inventory_import_commit(import, &t->err), MFA_OK);
	assert_int_equal(imported(t, FEW), FEW);
	/* Once only. */
	assert_int_equal(inventory_import_commit(import, &t->err),
	    MFA_SERVICE_FAILURE);
	inventory_import_freep(&import);
	assert_null(import);
	inventory_import_freep(&import);
	assert_int_equal(imported(t, FEW), FEW);
	/* The records and the lock's file. */
	assert_int_equal(storetest_count(t, "inventory"), FEW + 1);
}

static void
import_that_is_not_committed_is_dropped(void **state)
{
	struct storetest *t = *state;
	struct inventory_import *import = begin(t);

	assert_int_equal(stage(t, import, 0), MFA_OK);
	inventory_import_freep(&import);
	assert_int_equal(imported(t, FEW), 0);
	assert_int_equal(storetest_count(t, "inventory"), 1);
	import = begin(t);
	assert_int_equal(stage(t, import, 0), MFA_OK);
	assert_int_equal(inventory_import_commit(import, &t->err), MFA_OK);
	inventory_import_freep(&import);
	assert_int_equal(imported(t, FEW), 1);
}

static void
empty_import_commits(void **state)
{
	struct storetest *t = *state;
	struct inventory_import *import = begin(t);

	assert_int_equal(inventory_import_commit(import, &t->err), MFA_OK);
	inventory_import_freep(&import);
	assert_int_equal(storetest_count(t, "inventory"), 1);
}

static void
serial_in_inventory_or_import_exists_already(void **state)
{
	struct storetest *t = *state;
	struct inventory_import *import;

	assert_int_equal(inventorytest_add(t, storetest_device(0), ""), MFA_OK);
	import = begin(t);
	assert_int_equal(stage(t, import, 0), MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(stage(t, import, 1), MFA_OK);
	assert_int_equal(stage(t, import, 1), MFA_ENTITY_ALREADY_EXISTS);
	/* Those two were refused only; what is staged can be committed. */
	assert_int_equal(inventory_import_commit(import, &t->err), MFA_OK);
	inventory_import_freep(&import);
	assert_int_equal(imported(t, FEW), 2);
}

static void
token_added_during_the_import_stays(void **state)
{
	struct storetest *t = *state;
	struct inventory_import *import = begin(t);
	struct inventory_record record = { .device = storetest_device(1) };
	struct inventory_record got = { 0 };

	assert_int_equal(stage(t, import, 0), MFA_OK);
	assert_int_equal(stage(t, import, 1), MFA_OK);
	assert_int_equal(inventory_add(t->store, &record, &t->err), MFA_OK);
	assert_int_equal(inventory_import_commit(import, &t->err), MFA_OK);
	inventory_import_freep(&import);
	assert_int_equal(imported(t, FEW), 2);
	assert_int_equal(inventory_read(t->store, "TEST00000001", &got,
	    &t->err), MFA_OK);
	assert_true(storetest_same(record.device, got.device));
	inventory_record_clear(&record);
	inventory_record_clear(&got);
}

static void
second_import_is_concurrent_modification(void **state)
{
	struct storetest *t = *state;
	struct inventory_import *import = begin(t), *second = NULL;

	assert_int_equal(inventory_import_begin(t->store, &second, &t->err),
	    MFA_CONCURRENT_MODIFICATION);
	assert_null(second);
	assert_int_equal(inventory_recover(t->store, &t->err),
	    MFA_CONCURRENT_MODIFICATION);
	/* Nor does a look at what is not there disturb it. */
	assert_int_equal(stage(t, import, 0), MFA_OK);
	assert_int_equal(inventorytest_look_up(t, "TEST00000000"),
	    MFA_NO_SUCH_ENTITY);
	assert_int_equal(inventory_import_commit(import, &t->err), MFA_OK);
	inventory_import_freep(&import);
	assert_int_equal(imported(t, 1), 1);
	assert_int_equal(inventory_recover(t->store, &t->err), MFA_OK);
}

static int
import_few(struct storetest *t)
{
	struct inventory_import *import = NULL;
	unsigned i;

	if (inventory_import_begin(t->store, &import, &t->err) != MFA_OK)
		return 1;
	for (i = 0; i < FEW; i++) {
		if (stage(t, import, i) != MFA_OK)
			return 2;
	}
	if (inventory_import_commit(import, &t->err) != MFA_OK)
		return 3;
	inventory_import_freep(&import);
	return 0;
}

static void
import_that_can_not_be_written_leaves_nothing(void **state)
{
	struct storetest *t = *state;
	struct rlimit limit = { 100, 100 };
	pid_t pid;

	if (storetest_fork(&pid)) {
		struct inventory_import *import = begin(t);

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		if (stage(t, import, 0) != MFA_SERVICE_FAILURE ||
		    inventory_import_commit(import, &t->err) !=
		    MFA_SERVICE_FAILURE)
			_exit(1);
		inventory_import_freep(&import);
		_exit(0);
	}
	assert_int_equal(storetest_wait(pid), 0);
	assert_int_equal(imported(t, FEW), 0);
	assert_int_equal(storetest_count(t, "inventory"), 1);
}

/*
 * Kills an import at its STEPS-th entry to or exit from a system call. Returns
 * false where it had ended before.
 */
static bool
kill_at(struct storetest *t, unsigned steps)
{
	unsigned i;
	int status;
	pid_t pid;

	if (storetest_fork(&pid)) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(99);
		raise(SIGSTOP);
		_exit(import_few(t));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
		skip();
	for (i = 0; i < steps; i++) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status)) {
			assert_int_equal(WEXITSTATUS(status), 0);
			return false;
		}
	}
	kill(pid, SIGKILL);
	assert_int_equal(storetest_wait(pid), 128 + SIGKILL);
	return true;
}

static void
forget_tokens(struct storetest *t)
{
	struct device *d;
	char path[PATH_MAX];
	unsigned i;

	for (i = 0; i < FEW; i++) {
		d = storetest_device(i);
		inventorytest_path(t, d, path);
		(void)unlink(path);
		device_freep(&d);
	}
}

static void
import_killed_at_any_system_call_is_all_or_nothing(void **state)
{
	struct storetest *t = *state;
	unsigned steps, none = 0, all = 0, found;

	for (steps = 1; steps < STEPS_MAX && kill_at(t, steps); steps++) {
		/* Half the time a look-up does it instead. */
		if (steps % 2 == 0)
			assert_int_equal(inventory_recover(t->store, &t->err),
			    MFA_OK);
		found = imported(t, FEW);
		if (found != 0 && found != FEW)
			fail_msg("%u of %d after %u steps", found, FEW, steps);
		none += found == 0;
		all += found == FEW;
		forget_tokens(t);
	}
	assert_true(steps < STEPS_MAX);
	assert_true(none > 20);
	assert_true(all > 5);
	assert_int_equal(imported(t, FEW), FEW);
}

static void
recovery_killed_at_any_record_is_finished_later(void **state)
{
	struct storetest *t = *state;
	struct inventory_import *import = begin(t);
	char from[PATH_MAX], to[PATH_MAX];
	struct device *d = storetest_device(1);
	char name[RECORD_NAME_SIZE];
	unsigned i;

	for (i = 0; i < FEW; i++)
		assert_int_equal(stage(t, import, i), MFA_OK);
	/* As a crash leaves it: committed, one record moved already. */
	storetest_path(t, "inventory", ".import.new", from);
	storetest_path(t, "inventory", ".import.commit", to);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(record_name(d->serial, d->type, name, &t->err),
	    MFA_OK);
	strcat(to, "/");
	strcat(to, name);
	inventorytest_path(t, d, from);
	assert_int_equal(rename(to, from), 0);
	inventory_import_freep(&import);
	assert_int_equal(imported(t, FEW), FEW);
	assert_int_equal(storetest_count(t, "inventory"), FEW + 1);
	device_freep(&d);
}

static void
left_over_that_is_no_folder_is_a_failure(void **state)
{
	struct storetest *t = *state;
	struct inventory_import *import = NULL;
	char path[PATH_MAX];

	storetest_path(t, "inventory", ".import.commit", path);
	assert_int_equal(symlink("/etc", path), 0);
	assert_int_equal(inventory_recover(t->store, &t->err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(inventory_import_begin(t->store, &import, &t->err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(inventorytest_look_up(t, "TEST00000000"),
	    MFA_SERVICE_FAILURE);
}

static void
ten_thousand_tokens_import_quickly(void **state)
{
	struct storetest *t = *state;
	struct inventory_import *import = begin(t);
	struct timespec from, to;
	unsigned i;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < MANY; i++)
		assert_int_equal(stage(t, import, i), MFA_OK);
	assert_int_equal(inventory_import_commit(import, &t->err), MFA_OK);
	inventory_import_freep(&import);
	clock_gettime(CLOCK_MONOTONIC, &to);
	print_message("%ld ms\n", (long)((to.tv_sec - from.tv_sec) * 1000 +
	    (to.tv_nsec - from.tv_nsec) / 1000000));
	assert_int_equal(storetest_count(t, "inventory"), MANY + 1);
	assert_int_equal(inventorytest_look_up(t, "TEST00009999"), MFA_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		storetest(committed_import_is_there_and_leaves_nothing_behind),
		storetest(import_that_is_not_committed_is_dropped),
		storetest(empty_import_commits),
		storetest(serial_in_inventory_or_import_exists_already),
		storetest(token_added_during_the_import_stays),
		storetest(second_import_is_concurrent_modification),
		storetest(import_that_can_not_be_written_leaves_nothing),
		storetest(import_killed_at_any_system_call_is_all_or_nothing),
		storetest(recovery_killed_at_any_record_is_finished_later),
		storetest(left_over_that_is_no_folder_is_a_failure),
		storetest(ten_thousand_tokens_import_quickly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
