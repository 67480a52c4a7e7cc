#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "ledgertest.h"

/* libcrypto's, by --wrap; it fails at this call, counted from 1. */
static unsigned digest_fails;

int	__real_EVP_Digest(const void *data, size_t count, unsigned char *ret,
	    unsigned *ret_size, const EVP_MD *type, ENGINE *impl);
int	__wrap_EVP_Digest(const void *data, size_t count, unsigned char *ret,
	    unsigned *ret_size, const EVP_MD *type, ENGINE *impl);

int
__wrap_EVP_Digest(const void *data, size_t count, unsigned char *ret,
    unsigned *ret_size, const EVP_MD *type, ENGINE *impl)
{
	if (digest_fails > 0 && --digest_fails == 0)
		return 0;
	return __real_EVP_Digest(data, count, ret, ret_size, type, impl);
}

static void
flip(const struct storetest *t, off_t offset, uint8_t bits)
{
	char path[PATH_MAX];
	uint8_t octet;
	int fd;

	ledgertest_path(t, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &octet, 1, offset), 1);
	octet ^= bits;
	assert_int_equal(pwrite(fd, &octet, 1, offset), 1);
	close(fd);
}

static void
new_ledger_is_empty_whole_and_written(void **state)
{
	struct storetest *t = *state;
	struct ledger *ledger;
	char path[PATH_MAX];
	struct stat st;
	size_t i;

	ledgertest_expect(t, &USER_ALICE, MFA_NO_SUCH_ENTITY);
	assert_int_equal(storetest_count(t, "ledger"), 0);
	ledger = ledgertest_open(t, true);
	for (i = 0; i < DEVICES_MAX; i++) {
		const struct ledger_device *d =
		    &ledger_record(ledger)->devices[i];

		assert_int_equal(d->last_step, STEP_NONE);
		assert_int_equal(d->drift, 0);
		assert_int_equal(d->last_used, 0);
	}
	assert_ptr_equal(ledger_find_free(ledger_record(ledger)),
	    &ledger_record(ledger)->devices[0]);
	ledger_freep(&ledger);
	assert_null(ledger);
	ledger_freep(&ledger);
	ledgertest_path(t, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, LEDGER_FILE_SIZE);
	assert_int_equal(st.st_mode & 07777, 0600);
	ledgertest_expect(t, &USER_ALICE, MFA_OK);
}

static void
fill_pass(struct ledger_pass *pass, unsigned number)
{
	memset(pass->hash, (int)(0xb0 + number), sizeof(pass->hash));
	pass->since = 1234567890123 + (int64_t)number;
	pass->expires = INT64_MAX - (int64_t)number;
	pass->uses = UINT32_MAX - number;
}

static void
assert_same_pass(const struct ledger_pass *a, const struct ledger_pass *b)
{
	assert_memory_equal(a->hash, b->hash, sizeof(a->hash));
	assert_int_equal(a->since, b->since);
	assert_int_equal(a->expires, b->expires);
	assert_int_equal(a->uses, b->uses);
}

static void
committed_record_is_read_again_in_every_field(void **state)
{
	struct storetest *t = *state;
	struct ledger *ledger = ledgertest_open(t, true);
	struct ledger_record record;
	unsigned i;

	/* Padding is not written, so the fields are set one by one. */
	memset(&record, 0, sizeof(record));
	for (i = 0; i < DEVICES_MAX; i++) {
		struct ledger_device *d = &record.devices[i];

		memset(d->id, (int)i + 1, sizeof(d->id));
		d->last_step = INT64_MAX - i;
		d->drift = INT32_MIN + (int)i;
		d->sign_count = UINT32_MAX - i;
		d->last_used = INT64_MIN + i;
	}
	for (i = 0; i < LEDGER_DOORS; i++) {
		record.doors[i].failures = UINT32_MAX - i;
		record.doors[i].since = 0x0102030405060708 + i;
		record.doors[i].until = -2 - (int)i;
	}
	record.recovery_set = 0xa1a2a3a4a5a6a7a8;
	record.recovery_used = 0x8001;
	fill_pass(&record.grant, 1);
	fill_pass(&record.invite, 2);
	record.failed = UINT32_MAX;
	memset(record.failed_from, 'x', sizeof(record.failed_from) - 1);
	memcpy(ledger_record(ledger), &record, sizeof(record));
	assert_int_equal(ledger_commit(ledger, &t->err), MFA_OK);
	ledger_freep(&ledger);
	ledger = ledgertest_open(t, false);
	for (i = 0; i < DEVICES_MAX; i++) {
		const struct ledger_device *d =
		    ledger_find(ledger_record(ledger), record.devices[i].id);

		assert_non_null(d);
		assert_int_equal(d->last_step, record.devices[i].last_step);
		assert_int_equal(d->drift, record.devices[i].drift);
		assert_int_equal(d->sign_count, record.devices[i].sign_count);
		assert_int_equal(d->last_used, record.devices[i].last_used);
	}
	for (i = 0; i < LEDGER_DOORS; i++) {
		const struct ledger_throttle *d =
		    &ledger_record(ledger)->doors[i];

		assert_int_equal(d->failures, record.doors[i].failures);
		assert_int_equal(d->since, record.doors[i].since);
		assert_int_equal(d->until, record.doors[i].until);
	}
	assert_true(ledger_record(ledger)->recovery_set == record.recovery_set);
	assert_int_equal(ledger_record(ledger)->recovery_used, 0x8001);
	assert_same_pass(&ledger_record(ledger)->grant, &record.grant);
	assert_same_pass(&ledger_record(ledger)->invite, &record.invite);
	assert_int_equal(ledger_record(ledger)->failed, UINT32_MAX);
	assert_string_equal(ledger_record(ledger)->failed_from,
	    record.failed_from);
	assert_null(ledger_find_free(ledger_record(ledger)));
	ledger_freep(&ledger);
}

static void
create_opens_what_is_there(void **state)
{
	struct storetest *t = *state;

	ledgertest_commit(t, 3);
	ledgertest_commit(t, 4);
	assert_int_equal(ledgertest_read(t), 4);
	assert_int_equal(storetest_count(t, "ledger"), 1);
}

static void
what_is_not_committed_is_forgotten(void **state)
{
	struct storetest *t = *state;
	struct ledger *ledger;

	ledgertest_commit(t, 3);
	ledger = ledgertest_open(t, false);
	ledger_record(ledger)->doors[LEDGER_LOGIN].failures = 99;
	ledger_freep(&ledger);
	assert_int_equal(ledgertest_read(t), 3);
}

static void
several_commits_alternate_between_the_slots(void **state)
{
	struct storetest *t = *state;
	struct ledger *ledger = ledgertest_open(t, true);
	char path[PATH_MAX], *before, *after;
	uint32_t i;

	ledgertest_path(t, path);
	for (i = 0; i < 4; i++) {
		/* The first record is in slot 0. */
		off_t same = i % 2 == 0 ? 0 : LEDGER_SLOT_STRIDE;

		before = storetest_read(path, NULL);
		ledger_record(ledger)->doors[LEDGER_USER].failures = i;
		assert_int_equal(ledger_commit(ledger, &t->err), MFA_OK);
		after = storetest_read(path, NULL);
		assert_memory_equal(before + same, after + same,
		    LEDGER_SLOT_SIZE);
		assert_memory_not_equal(before, after, LEDGER_FILE_SIZE);
		free(before);
		free(after);
	}
	ledger_freep(&ledger);
}

static void
torn_write_loses_that_commit_alone(void **state)
{
	static const off_t offsets[] = {
		0, 7, 8, 12, 16, 24, 100, 500, 700, 990, 991, 992, 1023,
	};
	struct storetest *t = *state;
	char path[PATH_MAX], *before, *after, torn[LEDGER_FILE_SIZE];
	unsigned round;
	size_t i;

	ledgertest_path(t, path);
	ledgertest_commit(t, 1);
	for (round = 0; round < 2; round++) {
		/* Round 0 commits to slot 0, round 1 to slot 1. */
		off_t slot = round == 0 ? 0 : LEDGER_SLOT_STRIDE;

		before = storetest_read(path, NULL);
		ledgertest_commit(t, 2 + round);
		after = storetest_read(path, NULL);
		for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
			/* Only what is before the offset was written. */
			memcpy(torn, before, sizeof(torn));
			memcpy(torn + slot, after + slot, (size_t)offsets[i]);
			storetest_write(path, torn, sizeof(torn));
			if (memcmp(torn, after, sizeof(torn)) != 0)
				assert_int_equal(ledgertest_read(t), 1 + round);
			memcpy(torn, after, sizeof(torn));
			storetest_write(path, torn, sizeof(torn));
			flip(t, slot + offsets[i], 0x10);
			assert_int_equal(ledgertest_read(t), 1 + round);
		}
		/* What is committed then goes to the slot that is torn. */
		ledgertest_commit(t, 50);
		assert_int_equal(ledgertest_read(t), 50);
		storetest_write(path, after, LEDGER_FILE_SIZE);
		free(before);
		free(after);
	}
}

static void
any_bit_flipped_is_noticed(void **state)
{
	struct storetest *t = *state;
	off_t i;

	ledgertest_commit(t, 1);		/* slot 1; slot 0 has none */
	for (i = 0; i < LEDGER_SLOT_SIZE; i++) {
		uint8_t bit = (uint8_t)(1 << (i % 8));

		flip(t, LEDGER_SLOT_STRIDE + i, bit);
		assert_int_equal(ledgertest_read(t), 0);
		flip(t, LEDGER_SLOT_STRIDE + i, bit);
	}
	assert_int_equal(ledgertest_read(t), 1);
}

static void
both_slots_damaged_is_a_failure(void **state)
{
	struct storetest *t = *state;
	struct ledger *ledger = NULL;

	ledgertest_commit(t, 1);
	flip(t, 300, 1);
	flip(t, LEDGER_SLOT_STRIDE + 300, 1);
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "damaged");
	storetest_says(t, "ledger/alice");
	storetest_says(t, t->root);
	/* Nor is it made anew. */
	assert_int_equal(ledger_open(t->store, &USER_ALICE, true, 0, &ledger,
	    &t->err), MFA_SERVICE_FAILURE);
}

static void
two_slots_of_one_generation_are_damage(void **state)
{
	struct storetest *t = *state;
	char path[PATH_MAX], *file;

	ledgertest_commit(t, 1);
	ledgertest_path(t, path);
	file = storetest_read(path, NULL);
	memcpy(file, file + LEDGER_SLOT_STRIDE, LEDGER_SLOT_SIZE);
	storetest_write(path, file, LEDGER_FILE_SIZE);
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "damaged");
	free(file);
}

static void
ledger_of_another_user_or_uid_is_a_failure(void **state)
{
	struct storetest *t = *state;
	struct host_user other = { .name = "alice", .uid = 1002 };
	char from[PATH_MAX], to[PATH_MAX];

	ledgertest_commit(t, 1);
	ledgertest_expect(t, &other, MFA_SERVICE_FAILURE);
	storetest_says(t, "another uid");
	ledgertest_path(t, from);
	storetest_path(t, "ledger", "bob", to);
	assert_int_equal(rename(from, to), 0);
	ledgertest_expect(t, &USER_BOB, MFA_SERVICE_FAILURE);
	storetest_says(t, "another user");
	ledgertest_expect(t, &USER_ALICE, MFA_NO_SUCH_ENTITY);
}

static void
file_that_is_not_as_it_must_be_is_a_failure(void **state)
{
	struct storetest *t = *state;
	char path[PATH_MAX], other[PATH_MAX];

	ledgertest_commit(t, 1);
	ledgertest_path(t, path);
	storetest_path(t, "ledger", "real", other);
	assert_int_equal(chmod(path, 0660), 0);
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(chmod(path, 0600), 0);
	t->store->owner = geteuid() + 1;
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	t->store->owner = geteuid();
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink("real", path), 0);
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(other, path), 0);
	ledgertest_expect(t, &USER_ALICE, MFA_OK);
	assert_int_equal(truncate(path, LEDGER_FILE_SIZE + 1), 0);
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "size");
	assert_int_equal(truncate(path, 5000), 0);
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	assert_int_equal(truncate(path, 0), 0);
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_write(path, "\x7f" "ELF", 4);
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
}

static void
ledger_of_another_version_is_a_failure(void **state)
{
	struct storetest *t = *state;
	uint8_t hash[32];
	char path[PATH_MAX], *file;
	size_t len;

	ledgertest_commit(t, 1);
	ledgertest_path(t, path);
	file = storetest_read(path, &len);
	file[LEDGER_SLOT_STRIDE + 8]--;
	assert_int_equal(EVP_Digest(file + LEDGER_SLOT_STRIDE,
	    LEDGER_SLOT_SIZE - sizeof(hash), hash, NULL, EVP_sha256(), NULL),
	    1);
	memcpy(file + LEDGER_SLOT_STRIDE + LEDGER_SLOT_SIZE - sizeof(hash),
	    hash, sizeof(hash));
	storetest_write(path, file, len);
	ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
	storetest_says(t, "of another version");
	free(file);
}

static void
slot_that_can_not_be_hashed_lets_no_older_one_rule(void **state)
{
	struct storetest *t = *state;
	unsigned i;

	ledgertest_commit(t, 1);
	ledgertest_commit(t, 2);
	for (i = 1; i <= 2; i++) {
		digest_fails = i;
		ledgertest_expect(t, &USER_ALICE, MFA_SERVICE_FAILURE);
		storetest_says(t, "could not hash it");
	}
	assert_int_equal(digest_fails, 0);
	assert_int_equal(ledgertest_read(t), 2);
}

static void
room_for_later_is_kept_as_it_is(void **state)
{
	struct storetest *t = *state;
	char path[PATH_MAX], *file;
	size_t i;

	ledgertest_commit(t, 1);
	ledgertest_path(t, path);
	file = storetest_read(path, NULL);
	for (i = 800; i < LEDGER_SLOT_SIZE - 32; i++)
		assert_int_equal(file[LEDGER_SLOT_STRIDE + i], 0);
	for (i = LEDGER_SLOT_SIZE; i < LEDGER_SLOT_STRIDE; i++)
		assert_int_equal(file[i], 0);
	free(file);
}

static void
enrolled_device_has_its_entry_or_it_says_what_to_do(void **state)
{
	struct storetest *t = *state;
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	_cleanup_(device_freep) struct device *device = storetest_device(1);
	struct ledger_device *entry = NULL;
	struct ledger_record *record;

	ledger = ledgertest_open(t, true);
	record = ledger_record(ledger);
	assert_int_equal(ledger_find_enrolled(record, &USER_ALICE, device,
			     &entry, &t->err),
	    MFA_SERVICE_FAILURE);
	assert_null(entry);
	storetest_says(t, "the ledger of alice has no entry for TEST");
	storetest_says(t, "deactivate the device and enable it again");
	memcpy(record->devices[3].id, device->id, sizeof(device->id));
	assert_int_equal(ledger_find_enrolled(record, &USER_ALICE, device,
			     &entry, &t->err),
	    MFA_OK);
	assert_ptr_equal(entry, &record->devices[3]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		storetest(new_ledger_is_empty_whole_and_written),
		storetest(committed_record_is_read_again_in_every_field),
		storetest(create_opens_what_is_there),
		storetest(what_is_not_committed_is_forgotten),
		storetest(several_commits_alternate_between_the_slots),
		storetest(torn_write_loses_that_commit_alone),
		storetest(any_bit_flipped_is_noticed),
		storetest(both_slots_damaged_is_a_failure),
		storetest(two_slots_of_one_generation_are_damage),
		storetest(ledger_of_another_user_or_uid_is_a_failure),
		storetest(file_that_is_not_as_it_must_be_is_a_failure),
		storetest(ledger_of_another_version_is_a_failure),
		storetest(slot_that_can_not_be_hashed_lets_no_older_one_rule),
		storetest(room_for_later_is_kept_as_it_is),
		storetest(enrolled_device_has_its_entry_or_it_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
