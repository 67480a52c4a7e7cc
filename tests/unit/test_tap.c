/* Enrolment and sign-in with keys, with a driver that has one in memory. */
#include <string.h>

#include "mfatest.h"

#include "mfa/enrol.h"
#include "mfa/enrol_key.h"
#include "mfa/signin.h"
#include "store/ledger.h"
#include "support/fidomake.h"

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

/* A key, and how it behaves. */
struct fake {
	struct fidomake_key	key;
	bool			has_key;	/* made a credential */
	char			rp_id[FIDO_RP_ID_MAX + 1];
	uint32_t		count;
	uint8_t			flags;
	enum keymsg_error	error;
	bool			eddsa_only;
	bool			replay;		/* an old answer again */
	struct fidoasserted	last;
	unsigned		asked;
	struct keymsg_request	request;	/* the last one */
};

static void
copy(void *bytes, size_t *len, const struct fidomake_blob *blob)
{
	memcpy(bytes, blob->bytes, blob->len);
	*len = blob->len;
}

static void
make(struct fake *fake, const struct keymsg_request *request,
    struct keymsg_answer *answer)
{
	struct fidomade made = { 0 };

	if (fake->has_key)
		fidomake_key_clear(&fake->key);
	strcpy(fake->rp_id, request->rp_id);
	fidomake_key_new(&fake->key, request->eddsa ? FIDO_EDDSA : FIDO_ES256,
	    fake->rp_id);
	fake->has_key = true;
	fidomake_packed(&fake->key, NULL, fake->flags | FIDOMAKE_AT,
	    fake->count, request->hash, &made);
	strcpy(answer->format, made.format);
	copy(answer->authdata, &answer->authdata_len, &made.authdata);
	copy(answer->signature, &answer->signature_len, &made.signature);
	copy(answer->credential.bytes, &answer->credential.len, &made.id);
}

static void
assert_it(struct fake *fake, const struct keymsg_request *request,
    struct keymsg_answer *answer)
{
	if (!fake->replay)
		fidomake_asserted(&fake->key, fake->flags, fake->count,
		    request->hash, &fake->last);
	copy(answer->authdata, &answer->authdata_len, &fake->last.authdata);
	copy(answer->signature, &answer->signature_len,
	    &fake->last.signature);
	copy(answer->credential.bytes, &answer->credential.len,
	    &fake->key.id);
}

/* ES256 first, then EdDSA, with a challenge of its own. */
static void
check_both(const struct keymsg_request *requests, size_t count)
{
	assert_int_equal(count, 2);
	assert_false(requests[0].eddsa);
	assert_true(requests[1].eddsa);
	assert_memory_not_equal(requests[0].hash, requests[1].hash,
	    sizeof(requests[0].hash));
	assert_int_equal(requests[0].credential_count,
	    requests[1].credential_count);
}

static enum mfa_code
ask(void *ctx, const struct keymsg_request *requests, size_t count,
    const struct person *person, struct keymsg_answer *ret_answer,
    size_t *ret_which, struct mfa_error *err)
{
	struct fake *fake = ctx;
	size_t which = fake->eddsa_only && requests[0].what == KEY_MAKE;

	(void)person;
	(void)err;
	if (requests[0].what == KEY_MAKE)
		check_both(requests, count);
	else
		assert_int_equal(count, 1);
	fake->asked++;
	fake->request = requests[which];
	memset(ret_answer, 0, sizeof(*ret_answer));
	ret_answer->error = fake->error;
	*ret_which = which;
	if (fake->error != KEY_OK)
		return MFA_OK;
	if (requests[which].what == KEY_MAKE)
		make(fake, &requests[which], ret_answer);
	else
		assert_it(fake, &requests[which], ret_answer);
	return MFA_OK;
}

static const struct person nobody = { .fd = -1 };

static enum mfa_code
enrol(struct mfatest *m, const struct host_user *user, struct fake *fake,
    const char *name)
{
	const struct key_driver driver = { ask, fake };
	struct enrolled_key ret;

	return enrol_key(&m->ctx, user, name, &driver, &nobody, &ret, &m->err);
}

static enum mfa_code
tap(struct mfatest *m, const char *user, struct fake *fake)
{
	const struct key_driver driver = { ask, fake };
	char said[TAP_SAID_SIZE];
	struct proof proof;
	struct signin *signin = NULL;
	enum mfa_code code;

	assert_int_equal(signin_begin(&m->ctx, user, LEDGER_LOGIN, &signin,
	    &m->err), MFA_OK);
	code = signin_tap(signin, &driver, &nobody, &proof, said, &m->err);
	/* A sentence only where the key said nothing: then a code is asked. */
	assert_int_equal(said[0] != '\0', code != MFA_OK &&
	    fake->error != KEY_OK);
	signin_freep(&signin);
	return code;
}

static void
clear(struct fake *fake)
{
	if (fake->has_key)
		fidomake_key_clear(&fake->key);
}

#define FAKE { .flags = FIDOMAKE_UP, .count = 5 }

static void
tap_of_an_enrolled_key_lets_in(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;

	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	fake.count++;
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
	fake.count++;
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
}

static void
key_that_has_eddsa_only_is_asked_for_that(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;

	fake.eddsa_only = true;
	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	assert_true(fake.request.eddsa);
	fake.count++;
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
	fake.replay = true;
	assert_int_equal(tap(m, "alice", &fake), MFA_ACCESS_DENIED);
}

static void
old_answer_is_refused(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;

	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	fake.count++;
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
	fake.replay = true;
	assert_int_equal(tap(m, "alice", &fake), MFA_ACCESS_DENIED);
}

static void
counter_that_goes_back_is_a_clone_alarm(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;

	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	fake.count = 4;
	assert_int_equal(tap(m, "alice", &fake), MFA_ACCESS_DENIED);
	mfatest_says(m, "CLONE ALARM");
	fake.count = 5;
	assert_int_equal(tap(m, "alice", &fake), MFA_ACCESS_DENIED);
	fake.count = 0;
	assert_int_equal(tap(m, "alice", &fake), MFA_ACCESS_DENIED);
	fake.count = 6;
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
}

static void
counter_that_is_always_0_is_accepted(void **state)
{
	_cleanup_(clear) struct fake fake = { .flags = FIDOMAKE_UP };
	struct mfatest *m = *state;

	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
}

static void
answer_without_presence_is_refused(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;

	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	fake.count++;
	fake.flags = 0;
	assert_int_equal(tap(m, "alice", &fake), MFA_ACCESS_DENIED);
}

static void
verification_is_required_where_the_settings_say_so(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;

	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	m->settings.user_verification = USER_VERIFICATION_REQUIRED;
	fake.count++;
	assert_int_equal(tap(m, "alice", &fake), MFA_ACCESS_DENIED);
	assert_int_equal(fake.request.uv, KEY_UV_REQUIRED);
	fake.flags |= FIDOMAKE_UV;
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
	fake.flags = FIDOMAKE_UP;
	assert_int_equal(enrol(m, &bob, &fake, "yubikey"), MFA_ACCESS_DENIED);
}

static void
key_of_someone_else_is_refused(void **state)
{
	_cleanup_(clear) struct fake mine = FAKE, theirs = FAKE;
	struct mfatest *m = *state;

	assert_int_equal(enrol(m, &alice, &mine, "yubikey"), MFA_OK);
	assert_int_equal(enrol(m, &bob, &theirs, "yubikey"), MFA_OK);
	theirs.count++;
	assert_int_equal(tap(m, "alice", &theirs), MFA_ACCESS_DENIED);
	mfatest_says(m, "not the user's");
	/* An id that is alice's does not make the signature so. */
	theirs.key.id = mine.key.id;
	assert_int_equal(tap(m, "alice", &theirs), MFA_ACCESS_DENIED);
}

static void
credentials_that_the_user_has_are_excluded_and_allowed(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE, second = FAKE;
	struct mfatest *m = *state;

	assert_int_equal(enrol(m, &alice, &fake, "one"), MFA_OK);
	assert_int_equal(fake.request.credential_count, 0);
	assert_int_equal(enrol(m, &alice, &second, "two"), MFA_OK);
	assert_int_equal(second.request.credential_count, 1);
	assert_memory_equal(second.request.credentials[0].bytes,
	    fake.key.id.bytes, fake.key.id.len);
	second.error = KEY_EXCLUDED;
	assert_int_equal(enrol(m, &alice, &second, "three"),
	    MFA_ENTITY_ALREADY_EXISTS);
	fake.count++;
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
	assert_int_equal(fake.request.credential_count, 2);
}

static void
name_that_is_taken_is_refused_before_anyone_taps(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;

	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	assert_int_equal(enrol(m, &alice, &fake, "YubiKey"),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(enrol(m, &alice, &fake, "a b"), MFA_INVALID_INPUT);
	assert_int_equal(fake.asked, 1);
}

static void
ninth_device_is_refused_before_anyone_taps(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;
	unsigned i;

	for (i = 1; i <= DEVICES_MAX; i++)
		mfatest_enrol(m, &alice, i);
	assert_int_equal(enrol(m, &alice, &fake, "yubikey"),
	    MFA_LIMIT_EXCEEDED);
	assert_int_equal(fake.asked, 0);
}

static void
key_that_does_not_answer_denies_and_says_why(void **state)
{
	static const enum keymsg_error errors[] = { KEY_TIMEOUT, KEY_GONE,
		KEY_NO_CREDENTIAL, KEY_PIN_BLOCKED, KEY_FAILED };
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;
	size_t i;

	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake.error = errors[i];
		assert_int_equal(tap(m, "alice", &fake), MFA_ACCESS_DENIED);
		mfatest_says(m, tap_error_text(errors[i]));
	}
	fake.error = KEY_OK;
	fake.count++;
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
}

static void
codes_and_keys_stand_side_by_side(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;
	struct signin *signin = NULL;
	int i;

	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	mfatest_enrol(m, &alice, 1);
	assert_int_equal(signin_begin(&m->ctx, "alice", LEDGER_LOGIN, &signin,
	    &m->err), MFA_OK);
	assert_true(signin_has_keys(signin));
	assert_true(signin_asks_for_code(signin));
	signin_freep(&signin);
	/* What can't be guessed can't be locked out. */
	for (i = 0; i < 6; i++)
		(void)mfatest_signin_code(m, "alice", 1, 100 + i);
	assert_int_equal(mfatest_signin_code(m, "alice", 1, 0),
	    MFA_THROTTLING);
	fake.count++;
	assert_int_equal(tap(m, "alice", &fake), MFA_OK);
}

static void
key_deactivated_while_it_blinks_is_refused(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	const struct key_driver driver = { ask, &fake };
	char said[TAP_SAID_SIZE];
	struct proof proof;
	struct device_list list = { 0 };
	struct mfatest *m = *state;
	struct signin *signin = NULL;

	assert_int_equal(enrol(m, &alice, &fake, "yubikey"), MFA_OK);
	assert_int_equal(signin_begin(&m->ctx, "alice", LEDGER_LOGIN, &signin,
	    &m->err), MFA_OK);
	assert_int_equal(store_load(m->t->store, &alice, &list, &m->err),
	    MFA_OK);
	assert_int_equal(enrol_deactivate(&m->ctx, &alice,
	    list.devices[0]->serial, &m->err), MFA_OK);
	device_list_clear(&list);
	fake.count++;
	assert_int_not_equal(signin_tap(signin, &driver, &nobody, &proof, said,
	    &m->err), MFA_OK);
	signin_freep(&signin);
	assert_int_equal(storetest_count(m->t, "claims"), 0);
}

static void
user_without_a_key_is_not_asked_to_tap(void **state)
{
	_cleanup_(clear) struct fake fake = FAKE;
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(tap(m, "alice", &fake), MFA_NO_SUCH_ENTITY);
	assert_int_equal(fake.asked, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(tap_of_an_enrolled_key_lets_in),
		mfatest(key_that_has_eddsa_only_is_asked_for_that),
		mfatest(old_answer_is_refused),
		mfatest(counter_that_goes_back_is_a_clone_alarm),
		mfatest(counter_that_is_always_0_is_accepted),
		mfatest(answer_without_presence_is_refused),
		mfatest(verification_is_required_where_the_settings_say_so),
		mfatest(key_of_someone_else_is_refused),
		mfatest(credentials_that_the_user_has_are_excluded_and_allowed),
		mfatest(name_that_is_taken_is_refused_before_anyone_taps),
		mfatest(ninth_device_is_refused_before_anyone_taps),
		mfatest(key_that_does_not_answer_denies_and_says_why),
		mfatest(codes_and_keys_stand_side_by_side),
		mfatest(key_deactivated_while_it_blinks_is_refused),
		mfatest(user_without_a_key_is_not_asked_to_tap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
