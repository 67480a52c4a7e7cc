#include <sys/resource.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mfatest.h"

#include "mfa/enrol.h"
#include "mfa/notice.h"
#include "mfa/recover.h"
#include "mfa/signin.h"
#include "mfa/throttle.h"

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

static void
create(struct mfatest *m, const struct host_user *user,
    struct longcode codes[static RECOVER_CODES])
{
	if (recover_create(&m->ctx, user, codes, &m->err) != MFA_OK)
		fail_msg("%s", m->err.detail);
}

static enum mfa_code
signin(struct mfatest *m, const char *user, const char *text,
    struct proof *ret_proof)
{
	struct signin *signin = NULL;
	enum mfa_code code;

	assert_int_equal(signin_begin(&m->ctx, user, LEDGER_LOGIN, &signin,
	    &m->err), MFA_OK);
	code = signin_verify(signin, text, strlen(text), ret_proof, &m->err);
	signin_freep(&signin);
	return code;
}

static void
let_in(struct mfatest *m, const char *user, const char *text)
{
	struct proof proof = { .kind = PROOF_NONE };

	if (signin(m, user, text, &proof) != MFA_OK)
		fail_msg("%s: %s", text, m->err.detail);
	assert_int_equal(proof.kind, PROOF_RECOVERY_CODE);
	assert_string_equal(proof.serial, "");
}

static void
refused(struct mfatest *m, const char *user, const char *text,
    const char *says)
{
	struct proof proof = { .kind = PROOF_VIRTUAL };

	assert_int_equal(signin(m, user, text, &proof),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(proof.kind, PROOF_VIRTUAL);
	mfatest_says(m, says);
}

static unsigned
left(struct mfatest *m, const struct host_user *user)
{
	struct recover_status status;

	if (recover_get_status(&m->ctx, user, &status, &m->err) != MFA_OK)
		fail_msg("%s", m->err.detail);
	return status.codes_left;
}

static void
each_code_lets_in_once(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct mfatest *m = *state;
	unsigned i;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(left(m, &alice), 0);
	create(m, &alice, codes);
	for (i = 0; i < RECOVER_CODES; i++) {
		assert_int_equal(left(m, &alice), RECOVER_CODES - i);
		let_in(m, "alice", codes[i].text);
	}
	assert_int_equal(left(m, &alice), 0);
	for (i = 0; i < RECOVER_CODES; i++)
		refused(m, "alice", codes[i].text,
		    "recovery code already used");
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
}

static void
code_as_people_type_it_lets_in(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct mfatest *m = *state;
	char *c;

	mfatest_enrol(m, &alice, 1);
	create(m, &alice, codes);
	for (c = codes[0].text; *c != '\0'; c++)
		*c = *c == '-' ? ' ' : (char)(*c | 0x20);
	/* That made lower case, and left the digits as they are. */
	let_in(m, "alice", codes[0].text);
}

static void
code_of_another_user_is_wrong(void **state)
{
	struct longcode of_alice[RECOVER_CODES], of_bob[RECOVER_CODES];
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	mfatest_enrol(m, &bob, 2);
	create(m, &alice, of_alice);
	create(m, &bob, of_bob);
	refused(m, "bob", of_alice[0].text, "wrong recovery code");
	refused(m, "alice", of_bob[0].text, "wrong recovery code");
	let_in(m, "alice", of_alice[0].text);
	let_in(m, "bob", of_bob[0].text);
}

static void
device_file_of_another_user_brings_no_codes(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct device_list list = { 0 }, other = { 0 };
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	mfatest_enrol(m, &bob, 2);
	create(m, &alice, codes);
	assert_int_equal(store_load(m->t->store, &alice, &list, &m->err),
	    MFA_OK);
	assert_int_equal(store_load(m->t->store, &bob, &other, &m->err),
	    MFA_OK);
	other.recovery = list.recovery;
	assert_int_equal(store_save(m->t->store, &bob, &other, &m->err),
	    MFA_OK);
	refused(m, "bob", codes[0].text, "wrong recovery code");
	device_list_clear(&list);
	device_list_clear(&other);
}

static void
new_set_ends_the_old_one_and_leaves_the_devices(void **state)
{
	struct longcode old[RECOVER_CODES], codes[RECOVER_CODES];
	struct mfatest *m = *state;
	unsigned i;

	mfatest_enrol(m, &alice, 1);
	create(m, &alice, old);
	let_in(m, "alice", old[0].text);
	create(m, &alice, codes);
	assert_int_equal(left(m, &alice), RECOVER_CODES);
	for (i = 0; i < RECOVER_CODES; i++)
		refused(m, "alice", old[i].text, "wrong recovery code");
	let_in(m, "alice", codes[0].text);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
}

static void
old_set_is_not_good_at_a_prompt_that_is_waiting(void **state)
{
	struct longcode old[RECOVER_CODES], codes[RECOVER_CODES];
	struct mfatest *m = *state;
	struct signin *waiting = NULL;
	struct proof proof;

	mfatest_enrol(m, &alice, 1);
	create(m, &alice, old);
	assert_int_equal(signin_begin(&m->ctx, "alice", LEDGER_LOGIN, &waiting,
	    &m->err), MFA_OK);
	create(m, &alice, codes);
	assert_int_equal(signin_verify(waiting, old[0].text,
	    strlen(old[0].text), &proof, &m->err),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "of a set that was replaced");
	signin_freep(&waiting);
}

static void
set_from_a_backup_is_not_good(void **state)
{
	struct longcode old[RECOVER_CODES], codes[RECOVER_CODES];
	struct mfatest *m = *state;
	char path[PATH_MAX], *backup;
	size_t len;

	mfatest_enrol(m, &alice, 1);
	create(m, &alice, old);
	let_in(m, "alice", old[0].text);
	storetest_path(m->t, "devices", "alice", path);
	backup = storetest_read(path, &len);
	create(m, &alice, codes);
	storetest_write(path, backup, len);
	refused(m, "alice", old[0].text, "of a set that was replaced");
	refused(m, "alice", old[1].text, "of a set that was replaced");
	assert_int_equal(left(m, &alice), 0);
	free(backup);
}

/* What a crash leaves behind: the device file is new, the ledger is not. */
static void
crash_after_the_device_file_leaves_the_new_set(void **state)
{
	struct longcode old[RECOVER_CODES], codes[RECOVER_CODES];
	struct mfatest *m = *state;
	char path[PATH_MAX], *before;
	size_t len;

	mfatest_enrol(m, &alice, 1);
	create(m, &alice, old);
	let_in(m, "alice", old[2].text);
	storetest_path(m->t, "ledger", "alice", path);
	before = storetest_read(path, &len);
	create(m, &alice, codes);
	storetest_write(path, before, len);
	free(before);
	/* The old set had its third code spent; that is not the new one's. */
	assert_int_equal(left(m, &alice), RECOVER_CODES);
	refused(m, "alice", old[1].text, "wrong recovery code");
	let_in(m, "alice", codes[0].text);
	refused(m, "alice", codes[0].text, "recovery code already used");
	let_in(m, "alice", codes[2].text);
	assert_int_equal(left(m, &alice), RECOVER_CODES - 2);
}

/* ... and the other way round: nothing is new yet. */
static void
failure_before_the_device_file_leaves_the_old_set(void **state)
{
	struct longcode old[RECOVER_CODES], codes[RECOVER_CODES];
	struct mfatest *m = *state;
	char path[PATH_MAX], *before;
	size_t len;

	mfatest_enrol(m, &alice, 1);
	create(m, &alice, old);
	let_in(m, "alice", old[0].text);
	storetest_path(m->t, "devices", "alice", path);
	before = storetest_read(path, &len);
	m->t->store->key.len = 0;
	assert_int_not_equal(recover_create(&m->ctx, &alice, codes, &m->err),
	    MFA_OK);
	m->t->store->key.len = 32;
	storetest_write(path, before, len);
	free(before);
	refused(m, "alice", old[0].text, "recovery code already used");
	let_in(m, "alice", old[1].text);
}

/* Dies where it writes beyond LIMIT octets of a file, as by a kill there. */
static void
limit_files(rlim_t limit)
{
	struct rlimit file = { limit, limit }, core = { 0, 0 };

	assert_int_equal(setrlimit(RLIMIT_CORE, &core), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &file), 0);
}

static void
killed_before_it_is_spent_leaves_the_code(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct mfatest *m = *state;
	struct proof proof;
	pid_t pid;

	mfatest_enrol(m, &alice, 1);
	create(m, &alice, codes);
	if (storetest_fork(&pid)) {
		limit_files(0);
		(void)!signin(m, "alice", codes[0].text, &proof);
		_exit(0);
	}
	assert_int_equal(storetest_wait(pid), 128 + SIGXFSZ);
	assert_int_equal(left(m, &alice), RECOVER_CODES);
	let_in(m, "alice", codes[0].text);
	refused(m, "alice", codes[0].text, "recovery code already used");
}

static void
killed_anywhere_leaves_the_old_set_or_the_new_one(void **state)
{
	struct longcode old[RECOVER_CODES], codes[RECOVER_CODES];
	struct mfatest *m = *state;
	unsigned old_ones = 0, new_ones = 0, done = 0;
	struct proof proof;
	rlim_t limit;
	pid_t pid;

	mfatest_enrol(m, &alice, 1);
	for (limit = 0; limit <= LEDGER_FILE_SIZE; limit += 256) {
		create(m, &alice, old);
		let_in(m, "alice", old[0].text);
		if (storetest_fork(&pid)) {
			limit_files(limit);
			_exit(recover_create(&m->ctx, &alice, codes,
			    &m->err) == MFA_OK ? 0 : 1);
		}
		done += storetest_wait(pid) == 0;
		refused(m, "alice", old[0].text, "recovery code");
		if (signin(m, "alice", old[1].text, &proof) == MFA_OK) {
			assert_int_equal(left(m, &alice), RECOVER_CODES - 2);
			old_ones++;
		} else {
			assert_int_equal(left(m, &alice), RECOVER_CODES);
			new_ones++;
		}
		assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
		    MFA_OK);
		m->now += 30;
	}
	assert_true(old_ones > 0);
	/* Some of the new ones were not told to anyone any more. */
	assert_true(new_ones > done && done > 0);
}

static void
same_code_from_many_processes_lets_in_once(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct mfatest *m = *state;
	int round, i, accepted, status;
	struct proof proof;
	pid_t pids[8];

	mfatest_enrol(m, &alice, 1);
	for (round = 0; round < 10; round++) {
		create(m, &alice, codes);
		for (i = 0; i < 8; i++) {
			if (storetest_fork(&pids[i]))
				_exit(signin(m, "alice", codes[0].text,
				    &proof) == MFA_OK ? 0 : 1);
		}
		for (accepted = i = 0; i < 8; i++) {
			status = storetest_wait(pids[i]);
			assert_in_range(status, 0, 1);
			accepted += status == 0;
		}
		assert_int_equal(accepted, 1);
		assert_int_equal(left(m, &alice), RECOVER_CODES - 1);
	}
}

static void
wrong_codes_bar_no_recovery_code_and_are_no_guess(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct mfatest *m = *state;
	struct notice notice;
	unsigned i;

	mfatest_enrol(m, &alice, 1);
	create(m, &alice, codes);
	for (i = 0; i < 3 * THROTTLE_FREE; i++)
		refused(m, "alice", "AAAA-BBBB-CCCC-DDDD",
		    "wrong recovery code");
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	assert_int_equal(notice_take(&m->ctx, &alice, &notice, &m->err),
	    MFA_OK);
	assert_int_equal(notice.failed, 3 * THROTTLE_FREE);
	for (i = 0; i < 2 * THROTTLE_FREE; i++)
		(void)mfatest_signin(m, "alice", "000000", 6);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 1),
	    MFA_THROTTLING);
	let_in(m, "alice", codes[0].text);
}

static void
user_with_keys_only_is_let_in(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct mfatest *m = *state;
	struct device_list list = { 0 };
	struct device *key = storetest_key(1);

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(store_load(m->t->store, &alice, &list, &m->err),
	    MFA_OK);
	memcpy(key->id, list.devices[0]->id, DEVICE_ID_SIZE);
	device_list_clear(&list);
	assert_int_equal(device_list_add(&list, &key, &m->err), MFA_OK);
	assert_int_equal(store_save(m->t->store, &alice, &list, &m->err),
	    MFA_OK);
	device_list_clear(&list);
	create(m, &alice, codes);
	assert_int_equal(mfatest_signin(m, "alice", "123456", 6),
	    MFA_ACCESS_DENIED);
	let_in(m, "alice", codes[0].text);
}

static void
codes_are_made_for_who_has_a_device(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct mfatest *m = *state;

	assert_int_equal(recover_create(&m->ctx, &alice, codes, &m->err),
	    MFA_NO_SUCH_ENTITY);
	assert_int_equal(storetest_count(m->t, "ledger"), 0);
	assert_int_equal(storetest_count(m->t, "devices"), 0);
	assert_int_equal(signin(m, "alice", "AAAA-BBBB-CCCC-DDDD", NULL),
	    MFA_NOT_ENROLLED);
	assert_int_equal(signin(m, "nobody", "AAAA-BBBB-CCCC-DDDD", NULL),
	    MFA_NO_SUCH_ENTITY);
}

static void
deactivate(struct mfatest *m, unsigned number)
{
	struct device *device = storetest_device(number);

	assert_int_equal(enrol_deactivate(&m->ctx, &alice, device->serial,
	    &m->err), MFA_OK);
	device_freep(&device);
}

static void
codes_go_with_the_last_device_and_not_before(void **state)
{
	struct longcode codes[RECOVER_CODES], next[RECOVER_CODES];
	struct mfatest *m = *state;
	struct signin *waiting = NULL;
	struct proof proof;

	mfatest_enrol(m, &alice, 1);
	mfatest_enrol(m, &alice, 2);
	create(m, &alice, codes);
	deactivate(m, 1);
	let_in(m, "alice", codes[0].text);
	assert_int_equal(signin_begin(&m->ctx, "alice", LEDGER_LOGIN, &waiting,
	    &m->err), MFA_OK);
	deactivate(m, 2);
	assert_int_equal(signin_verify(waiting, codes[1].text,
	    strlen(codes[1].text), &proof, &m->err),
	    MFA_INVALID_AUTHENTICATION_CODE);
	signin_freep(&waiting);
	refused(m, "alice", codes[1].text, "wrong recovery code");
	/* Nor do they come back with another device, or another set. */
	m->now += 60;
	mfatest_enrol(m, &alice, 3);
	refused(m, "alice", codes[1].text, "wrong recovery code");
	create(m, &alice, next);
	refused(m, "alice", codes[1].text, "wrong recovery code");
	let_in(m, "alice", next[0].text);
}

static void
tags_and_further_devices_leave_the_codes(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	create(m, &alice, codes);
	let_in(m, "alice", codes[3].text);
	mfatest_enrol(m, &alice, 2);
	assert_int_equal(left(m, &alice), RECOVER_CODES - 1);
	refused(m, "alice", codes[3].text, "recovery code already used");
	let_in(m, "alice", codes[4].text);
}

static void
failing_ledger_lets_nobody_in(void **state)
{
	struct longcode codes[RECOVER_CODES];
	struct mfatest *m = *state;
	char path[PATH_MAX], *good;
	struct proof proof = { .kind = PROOF_NONE };
	size_t len;

	mfatest_enrol(m, &alice, 1);
	create(m, &alice, codes);
	storetest_path(m->t, "ledger", "alice", path);
	good = storetest_read(path, &len);
	storetest_write(path, "x", 1);
	assert_int_equal(signin(m, "alice", codes[0].text, &proof),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(signin(m, "alice", codes[0].text, &proof),
	    MFA_SERVICE_FAILURE);
	mfatest_says(m, "missing beside the devices");
	assert_int_equal(proof.kind, PROOF_NONE);
	storetest_write(path, good, len);
	let_in(m, "alice", codes[0].text);
	free(good);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(each_code_lets_in_once),
		mfatest(code_as_people_type_it_lets_in),
		mfatest(code_of_another_user_is_wrong),
		mfatest(device_file_of_another_user_brings_no_codes),
		mfatest(new_set_ends_the_old_one_and_leaves_the_devices),
		mfatest(old_set_is_not_good_at_a_prompt_that_is_waiting),
		mfatest(set_from_a_backup_is_not_good),
		mfatest(crash_after_the_device_file_leaves_the_new_set),
		mfatest(failure_before_the_device_file_leaves_the_old_set),
		mfatest(killed_before_it_is_spent_leaves_the_code),
		mfatest(killed_anywhere_leaves_the_old_set_or_the_new_one),
		mfatest(same_code_from_many_processes_lets_in_once),
		mfatest(wrong_codes_bar_no_recovery_code_and_are_no_guess),
		mfatest(user_with_keys_only_is_let_in),
		mfatest(codes_are_made_for_who_has_a_device),
		mfatest(codes_go_with_the_last_device_and_not_before),
		mfatest(tags_and_further_devices_leave_the_codes),
		mfatest(failing_ledger_lets_nobody_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
