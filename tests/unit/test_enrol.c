#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mfatest.h"

#include "mfa/enrol.h"
#include "mfa/manage.h"
#include "store/claim.h"
#include "store/inventory.h"
#include "store/ledger.h"

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

static size_t
count_devices(struct mfatest *m, const struct host_user *user)
{
	struct device_list list = { 0 };
	enum mfa_code code;
	size_t n;

	code = store_load(m->t->store, user, &list, &m->err);
	assert_true(code == MFA_OK || code == MFA_NOT_ENROLLED);
	n = list.count;
	device_list_clear(&list);
	return n;
}

static void
unknown_serial_is_no_such_entity(void **state)
{
	struct mfatest *m = *state;

	assert_int_equal(mfatest_enable(m, &alice, 7, -1), MFA_NO_SUCH_ENTITY);
	assert_int_equal(count_devices(m, &alice), 0);
	assert_int_equal(storetest_count(m->t, "ledger"), 0);
}

static void
serial_of_another_user_is_entity_already_exists(void **state)
{
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_enable(m, &bob, 1, 0),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(mfatest_enable(m, &alice, 1, 0),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(count_devices(m, &bob), 0);
}

static void
ninth_device_is_limit_exceeded(void **state)
{
	struct mfatest *m = *state;
	char serial[SERIAL_NUMBER_MAX + 1];
	unsigned i;

	for (i = 1; i <= DEVICES_MAX; i++)
		mfatest_enrol(m, &alice, i);
	mfatest_import(m, 9, serial);
	assert_int_equal(mfatest_enable(m, &alice, 9, 0), MFA_LIMIT_EXCEEDED);
	mfatest_says(m, "Cannot exceed quota for MFADevicesPerUser: 8");
	assert_int_equal(count_devices(m, &alice), DEVICES_MAX);
	assert_int_equal(mfatest_enable(m, &bob, 9, 0), MFA_OK);
}

static void
codes_that_are_not_consecutive_are_refused(void **state)
{
	struct mfatest *m = *state;
	struct secret code1, code2;
	char serial[SERIAL_NUMBER_MAX + 1];

	mfatest_import(m, 1, serial);
	mfatest_code(m, 1, 0, &code1);
	mfatest_code(m, 1, 2, &code2);
	assert_int_equal(enrol_enable(&m->ctx, &alice, serial, &code1, &code2,
	    &m->err), MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_code(m, 1, 1, &code2);
	assert_int_equal(enrol_enable(&m->ctx, &alice, serial, &code2, &code1,
	    &m->err), MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(enrol_enable(&m->ctx, &alice, serial, &code1, &code1,
	    &m->err), MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(count_devices(m, &alice), 0);
}

static void
token_that_drifted_ten_minutes_is_enabled_and_eleven_is_not(void **state)
{
	struct mfatest *m = *state;
	char serial[SERIAL_NUMBER_MAX + 1];

	mfatest_import(m, 1, serial);
	assert_int_equal(mfatest_enable(m, &alice, 1, 21),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_enable(m, &alice, 1, -22),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_enable(m, &alice, 1, 19), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 21), MFA_OK);
}

static enum mfa_code
resync(struct mfatest *m, unsigned number, int offset)
{
	struct device *device = storetest_device(number);
	struct secret code1, code2;
	enum mfa_code code;

	mfatest_code(m, number, offset, &code1);
	mfatest_code(m, number, offset + 1, &code2);
	code = enrol_resync(&m->ctx, &alice, device->serial, &code1, &code2,
	    RESYNC_WINDOW_ROOT, &m->err);
	device_freep(&device);
	return code;
}

static void
resync_after_two_hours_of_drift(void **state)
{
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 240),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(resync(m, 1, 240), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 241),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 242), MFA_OK);
	assert_int_equal(resync(m, 1, 240), MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "used before");
	assert_int_equal(resync(m, 1, 240 + 2900),
	    MFA_INVALID_AUTHENTICATION_CODE);
}

#define FUTURE INT64_C(4070908815)	/* 2099; the middle of a step */

static void
device_enrolled_in_the_wrong_year_is_brought_back_by_root(void **state)
{
	struct mfatest *m = *state;
	struct device *device = storetest_device(1);
	struct secret code1, code2;

	m->now = FUTURE;
	mfatest_enrol(m, &alice, 1);
	m->now = MFATEST_NOW;
	mfatest_code(m, 1, 0, &code1);
	mfatest_code(m, 1, 1, &code2);
	assert_int_equal(enrol_resync_own(&m->ctx, &alice, device->serial,
	    &code1, &code2, RESYNC_WINDOW_USER, &m->err),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "used before");
	assert_int_equal(resync(m, 1, 0), MFA_OK);
	assert_int_equal(resync(m, 1, 0), MFA_INVALID_AUTHENTICATION_CODE);
	m->now += 30;
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 1), MFA_OK);
	device_freep(&device);
}

static void
device_used_in_the_wrong_year_can_be_enabled_anew(void **state)
{
	struct mfatest *m = *state;
	struct device *device = storetest_device(1);

	m->now = FUTURE;
	mfatest_enrol(m, &alice, 1);
	m->now = MFATEST_NOW;
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, device->serial,
	    &m->err), MFA_OK);
	assert_int_equal(mfatest_enable(m, &alice, 1, -1), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 1), MFA_OK);
	device_freep(&device);
}

static void
resync_of_a_device_of_no_ones_is_no_such_entity(void **state)
{
	struct mfatest *m = *state;

	assert_int_equal(resync(m, 1, 0), MFA_NO_SUCH_ENTITY);
}

static void
deactivated_token_can_be_enabled_by_another(void **state)
{
	struct mfatest *m = *state;
	struct device *device = storetest_device(1);

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, device->serial,
	    &m->err), MFA_OK);
	assert_int_equal(storetest_count(m->t, "claims"), 0);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_NOT_ENROLLED);
	assert_int_equal(mfatest_enable(m, &bob, 1, 0), MFA_OK);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, device->serial,
	    &m->err), MFA_NO_SUCH_ENTITY);
	device_freep(&device);
}

/* The ledger has let go of the device, and its file is as it was. */
static void
deactivation_that_was_cut_short_leaves_spent_codes_spent(void **state)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	struct mfatest *m = *state;
	struct device *device = storetest_device(1);

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	assert_int_equal(store_load(m->t->store, &alice, &list, &m->err),
	    MFA_OK);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, device->serial,
	    &m->err), MFA_OK);
	assert_int_equal(store_save(m->t->store, &alice, &list, &m->err),
	    MFA_OK);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, device->serial,
	    &m->err), MFA_OK);
	assert_int_equal(mfatest_enable(m, &bob, 1, -1),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "used before");
	assert_int_equal(mfatest_enable(m, &bob, 1, 1), MFA_OK);
	device_freep(&device);
}

static void
spent_codes_stay_spent_when_a_token_changes_hands(void **state)
{
	struct mfatest *m = *state;
	struct device *device = storetest_device(1);

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, device->serial,
	    &m->err), MFA_OK);
	assert_int_equal(mfatest_enable(m, &bob, 1, -1),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "used before");
	assert_int_equal(mfatest_enable(m, &bob, 1, 0),
	    MFA_INVALID_AUTHENTICATION_CODE);
	assert_int_equal(mfatest_enable(m, &bob, 1, 1), MFA_OK);
	device_freep(&device);
}

static void
virtual_device_has_arn_and_seed_and_is_enabled(void **state)
{
	struct mfatest *m = *state;
	struct secret code1, code2;
	struct device *device = NULL;
	int64_t step;

	assert_int_equal(enrol_create_virtual(&m->ctx, &alice, "/alice/",
	    "phone", NULL, &device, &m->err), MFA_OK);
	assert_string_equal(device->serial,
	    "arn:aws:iam::000000000000:mfa/alice/phone");
	assert_int_equal(device->seed.len, VIRTUAL_SEED_SIZE);
	step = totp_step(&device->otp, m->now);
	assert_int_equal(hotp_code(&device->otp, &device->seed,
	    (uint64_t)step, &code1, &m->err), MFA_OK);
	assert_int_equal(hotp_code(&device->otp, &device->seed,
	    (uint64_t)step + 1, &code2, &m->err), MFA_OK);
	assert_int_equal(enrol_enable(&m->ctx, &alice, device->serial, &code1,
	    &code2, &m->err), MFA_OK);
	assert_int_equal(enrol_delete(&m->ctx, device->serial, DEVICE_VIRTUAL,
	    &m->err), MFA_DELETE_CONFLICT);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, device->serial,
	    &m->err), MFA_OK);
	assert_int_equal(enrol_delete(&m->ctx, device->serial, DEVICE_VIRTUAL,
	    &m->err), MFA_OK);
	assert_int_equal(enrol_delete(&m->ctx, device->serial, DEVICE_VIRTUAL,
	    &m->err), MFA_NO_SUCH_ENTITY);
	device_freep(&device);
}

static enum mfa_code
create(struct mfatest *m, const char *name)
{
	struct device *device = NULL;
	enum mfa_code code;

	code = enrol_create_virtual(&m->ctx, &alice, "/alice/", name, NULL,
	    &device, &m->err);
	device_freep(&device);
	return code;
}

static void
eight_virtual_devices_wait_and_expire_after_a_day(void **state)
{
	struct mfatest *m = *state;
	char name[16];
	int i;

	for (i = 0; i < INVENTORY_VIRTUAL_MAX; i++) {
		(void)snprintf(name, sizeof(name), "d%d", i);
		assert_int_equal(create(m, name), MFA_OK);
	}
	assert_int_equal(create(m, "d8"), MFA_LIMIT_EXCEEDED);
	assert_int_equal(create(m, "d0"), MFA_LIMIT_EXCEEDED);
	m->now += INVENTORY_VIRTUAL_SECONDS + 1;
	assert_int_equal(create(m, "d8"), MFA_OK);
	assert_int_equal(create(m, "d8"), MFA_ENTITY_ALREADY_EXISTS);
}

static void
no_virtual_device_is_made_where_the_time_cannot_be_told(void **state)
{
	struct mfatest *m = *state;

	m->now = -1;
	assert_int_equal(create(m, "phone"), MFA_SERVICE_FAILURE);
	assert_int_equal(storetest_count(m->t, "inventory"), 0);
}

static void
names_and_paths_outside_the_pattern_are_invalid_input(void **state)
{
	static const struct {
		const char	*path;
		const char	*name;
	} bad[] = { { "/", "" }, { "/", "a/b" }, { "/", "a b" },
		{ "alice", "x" }, { "/alice", "x" }, { "", "x" },
		{ "/a b/", "x" }, { "/", "caf\xc3\xa9" }, { "/(/", "x" } };
	struct mfatest *m = *state;
	struct device *device = NULL;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(enrol_create_virtual(&m->ctx, &alice,
		    bad[i].path, bad[i].name, NULL, &device, &m->err),
		    MFA_INVALID_INPUT);
	assert_int_equal(storetest_count(m->t, "inventory"), 0);
}

/* Drops what a crash would have left out, and looks whether all goes on. */
static void
claims_without_a_device_are_taken_up_again(void **state)
{
	struct mfatest *m = *state;
	struct device *device = storetest_device(1);
	char path[PATH_MAX];

	mfatest_enrol(m, &alice, 1);
	storetest_path(m->t, "devices", "alice", path);
	assert_int_equal(remove(path), 0);
	/* Ledger and claims of alice are there, the device file is not. */
	assert_int_equal(mfatest_enable(m, &alice, 1, 0), MFA_OK);
	assert_int_equal(remove(path), 0);
	assert_int_equal(mfatest_enable(m, &bob, 1, 2), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "bob", 1, 4), MFA_OK);
	device_freep(&device);
}

static void
claim_of_a_user_who_is_enabling_just_now_is_left_alone(void **state)
{
	struct mfatest *m = *state;
	struct device *device = storetest_device(1);
	struct ledger *ledger = NULL;
	char serial[SERIAL_NUMBER_MAX + 1];

	mfatest_import(m, 1, serial);
	assert_int_equal(ledger_open(m->t->store, &alice, true, 0, &ledger,
	    &m->err), MFA_OK);
	assert_int_equal(claim_take(m->t->store, CLAIM_SERIAL, device, "alice",
	    &m->err), MFA_OK);
	assert_int_equal(mfatest_enable(m, &bob, 1, 0),
	    MFA_CONCURRENT_MODIFICATION);
	ledger_freep(&ledger);
	assert_int_equal(mfatest_enable(m, &bob, 1, 0), MFA_OK);
	device_freep(&device);
}

static void
orphans_in_the_ledger_make_room(void **state)
{
	struct mfatest *m = *state;
	struct ledger *ledger = NULL;
	char serial[SERIAL_NUMBER_MAX + 1];
	size_t i;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(ledger_open(m->t->store, &alice, false, 0, &ledger,
	    &m->err), MFA_OK);
	for (i = 1; i < DEVICES_MAX; i++)
		memset(ledger_record(ledger)->devices[i].id, (int)i,
		    DEVICE_ID_SIZE);
	assert_int_equal(ledger_commit(ledger, &m->err), MFA_OK);
	ledger_freep(&ledger);
	mfatest_import(m, 2, serial);
	assert_int_equal(mfatest_enable(m, &alice, 2, 0), MFA_OK);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
}

static void
token_of_a_user_whom_the_host_has_lost_is_held(void **state)
{
	static const struct host_user gone = { "gone", 1009 };
	struct mfatest *m = *state;
	struct device *device = NULL, *token = storetest_device(1);
	struct host_user holder;

	mfatest_enrol(m, &gone, 1);
	assert_int_equal(mfatest_enable(m, &bob, 1, 0),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(manage_find(&m->ctx, token->serial, &device, &holder,
	    &m->err), MFA_OK);
	assert_string_equal(holder.name, "gone");
	device_freep(&device);
	assert_int_equal(enrol_deactivate(&m->ctx, &holder, token->serial,
	    &m->err), MFA_OK);
	assert_int_equal(mfatest_enable(m, &bob, 1, 0), MFA_OK);
	device_freep(&token);
}

static void
device_file_of_a_user_whom_the_host_has_lost_may_be_removed(void **state)
{
	static const struct host_user gone = { "gone", 1009 };
	struct mfatest *m = *state;
	char path[PATH_MAX];

	mfatest_enrol(m, &gone, 1);
	storetest_path(m->t, "devices", "gone", path);
	assert_int_equal(remove(path), 0);
	assert_int_equal(mfatest_enable(m, &bob, 1, 0), MFA_OK);
}

static enum mfa_code
count_one(void *arg, const struct device *device,
    const struct host_user *owner, const struct host_user *holder,
    struct mfa_error *err)
{
	(void)device;
	(void)owner;
	(void)err;
	assert_non_null(holder);
	*(size_t *)arg += 1;
	return MFA_OK;
}

static void
damage_of_one_user_does_not_hide_all_virtual_devices(void **state)
{
	struct mfatest *m = *state;
	const struct host_user *users[] = { &alice, &bob };
	struct device *device;
	struct secret code1, code2;
	char path[PATH_MAX];
	size_t i, listed = 0;

	for (i = 0; i < 2; i++) {
		device = NULL;
		assert_int_equal(enrol_create_virtual(&m->ctx, users[i],
		    i == 0 ? "/alice/" : "/bob/", "phone", NULL, &device,
		    &m->err), MFA_OK);
		assert_int_equal(hotp_code(&device->otp, &device->seed,
		    (uint64_t)totp_step(&device->otp, m->now), &code1,
		    &m->err), MFA_OK);
		assert_int_equal(hotp_code(&device->otp, &device->seed,
		    (uint64_t)totp_step(&device->otp, m->now) + 1, &code2,
		    &m->err), MFA_OK);
		assert_int_equal(enrol_enable(&m->ctx, users[i],
		    device->serial, &code1, &code2, &m->err), MFA_OK);
		device_freep(&device);
	}
	storetest_path(m->t, "devices", "alice", path);
	storetest_write(path, "damaged", 7);
	assert_int_equal(manage_each_virtual(&m->ctx, count_one, &listed,
	    &m->err), MFA_OK);
	assert_int_equal(listed, 2);
}

static void
one_token_goes_to_one_of_two_who_enable_it_at_once(void **state)
{
	struct mfatest *m = *state;
	const struct host_user *users[2] = { &alice, &bob };
	int round, i, enabled;
	pid_t pids[2];
	char serial[SERIAL_NUMBER_MAX + 1];

	for (round = 1; round <= 20; round++) {
		mfatest_import(m, (unsigned)round, serial);
		for (i = 0; i < 2; i++) {
			if (storetest_fork(&pids[i]))
				_exit(mfatest_enable(m, users[i],
				    (unsigned)round, 0) == MFA_OK ? 0 : 1);
		}
		for (enabled = i = 0; i < 2; i++)
			enabled += storetest_wait(pids[i]) == 0;
		assert_in_range(enabled, 0, 1);
		/* Both can have met the other's lock; then a retry succeeds. */
		if (enabled == 0)
			assert_int_equal(mfatest_enable(m, &alice,
			    (unsigned)round, 0), MFA_OK);
		(void)mfatest_teardown(state);
		assert_int_equal(mfatest_setup(state), 0);
		m = *state;
	}
}

static void
last_use_is_listed(void **state)
{
	struct mfatest *m = *state;
	struct device_list list = { 0 };
	int64_t used[DEVICES_MAX] = { 0 };

	mfatest_enrol(m, &alice, 1);
	mfatest_enrol(m, &alice, 2);
	assert_int_equal(mfatest_signin_code(m, "alice", 2, 0), MFA_OK);
	assert_int_equal(manage_list(&m->ctx, &alice, &list, used, &m->err),
	    MFA_OK);
	assert_int_equal(list.count, 2);
	assert_int_equal(used[0], 0);
	assert_int_equal(used[1], m->now);
	device_list_clear(&list);
	assert_int_equal(manage_list(&m->ctx, &bob, &list, used, &m->err),
	    MFA_OK);
	assert_int_equal(list.count, 0);
	assert_int_equal(manage_unlock(&m->ctx, &bob, &m->err),
	    MFA_NO_SUCH_ENTITY);
}

static enum mfa_code
add_tag(void *arg, struct device *device, struct mfa_error *err)
{
	return device_set_tag(device, "site", arg, err);
}

static void
tags_stay_with_a_device_that_is_enabled(void **state)
{
	struct mfatest *m = *state;
	struct device *device = NULL, *token = storetest_device(1);
	struct host_user holder;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(manage_change_tags(&m->ctx, token->serial, add_tag,
	    (void *)(uintptr_t)"Berlin", &m->err), MFA_OK);
	assert_int_equal(manage_find(&m->ctx, token->serial, &device, &holder,
	    &m->err), MFA_OK);
	assert_string_equal(holder.name, "alice");
	assert_string_equal(device->tags[device->tag_count - 1].value,
	    "Berlin");
	device_freep(&device);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0), MFA_OK);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice, token->serial,
	    &m->err), MFA_OK);
	assert_int_equal(manage_change_tags(&m->ctx, token->serial, add_tag,
	    (void *)(uintptr_t)"Paris", &m->err), MFA_NO_SUCH_ENTITY);
	device_freep(&token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(unknown_serial_is_no_such_entity),
		mfatest(serial_of_another_user_is_entity_already_exists),
		mfatest(ninth_device_is_limit_exceeded),
		mfatest(codes_that_are_not_consecutive_are_refused),
		mfatest(
		    token_that_drifted_ten_minutes_is_enabled_and_eleven_is_not),
		mfatest(resync_after_two_hours_of_drift),
		mfatest(device_enrolled_in_the_wrong_year_is_brought_back_by_root),
		mfatest(device_used_in_the_wrong_year_can_be_enabled_anew),
		mfatest(resync_of_a_device_of_no_ones_is_no_such_entity),
		mfatest(deactivated_token_can_be_enabled_by_another),
		mfatest(deactivation_that_was_cut_short_leaves_spent_codes_spent),
		mfatest(spent_codes_stay_spent_when_a_token_changes_hands),
		mfatest(virtual_device_has_arn_and_seed_and_is_enabled),
		mfatest(eight_virtual_devices_wait_and_expire_after_a_day),
		mfatest(no_virtual_device_is_made_where_the_time_cannot_be_told),
		mfatest(names_and_paths_outside_the_pattern_are_invalid_input),
		mfatest(claims_without_a_device_are_taken_up_again),
		mfatest(claim_of_a_user_who_is_enabling_just_now_is_left_alone),
		mfatest(orphans_in_the_ledger_make_room),
		mfatest(token_of_a_user_whom_the_host_has_lost_is_held),
		mfatest(
		    device_file_of_a_user_whom_the_host_has_lost_may_be_removed),
		mfatest(damage_of_one_user_does_not_hide_all_virtual_devices),
		mfatest(one_token_goes_to_one_of_two_who_enable_it_at_once),
		mfatest(last_use_is_listed),
		mfatest(tags_stay_with_a_device_that_is_enabled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
