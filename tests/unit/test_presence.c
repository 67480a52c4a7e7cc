#include "mfatest.h"

#include <string.h>

#include "mfa/enrol.h"
#include "mfa/presence.h"
#include "store/session.h"

#define AUDIT	7

/* alice has token 1, and a session of AUDIT that DEVICE gave now. */
static void
save_session(struct mfatest *m, const uint8_t device[DEVICE_ID_SIZE])
{
	struct session session = { .audit = AUDIT,
		.user = USER_ALICE,
		.proved = m->now,
		.expires = m->now + 3600 };

	memcpy(session.device, device, DEVICE_ID_SIZE);
	assert_int_equal(session_save(m->ctx.store, &session, &m->err),
	    MFA_OK);
}

static void
load_devices(struct mfatest *m, struct device_list *ret)
{
	enum mfa_code code;

	device_list_clear(ret);
	code = store_load(m->ctx.store, &USER_ALICE, ret, &m->err);
	assert_true(code == MFA_OK || code == MFA_NOT_ENROLLED);
}

static struct access_mfa
find(struct mfatest *m, uint32_t audit)
{
	_cleanup_(device_list_clear) struct device_list devices = { 0 };
	struct access_mfa mfa = { 0 };

	load_devices(m, &devices);
	assert_int_equal(presence_find(&m->ctx, &USER_ALICE, audit, &devices,
			     &mfa, &m->err),
	    MFA_OK);
	return mfa;
}

static void
session_of_an_enabled_device_is_present_and_never_of_age_0(void **state)
{
	_cleanup_(device_list_clear) struct device_list devices = { 0 };
	struct mfatest *m = *state;
	struct access_mfa mfa;

	mfatest_enrol(m, &USER_ALICE, 1);
	load_devices(m, &devices);
	save_session(m, devices.devices[0]->id);
	mfa = find(m, AUDIT);
	assert_true(mfa.present);
	assert_int_equal(mfa.age, 1);
	assert_int_equal(mfa.kind, PROOF_HARDWARE);
	m->now += 100;
	assert_int_equal(find(m, AUDIT).age, 100);
	assert_false(find(m, AUDIT + 1).present);
	assert_false(find(m, SESSION_UNSET).present);
	m->now += 3600;
	assert_false(find(m, AUDIT).present);
}

static void
session_ends_with_its_device(void **state)
{
	_cleanup_(device_list_clear) struct device_list devices = { 0 };
	struct mfatest *m = *state;

	mfatest_enrol(m, &USER_ALICE, 1);
	mfatest_enrol(m, &USER_ALICE, 2);
	load_devices(m, &devices);
	save_session(m, devices.devices[0]->id);
	assert_true(find(m, AUDIT).present);
	assert_int_equal(enrol_deactivate(&m->ctx, &USER_ALICE,
			     devices.devices[0]->serial, &m->err),
	    MFA_OK);
	assert_false(find(m, AUDIT).present);
}

static void
session_of_no_device_counts_whatever_devices_there_are(void **state)
{
	static const uint8_t none[DEVICE_ID_SIZE];
	struct mfatest *m = *state;
	struct access_mfa mfa;

	save_session(m, none);
	mfa = find(m, AUDIT);
	assert_true(mfa.present);
	assert_int_equal(mfa.kind, PROOF_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(
		    session_of_an_enabled_device_is_present_and_never_of_age_0),
		mfatest(session_ends_with_its_device),
		mfatest(session_of_no_device_counts_whatever_devices_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
