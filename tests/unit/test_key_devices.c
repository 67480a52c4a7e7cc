/* What codes, tags and deactivating make of a user with security keys. */
#include <string.h>

#include "mfatest.h"

#include "mfa/enrol.h"
#include "mfa/manage.h"
#include "mfa/throttle.h"
#include "store/claim.h"
#include "store/ledger.h"

static const struct host_user alice = { "alice", 1001 };

/* Gives alice the security key NUMBER, as enrolment leaves it. */
static void
give_key(struct mfatest *m, unsigned number)
{
	struct device_list list = { 0 };
	struct device *key = storetest_key(number);
	struct ledger *ledger = NULL;
	struct ledger_device *entry;
	enum claim_kind kinds[CLAIM_KINDS];
	enum mfa_code code;
	size_t i;

	code = store_load(m->t->store, &alice, &list, &m->err);
	assert_true(code == MFA_OK || code == MFA_NOT_ENROLLED);
	assert_int_equal(ledger_open(m->t->store, &alice, true, 0, &ledger,
	    &m->err), MFA_OK);
	entry = ledger_find_free(ledger_record(ledger));
	assert_non_null(entry);
	memcpy(entry->id, key->id, DEVICE_ID_SIZE);
	entry->last_step = STEP_NONE;
	entry->sign_count = 7;
	assert_int_equal(ledger_commit(ledger, &m->err), MFA_OK);
	claim_kinds(key, kinds);
	for (i = 0; i < CLAIM_KINDS; i++)
		assert_int_equal(claim_take(m->t->store, kinds[i], key,
		    "alice", &m->err), MFA_OK);
	assert_int_equal(device_list_add(&list, &key, &m->err), MFA_OK);
	assert_int_equal(store_save(m->t->store, &alice, &list, &m->err),
	    MFA_OK);
	ledger_freep(&ledger);
	device_list_clear(&list);
}

static const char *
serial_of(unsigned number)
{
	static char serial[SERIAL_NUMBER_MAX + 1];
	struct device *key = storetest_key(number);

	strcpy(serial, key->serial);
	device_freep(&key);
	return serial;
}

static void
no_code_lets_in_where_there_are_keys_only(void **state)
{
	static const char *const answers[] = { "", "000000", "123456",
		"12345678", "123456123456", "0" };
	struct mfatest *m = *state;
	size_t i;

	give_key(m, 1);
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(mfatest_signin(m, "alice", answers[i],
		    strlen(answers[i])), MFA_ACCESS_DENIED);
		mfatest_says(m, "only security keys");
	}
}

static void
codes_beside_keys_let_in(void **state)
{
	struct mfatest *m = *state;

	give_key(m, 1);
	mfatest_enrol(m, &alice, 1);
	give_key(m, 2);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 100),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "wrong code");
}

/* How long the throttle bars alice after COUNT wrong codes. */
static int64_t
wait_after(struct mfatest *m, int count)
{
	struct ledger *ledger = NULL;
	int64_t until = 0;
	int i;

	for (i = 0; i < count; i++) {
		assert_int_equal(mfatest_signin_code(m, "alice", 1, 100 + i),
		    MFA_INVALID_AUTHENTICATION_CODE);
		assert_int_equal(ledger_open(m->t->store, &alice, false, 0,
		    &ledger, &m->err), MFA_OK);
		until = ledger_record(ledger)->doors[LEDGER_LOGIN].until;
		ledger_freep(&ledger);
		until -= m->now;
		if (until > 0)
			m->now += until;
	}
	return until;
}

static void
keys_do_not_lengthen_the_throttles_wait(void **state)
{
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	give_key(m, 1);
	give_key(m, 2);
	assert_int_equal(wait_after(m, THROTTLE_FREE + 10), THROTTLE_HOUR);
}

static void
resync_of_a_key_is_invalid_input(void **state)
{
	struct secret code = { .len = 6, .bytes = "123456" };
	struct mfatest *m = *state;

	give_key(m, 1);
	assert_int_equal(enrol_resync(&m->ctx, &alice, serial_of(1), &code,
	    &code, RESYNC_WINDOW_ROOT, &m->err), MFA_INVALID_INPUT);
	assert_string_equal(m->err.detail, "A security key never drifts");
}

static void
deactivated_key_is_gone_without_a_trace(void **state)
{
	struct mfatest *m = *state;
	struct ledger *ledger = NULL;
	struct device *device = NULL, *key = storetest_key(1);
	struct host_user holder;
	struct claim claim;
	uint8_t free_id[DEVICE_ID_SIZE] = { 0 };

	give_key(m, 1);
	give_key(m, 2);
	assert_int_equal(storetest_count(m->t, "claims"), 4);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, key->serial,
	    &m->err), MFA_OK);
	assert_int_equal(storetest_count(m->t, "claims"), 2);
	assert_int_equal(storetest_count(m->t, "inventory"), 0);
	assert_int_equal(claim_read(m->t->store, CLAIM_CREDENTIAL, key,
	    &claim, &m->err), MFA_NO_SUCH_ENTITY);
	assert_int_equal(manage_find(&m->ctx, key->serial, &device, &holder,
	    &m->err), MFA_NO_SUCH_ENTITY);
	assert_int_equal(manage_find(&m->ctx, serial_of(2), &device, &holder,
	    &m->err), MFA_OK);
	device_freep(&device);
	assert_int_equal(ledger_open(m->t->store, &alice, false, 0, &ledger,
	    &m->err), MFA_OK);
	assert_memory_equal(ledger_record(ledger)->devices[0].id, free_id,
	    sizeof(free_id));
	assert_int_equal(ledger_record(ledger)->devices[1].sign_count, 7);
	ledger_freep(&ledger);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, key->serial,
	    &m->err), MFA_NO_SUCH_ENTITY);
	/* Nobody's now: it can be enrolled again. */
	give_key(m, 1);
	device_freep(&key);
}

static enum mfa_code
add_tag(void *arg, struct device *device, struct mfa_error *err)
{
	return device_set_tag(device, "site", arg, err);
}

static void
key_is_found_and_tagged_by_its_serial_number(void **state)
{
	struct mfatest *m = *state;
	struct device *device = NULL;
	struct host_user holder;

	give_key(m, 1);
	assert_int_equal(manage_change_tags(&m->ctx, serial_of(1), add_tag,
	    (void *)(uintptr_t)"Berlin", &m->err), MFA_OK);
	assert_int_equal(manage_find(&m->ctx, serial_of(1), &device, &holder,
	    &m->err), MFA_OK);
	assert_string_equal(holder.name, "alice");
	assert_int_equal(holder.uid, 1001);
	assert_int_equal(device->type, DEVICE_SECURITY_KEY);
	assert_non_null(device->credential);
	assert_string_equal(device->tags[0].value, "Berlin");
	device_freep(&device);
	assert_int_equal(manage_find(&m->ctx, serial_of(2), &device, &holder,
	    &m->err), MFA_NO_SUCH_ENTITY);
	mfatest_says(m, "does not exist");
	assert_int_equal(manage_change_tags(&m->ctx, serial_of(2), add_tag,
	    (void *)(uintptr_t)"Berlin", &m->err), MFA_NO_SUCH_ENTITY);
	assert_int_equal(manage_find(&m->ctx, "short", &device, &holder,
	    &m->err), MFA_NO_SUCH_ENTITY);
	assert_null(device);
}

/* A crash between claims and device file, and a user who is gone. */
static void
claimed_key_that_no_one_has_does_not_exist(void **state)
{
	static const char *const users[] = { "alice", "gone" };
	struct mfatest *m = *state;
	struct device *device = NULL, *key;
	struct host_user holder;
	unsigned i;

	for (i = 0; i < 2; i++) {
		key = storetest_key(i);
		assert_int_equal(claim_take(m->t->store, CLAIM_SERIAL, key,
		    users[i], &m->err), MFA_OK);
		assert_int_equal(manage_find(&m->ctx, key->serial, &device,
		    &holder, &m->err), MFA_NO_SUCH_ENTITY);
		device_freep(&key);
	}
	assert_null(device);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(no_code_lets_in_where_there_are_keys_only),
		mfatest(codes_beside_keys_let_in),
		mfatest(keys_do_not_lengthen_the_throttles_wait),
		mfatest(resync_of_a_key_is_invalid_input),
		mfatest(deactivated_key_is_gone_without_a_trace),
		mfatest(key_is_found_and_tagged_by_its_serial_number),
		mfatest(claimed_key_that_no_one_has_does_not_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
