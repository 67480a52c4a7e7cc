/* Taps on SSH keys: challenges, and signatures over them. */
#include <string.h>

#include "mfatest.h"

#include "mfa/holding.h"
#include "mfa/signin.h"
#include "mfa/ssh_tap.h"
#include "store/ledger.h"
#include "support/sshmake.h"

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

/* Enables KEY for USER as one that has signed COUNT times. */
static void
enrol(struct mfatest *m, const struct host_user *user, unsigned number,
    const struct fidomake_key *key, uint32_t count)
{
	_cleanup_(holding_clear) struct holding holding = { .ctx = &m->ctx,
		.user = user };
	struct ledger_device start = { .last_step = STEP_NONE,
		.sign_count = count };
	struct device *device = storetest_key(number);

	sshmake_credential(key, device->credential);
	assert_int_equal(holding_open(&holding, &m->err), MFA_OK);
	assert_int_equal(holding_add(&holding, &device, &start, &m->err),
	    MFA_OK);
}

/* A tap with everything that is signed being a parameter. */
static enum mfa_code
tap(struct mfatest *m, const struct host_user *user,
    const struct fidomake_key *key, uint8_t flags, uint32_t count,
    const char *challenge, const char *is_signed)
{
	_cleanup_(device_list_clear) struct device_list devices = { 0 };
	struct proof proof = { .kind = PROOF_NONE };
	char text[SSHMAKE_SIZE];
	struct sshsig sig;
	enum mfa_code code;

	assert_int_equal(store_load(m->ctx.store, user, &devices, &m->err),
	    MFA_OK);
	sshmake_sign(key, flags, count, is_signed, text);
	assert_int_equal(sshsig_parse_text(text, strlen(text), &sig, &m->err),
	    MFA_OK);
	code = ssh_tap_verify(&m->ctx, user, &devices, challenge, &sig, &proof,
	    &m->err);
	if (code == MFA_OK) {
		assert_int_equal(proof.kind, PROOF_SECURITY_KEY);
		assert_non_null(device_list_find(&devices, proof.serial));
	} else
		assert_int_equal(proof.kind, PROOF_NONE);
	return code;
}

static enum mfa_code
tap_right(struct mfatest *m, const struct fidomake_key *key, uint32_t count)
{
	return tap(m, &alice, key, FIDOMAKE_UP, count, "challenge",
	    "challenge");
}

#define KEY(name, algorithm)						\
	_cleanup_(fidomake_key_clear) struct fidomake_key name;		\
	fidomake_key_new(&name, algorithm, "ssh:")

static void
tap_of_either_type_is_a_proof(void **state)
{
	struct mfatest *m = *state;
	KEY(p256, FIDO_ES256);
	KEY(ed25519, FIDO_EDDSA);

	enrol(m, &alice, 1, &p256, 4);
	enrol(m, &alice, 2, &ed25519, 4);
	assert_int_equal(tap_right(m, &p256, 5), MFA_OK);
	assert_int_equal(tap_right(m, &ed25519, 5), MFA_OK);
	assert_int_equal(tap_right(m, &ed25519, 6), MFA_OK);
}

static void
signature_of_before_is_refused(void **state)
{
	struct mfatest *m = *state;
	KEY(key, FIDO_EDDSA);

	enrol(m, &alice, 1, &key, 0);
	assert_int_equal(tap(m, &alice, &key, FIDOMAKE_UP, 0, "new", "old"),
	    MFA_ACCESS_DENIED);
	assert_int_equal(tap(m, &alice, &key, FIDOMAKE_UP, 0, "new", "new "),
	    MFA_ACCESS_DENIED);
	assert_int_equal(tap(m, &alice, &key, FIDOMAKE_UP, 0, "new", "new"),
	    MFA_OK);
}

static void
other_keys_are_refused(void **state)
{
	struct mfatest *m = *state;
	KEY(mine, FIDO_EDDSA);
	KEY(other, FIDO_EDDSA);
	KEY(theirs, FIDO_EDDSA);

	enrol(m, &alice, 1, &mine, 0);
	enrol(m, &bob, 2, &theirs, 0);
	assert_int_equal(tap_right(m, &other, 1), MFA_ACCESS_DENIED);
	mfatest_says(m, "not the user's");
	assert_int_equal(tap_right(m, &theirs, 1), MFA_ACCESS_DENIED);
	mfatest_says(m, "not the user's");
}

static void
counter_that_goes_back_or_stays_is_a_clone_alarm(void **state)
{
	static const uint32_t counts[] = { 4, 5, 0 };
	struct mfatest *m = *state;
	size_t i;
	KEY(key, FIDO_EDDSA);

	enrol(m, &alice, 1, &key, 5);
	for (i = 0; i < 3; i++) {
		assert_int_equal(tap_right(m, &key, counts[i]),
		    MFA_ACCESS_DENIED);
		mfatest_says(m, "CLONE ALARM");
	}
	assert_int_equal(tap_right(m, &key, 6), MFA_OK);
	assert_int_equal(tap_right(m, &key, 6), MFA_ACCESS_DENIED);
	mfatest_says(m, "CLONE ALARM");
}

static void
counter_that_is_always_0_is_accepted(void **state)
{
	struct mfatest *m = *state;
	KEY(key, FIDO_ES256);

	enrol(m, &alice, 1, &key, 0);
	assert_int_equal(tap_right(m, &key, 0), MFA_OK);
	assert_int_equal(tap_right(m, &key, 0), MFA_OK);
}

static void
counter_is_taken_from_verified_signatures_only(void **state)
{
	struct mfatest *m = *state;
	KEY(key, FIDO_EDDSA);

	enrol(m, &alice, 1, &key, 5);
	assert_int_equal(tap(m, &alice, &key, FIDOMAKE_UP, 900, "new", "old"),
	    MFA_ACCESS_DENIED);
	assert_int_equal(tap(m, &alice, &key, 0, 900, "new", "new"),
	    MFA_ACCESS_DENIED);
	assert_int_equal(tap_right(m, &key, 6), MFA_OK);
}

static void
presence_is_needed_and_verification_where_required(void **state)
{
	struct mfatest *m = *state;
	KEY(key, FIDO_EDDSA);

	enrol(m, &alice, 1, &key, 0);
	assert_int_equal(tap(m, &alice, &key, 0, 0, "new", "new"),
	    MFA_ACCESS_DENIED);
	mfatest_says(m, "not present");
	m->settings.user_verification = USER_VERIFICATION_REQUIRED;
	assert_int_equal(tap_right(m, &key, 0), MFA_ACCESS_DENIED);
	assert_int_equal(tap(m, &alice, &key, FIDOMAKE_UP | FIDOMAKE_UV, 0,
	    "new", "new"), MFA_OK);
}

static void
ssh_keys_are_not_offered_for_a_tap_in_this_machine(void **state)
{
	struct mfatest *m = *state;
	struct signin *signin = NULL;
	KEY(key, FIDO_EDDSA);

	enrol(m, &alice, 1, &key, 0);
	assert_int_equal(signin_begin(&m->ctx, "alice", LEDGER_LOGIN, &signin,
	    &m->err), MFA_OK);
	assert_false(signin_has_keys(signin));
	assert_true(signin_has_ssh_keys(signin));
	assert_false(signin_asks_for_code(signin));
	signin_freep(&signin);
}

static void
challenge_names_all_and_is_never_the_same(void **state)
{
	char one[SSH_TAP_CHALLENGE_SIZE], two[SSH_TAP_CHALLENGE_SIZE];
	struct mfatest *m = *state;

	assert_int_equal(ssh_tap_challenge(&m->ctx, "bed", "alice", "sshd",
	    one, &m->err), MFA_OK);
	assert_int_equal(strncmp(one, "awsmfa host=bed user=alice service=sshd "
	    "time=2023-11-14T22:13:35+00:00 nonce=", 77), 0);
	assert_int_equal(strlen(one), 77 + 64);
	assert_int_equal(ssh_tap_challenge(&m->ctx, "bed", "alice", "sshd",
	    two, &m->err), MFA_OK);
	assert_string_not_equal(one, two);
}

static void
challenge_is_harmless_in_a_shell_and_bounded(void **state)
{
	char text[SSH_TAP_CHALLENGE_SIZE], user[2000];
	struct mfatest *m = *state;

	memset(user, 'u', sizeof(user));
	user[sizeof(user) - 1] = '\0';
	assert_int_equal(ssh_tap_challenge(&m->ctx, "b'$(id)`\\\n\"", user,
	    user, text, &m->err), MFA_OK);
	assert_non_null(strstr(text, "host=b___id_____ user=u"));
	assert_int_equal(strlen(text), strlen("awsmfa host=b___id_____ user= "
	    "service= time=2023-11-14T22:13:35+00:00 nonce=") + 64 + 128 + 64);
	assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_"
	    "T=:+ -"), strlen(text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(tap_of_either_type_is_a_proof),
		mfatest(signature_of_before_is_refused),
		mfatest(other_keys_are_refused),
		mfatest(counter_that_goes_back_or_stays_is_a_clone_alarm),
		mfatest(counter_that_is_always_0_is_accepted),
		mfatest(counter_is_taken_from_verified_signatures_only),
		mfatest(presence_is_needed_and_verification_where_required),
		mfatest(ssh_keys_are_not_offered_for_a_tap_in_this_machine),
		mfatest(challenge_names_all_and_is_never_the_same),
		mfatest(challenge_is_harmless_in_a_shell_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
