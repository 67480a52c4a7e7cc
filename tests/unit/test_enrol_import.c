#include <stdlib.h>
#include <string.h>

#include "mfatest.h"

#include "mfa/enrol.h"
#include "mfa/enrol_import.h"
#include "mfa/manage.h"
#include "store/claim.h"

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

/* An app with a seed of its own for each NUMBER. */
static struct enrol_imported
app(unsigned number)
{
	struct enrol_imported imported = { .name = "app",
		.otp = { OTP_SHA1, 6, 30 }, .last_step = STEP_NONE };

	imported.seed.len = 20;
	memset(imported.seed.bytes, (int)number + 1, 20);
	return imported;
}

static int64_t
present(const struct mfatest *m)
{
	const struct otp_params otp = { OTP_SHA1, 6, 30 };

	return totp_step(&otp, m->now);
}

static struct secret
code_of(const struct enrol_imported *imported, int64_t step)
{
	struct mfa_error err;
	struct secret code;

	assert_int_equal(hotp_code(&imported->otp, &imported->seed,
	    (uint64_t)step, &code, &err), MFA_OK);
	return code;
}

static enum mfa_code
signin(struct mfatest *m, const char *user,
    const struct enrol_imported *imported, int64_t step)
{
	struct secret code = code_of(imported, step);

	return mfatest_signin(m, user, (const char *)code.bytes, code.len);
}

/* Imports COUNT devices at once; what became of the last one. */
static enum mfa_code
import_all(struct mfatest *m, const struct host_user *user, bool dry_run,
    const struct enrol_imported *imported, size_t count, bool *ret_owned)
{
	struct enrol_import *import = NULL;
	const struct device *device = NULL;
	enum mfa_code code;
	size_t i;

	if (enrol_import_begin(&m->ctx, user, dry_run, &import, &m->err) !=
	    MFA_OK)
		fail_msg("%s", m->err.detail);
	for (i = 0; i < count; i++) {
		code = enrol_import_add(import, &imported[i], &device,
		    ret_owned, &m->err);
		assert_true(i + 1 == count || code == MFA_OK);
	}
	enrol_import_freep(&import);
	return code;
}

static enum mfa_code
import_one(struct mfatest *m, const struct host_user *user,
    const struct enrol_imported *imported)
{
	bool owned;

	return import_all(m, user, false, imported, 1, &owned);
}

static void
device_signs_in_with_the_next_code(void **state)
{
	struct mfatest *m = *state;
	struct enrol_imported imported = app(1);

	assert_int_equal(import_one(m, &alice, &imported), MFA_OK);
	/* What was used is not known, so all up to now is. */
	assert_int_not_equal(signin(m, "alice", &imported, present(m)), MFA_OK);
	mfatest_says(m, "code already used");
	assert_int_equal(signin(m, "alice", &imported, present(m) + 1), MFA_OK);
}

static void
step_that_was_used_last_is_spent(void **state)
{
	struct mfatest *m = *state;
	struct enrol_imported imported = app(1);

	imported.last_step = present(m) - 1;
	assert_int_equal(import_one(m, &alice, &imported), MFA_OK);
	assert_int_not_equal(signin(m, "alice", &imported, present(m) - 1),
	    MFA_OK);
	mfatest_says(m, "code already used");
	assert_int_equal(signin(m, "alice", &imported, present(m)), MFA_OK);
}

static void
code_that_was_used_last_tells_step_and_drift(void **state)
{
	struct mfatest *m = *state;
	struct enrol_imported imported = app(1);

	imported.last_code = code_of(&imported, present(m) + 9);
	imported.last_used = m->now - 30;
	assert_int_equal(import_one(m, &alice, &imported), MFA_OK);
	assert_int_not_equal(signin(m, "alice", &imported, present(m) + 9),
	    MFA_OK);
	mfatest_says(m, "code already used");
	assert_int_equal(signin(m, "alice", &imported, present(m) + 10),
	    MFA_OK);
}

static void
drift_comes_along(void **state)
{
	struct mfatest *m = *state;
	struct enrol_imported imported = app(1);

	imported.drift = -40;
	assert_int_equal(import_one(m, &alice, &imported), MFA_OK);
	assert_int_equal(signin(m, "alice", &imported, present(m) - 39),
	    MFA_OK);
}

static void
time_that_is_to_come_is_refused(void **state)
{
	struct mfatest *m = *state;
	struct enrol_imported imported = app(1);

	imported.last_step = present(m) + 2 * RESYNC_WINDOW_ROOT;
	assert_int_equal(import_one(m, &alice, &imported), MFA_INVALID_INPUT);
	imported = app(1);
	imported.drift = RESYNC_WINDOW_ROOT + 1;
	assert_int_equal(import_one(m, &alice, &imported), MFA_INVALID_INPUT);
	imported = app(1);
	imported.last_used = m->now + 100000;
	assert_int_equal(import_one(m, &alice, &imported), MFA_INVALID_INPUT);
}

static void
nothing_is_imported_where_the_time_cannot_be_told(void **state)
{
	struct mfatest *m = *state;
	struct enrol_imported imported = app(1);
	int64_t now = m->now;

	m->now = -1;
	assert_int_equal(import_one(m, &alice, &imported),
	    MFA_SERVICE_FAILURE);
	m->now = now;
	assert_int_equal(signin(m, "alice", &imported, present(m)),
	    MFA_NOT_ENROLLED);
}

static void
device_is_imported_once(void **state)
{
	struct mfatest *m = *state;
	struct enrol_imported imported = app(1);
	bool owned = false;

	assert_int_equal(import_one(m, &alice, &imported), MFA_OK);
	assert_int_equal(import_all(m, &alice, false, &imported, 1, &owned),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_true(owned);
	mfatest_says(m, "as arn:aws:iam::000000000000:mfa/alice/app");
	assert_int_equal(import_all(m, &bob, false, &imported, 1, &owned),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_false(owned);
	mfatest_says(m, "it is alice's already");
	assert_int_equal(import_all(m, &bob, true, &imported, 1, &owned),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_not_equal(signin(m, "bob", &imported, present(m) + 1),
	    MFA_OK);
}

static void
names_that_are_taken_are_numbered(void **state)
{
	struct enrol_imported imported[] = { app(1), app(2), app(3) };
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	struct mfatest *m = *state;
	bool owned;

	assert_int_equal(import_all(m, &alice, false, imported, 3, &owned),
	    MFA_OK);
	assert_int_equal(store_load(m->ctx.store, &alice, &list, &m->err),
	    MFA_OK);
	assert_string_equal(list.devices[0]->name, "app");
	assert_string_equal(list.devices[1]->name, "app-2");
	assert_string_equal(list.devices[2]->name, "app-3");
}

static void
ninth_device_is_limit_exceeded_in_a_dry_run_too(void **state)
{
	struct enrol_imported imported[DEVICES_MAX + 1];
	struct mfatest *m = *state;
	bool owned;
	unsigned i;

	for (i = 0; i <= DEVICES_MAX; i++)
		imported[i] = app(i);
	assert_int_equal(import_all(m, &alice, true, imported, DEVICES_MAX + 1,
	    &owned), MFA_LIMIT_EXCEEDED);
	/* A dry run leaves no trace. */
	assert_int_equal(import_all(m, &alice, false, imported,
	    DEVICES_MAX + 1, &owned), MFA_LIMIT_EXCEEDED);
}

static void
what_a_crash_left_is_taken_up_again(void **state)
{
	struct mfatest *m = *state;
	struct enrol_imported imported = app(1);
	_cleanup_(device_freep) struct device *device = NULL;

	/* The claim of a device that never got into the device file. */
	device = device_new(m->ctx.world);
	assert_non_null(device);
	device->seed = imported.seed;
	strcpy(device->serial, "arn:aws:iam::000000000000:mfa/alice/other");
	assert_int_equal(claim_take(m->ctx.store, CLAIM_SEED, device, "alice",
	    &m->err), MFA_OK);
	assert_int_equal(import_one(m, &alice, &imported), MFA_OK);
	assert_int_equal(signin(m, "alice", &imported, present(m) + 1), MFA_OK);
}

static void
device_that_was_deactivated_stays_spent(void **state)
{
	struct mfatest *m = *state;
	struct enrol_imported imported = app(1);

	imported.last_step = 1;
	assert_int_equal(import_one(m, &alice, &imported), MFA_OK);
	assert_int_equal(signin(m, "alice", &imported, present(m)), MFA_OK);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice,
	    "arn:aws:iam::000000000000:mfa/alice/app", &m->err), MFA_OK);
	assert_int_equal(import_one(m, &alice, &imported), MFA_OK);
	assert_int_not_equal(signin(m, "alice", &imported, present(m)), MFA_OK);
	mfatest_says(m, "code already used");
}

static void
what_can_be_no_device_is_refused(void **state)
{
	struct mfatest *m = *state;
	struct enrol_imported imported = app(1);

	imported.seed.len = OTP_SEED_MIN - 1;
	assert_int_equal(import_one(m, &alice, &imported), MFA_INVALID_INPUT);
	imported = app(1);
	imported.otp.digits = 7;
	assert_int_equal(import_one(m, &alice, &imported), MFA_INVALID_INPUT);
	imported = app(1);
	imported.otp.period = 0;
	assert_int_equal(import_one(m, &alice, &imported), MFA_INVALID_INPUT);
	imported = app(1);
	imported.name = "no name";
	assert_int_equal(import_one(m, &alice, &imported), MFA_INVALID_INPUT);
}

static struct fido_credential
credential_for(const char *rp_id, unsigned number)
{
	struct fido_credential credential = { .format = FIDO_NONE,
		.algorithm = FIDO_ES256, .id_len = 16, .key_len = 64 };

	strcpy(credential.rp_id, rp_id);
	memset(credential.id, (int)number + 1, 16);
	memset(credential.key, 7, 64);
	return credential;
}

static void
key_is_enabled_without_a_tap(void **state)
{
	struct fido_credential credential = credential_for("pam://here", 1);
	struct enrol_imported imported = { .name = "u2f",
		.last_step = STEP_NONE, .credential = &credential };
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	struct mfatest *m = *state;
	bool owned = false;

	assert_int_equal(import_one(m, &alice, &imported), MFA_OK);
	assert_int_equal(store_load(m->ctx.store, &alice, &list, &m->err),
	    MFA_OK);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.devices[0]->type, DEVICE_SECURITY_KEY);
	assert_string_equal(list.devices[0]->credential->rp_id, "pam://here");
	assert_int_equal(list.devices[0]->credential->format, FIDO_NONE);
	assert_int_equal(import_all(m, &alice, false, &imported, 1, &owned),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_true(owned);
}

static void
key_is_refused_where_it_can_be_none(void **state)
{
	struct fido_credential credential = credential_for("a host's", 1);
	struct enrol_imported imported = { .name = "u2f",
		.last_step = STEP_NONE, .credential = &credential };
	struct mfatest *m = *state;

	assert_int_equal(import_one(m, &alice, &imported), MFA_INVALID_INPUT);
	credential = credential_for("pam://here", 1);
	strcpy(m->settings.attestation_roots, "/roots.pem");
	assert_int_equal(import_one(m, &alice, &imported), MFA_ACCESS_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(device_signs_in_with_the_next_code),
		mfatest(step_that_was_used_last_is_spent),
		mfatest(code_that_was_used_last_tells_step_and_drift),
		mfatest(drift_comes_along),
		mfatest(time_that_is_to_come_is_refused),
		mfatest(nothing_is_imported_where_the_time_cannot_be_told),
		mfatest(device_is_imported_once),
		mfatest(names_that_are_taken_are_numbered),
		mfatest(ninth_device_is_limit_exceeded_in_a_dry_run_too),
		mfatest(what_a_crash_left_is_taken_up_again),
		mfatest(device_that_was_deactivated_stays_spent),
		mfatest(what_can_be_no_device_is_refused),
		mfatest(key_is_enabled_without_a_tap),
		mfatest(key_is_refused_where_it_can_be_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
