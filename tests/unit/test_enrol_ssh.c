/* Enrolment of SSH keys: what is signed, by whom, and what is kept of it. */
#include <stdlib.h>
#include <string.h>

#include "mfatest.h"

#include "fido/ssh_key.h"
#include "mfa/enrol_ssh.h"
#include "mfa/ssh_tap.h"
#include "store/ledger.h"
#include "support/sshmake.h"

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

/* A key, and how whoever holds it behaves. */
struct holder {
	struct fidomake_key	key;	/* that signs */
	uint8_t			flags;
	uint32_t		count;
	const char		*instead; /* of the challenge; NULL */
	const char		*answers[4];	/* typed first; NULL ends */
	unsigned		asked, shown;
	enum mfa_code		gone;
	struct mfatest		*meanwhile; /* alice gets device 1; NULL */
	char			lines[8][1024];
};

static void
holder_clear(struct holder *holder)
{
	fidomake_key_clear(&holder->key);
}

static enum mfa_code
show(void *ctx, const char *text, struct mfa_error *err)
{
	struct holder *holder = ctx;

	(void)err;
	assert_true(strlen(text) < sizeof(holder->lines[0]));
	strcpy(holder->lines[holder->shown++], text);
	return MFA_OK;
}

/* Signs what is between the quotes of the command that was shown. */
static enum mfa_code
ask_text(void *ctx, const char *prompt, struct secret_text *ret,
    struct mfa_error *err)
{
	struct holder *holder = ctx;
	char *challenge = strdup(strchr(holder->lines[1], '\'') + 1);
	unsigned n = holder->asked++;

	assert_string_equal(prompt, SSH_SIGNER_PROMPT);
	assert_non_null(challenge);
	if (holder->meanwhile != NULL)
		mfatest_enrol(holder->meanwhile, &alice, 1);
	*strchr(challenge, '\'') = '\0';
	if (holder->gone == MFA_OK && holder->answers[n] != NULL)
		strcpy(ret->text, holder->answers[n]);
	else if (holder->gone == MFA_OK)
		sshmake_sign(&holder->key, holder->flags, holder->count,
		    holder->instead != NULL ? holder->instead : challenge,
		    ret->text);
	free(challenge);
	return holder->gone == MFA_OK ? MFA_OK :
	    mfa_error_set(err, holder->gone, 0, "gone");
}

static enum mfa_code
enrol_line(struct mfatest *m, const struct host_user *user,
    struct holder *holder, const char *name, const char *line,
    struct enrolled_key *ret)
{
	const struct person person = { .show = show, .ask_text = ask_text,
		.fd = -1, .ctx = holder };
	const struct ssh_enrolment what = { .host = "bed", .name = name,
		.line = line };

	return enrol_ssh(&m->ctx, user, &what, &ssh_signer_by_hand, &person,
	    ret, &m->err);
}

static enum mfa_code
enrol(struct mfatest *m, const struct host_user *user, struct holder *holder,
    const char *name)
{
	char line[SSH_KEY_LINE_SIZE];
	struct enrolled_key ret;

	sshmake_line(&holder->key, line, sizeof(line));
	holder->shown = holder->asked = 0;
	return enrol_line(m, user, holder, name, line, &ret);
}

#define HOLDER(name, algorithm)						\
	_cleanup_(holder_clear) struct holder name = {			\
		.flags = FIDOMAKE_UP, .count = 5 };			\
	fidomake_key_new(&name.key, algorithm, "ssh:")

static size_t
devices_of(struct mfatest *m, const struct host_user *user)
{
	struct device_list list = { 0 };
	enum mfa_code code;
	size_t count;

	code = store_load(m->ctx.store, user, &list, &m->err);
	assert_true(code == MFA_OK || code == MFA_NOT_ENROLLED);
	count = list.count;
	device_list_clear(&list);
	return count;
}

static void
key_of_either_type_is_enrolled_by_a_signature(void **state)
{
	static const enum fido_algorithm algorithms[] = { FIDO_ES256,
		FIDO_EDDSA };
	struct mfatest *m = *state;
	struct device_list list = { 0 };
	struct fido_credential *key;
	struct enrolled_key ret;
	char line[SSH_KEY_LINE_SIZE];
	size_t i;

	for (i = 0; i < 2; i++) {
		HOLDER(holder, algorithms[i]);
		sshmake_line(&holder.key, line, sizeof(line));
		assert_int_equal(enrol_line(m, &alice, &holder,
		    i == 0 ? "laptop" : "spare", line, &ret), MFA_OK);
		assert_true(ret.counts);
		assert_int_equal(strncmp(ret.serial, "arn:aws:iam::"
		    "000000000000:u2f/user/alice/", 41), 0);
	}
	assert_int_equal(store_load(m->ctx.store, &alice, &list, &m->err),
	    MFA_OK);
	assert_int_equal(list.count, 2);
	assert_non_null(device_list_find(&list, ret.serial));
	for (i = 0; i < 2; i++) {
		assert_true(device_is_ssh_key(list.devices[i]));
		key = list.devices[i]->credential;
		assert_string_equal(key->rp_id, "ssh:");
		assert_int_equal(key->algorithm, algorithms[i]);
		assert_int_equal(key->sign_count, 5);
		assert_false(key->user_verified);
	}
	device_list_clear(&list);
}

static void
command_is_shown_that_signs_the_challenge(void **state)
{
	static const char head[] = "printf %s 'awsmfa host=bed user=alice "
	    "service=enable-mfa-device time=2023-11-14T22:13:35+00:00 nonce=";
	static const char tail[] = "' | ssh-keygen -Y sign -n awsmfa -f "
	    "~/.ssh/id_ed25519_sk -";
	struct mfatest *m = *state;
	size_t len;
	HOLDER(holder, FIDO_EDDSA);

	assert_int_equal(enrol(m, &alice, &holder, "laptop"), MFA_OK);
	assert_int_equal(holder.shown, 2);
	assert_int_equal(strncmp(holder.lines[1], head, strlen(head)), 0);
	len = strlen(head) + 64;
	assert_string_equal(holder.lines[1] + len, tail);
}

static void
first_tap_after_enrolment_has_a_higher_counter(void **state)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	struct mfatest *m = *state;
	char text[SSHMAKE_SIZE];
	struct sshsig sig;
	struct proof proof;
	uint32_t count;
	HOLDER(holder, FIDO_EDDSA);

	assert_int_equal(enrol(m, &alice, &holder, "laptop"), MFA_OK);
	assert_int_equal(store_load(m->ctx.store, &alice, &list, &m->err),
	    MFA_OK);
	for (count = 5; count <= 6; count++) {
		sshmake_sign(&holder.key, FIDOMAKE_UP, count, "x", text);
		assert_int_equal(sshsig_parse_text(text, strlen(text), &sig,
		    &m->err), MFA_OK);
		assert_int_equal(ssh_tap_verify(&m->ctx, &alice, &list, "x",
		    &sig, &proof, &m->err), count == 5 ? MFA_ACCESS_DENIED :
		    MFA_OK);
	}
}

static void
key_that_does_not_count_is_told(void **state)
{
	struct mfatest *m = *state;
	char line[SSH_KEY_LINE_SIZE];
	struct enrolled_key ret;
	HOLDER(holder, FIDO_EDDSA);

	holder.count = 0;
	sshmake_line(&holder.key, line, sizeof(line));
	assert_int_equal(enrol_line(m, &alice, &holder, "laptop", line, &ret),
	    MFA_OK);
	assert_false(ret.counts);
}

static void
key_that_is_enrolled_exists_already(void **state)
{
	struct mfatest *m = *state;
	HOLDER(holder, FIDO_EDDSA);

	assert_int_equal(enrol(m, &alice, &holder, "laptop"), MFA_OK);
	holder.count++;
	assert_int_equal(enrol(m, &alice, &holder, "again"),
	    MFA_ENTITY_ALREADY_EXISTS);
	mfatest_says(m, "as laptop");
	/* It was not asked to sign for that. */
	assert_int_equal(holder.asked, 0);
	assert_int_equal(enrol(m, &bob, &holder, "stolen"),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(devices_of(m, &alice), 1);
	assert_int_equal(devices_of(m, &bob), 0);
}

/* Whether a key is someone's is told to who holds it, and to no one else. */
static void
who_does_not_hold_a_key_is_not_told_whose_it_is(void **state)
{
	struct mfatest *m = *state;
	HOLDER(holder, FIDO_EDDSA);

	assert_int_equal(enrol(m, &alice, &holder, "laptop"), MFA_OK);
	holder.instead = "something else";
	assert_int_equal(enrol(m, &bob, &holder, "guess"), MFA_ACCESS_DENIED);
}

static void
name_that_is_taken_or_odd_is_refused_before_a_tap(void **state)
{
	struct mfatest *m = *state;
	HOLDER(holder, FIDO_EDDSA);
	HOLDER(other, FIDO_EDDSA);

	assert_int_equal(enrol(m, &alice, &holder, "laptop"), MFA_OK);
	assert_int_equal(enrol(m, &alice, &other, "LAPTOP"),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(enrol(m, &alice, &other, "lap top"),
	    MFA_INVALID_INPUT);
	assert_int_equal(other.asked, 0);
}

static void
ninth_device_is_limit_exceeded(void **state)
{
	struct mfatest *m = *state;
	char name[16];
	unsigned i;

	for (i = 0; i < DEVICES_MAX; i++) {
		HOLDER(holder, FIDO_EDDSA);
		snprintf(name, sizeof(name), "key%u", i);
		assert_int_equal(enrol(m, &alice, &holder, name), MFA_OK);
	}
	HOLDER(ninth, FIDO_EDDSA);
	assert_int_equal(enrol(m, &alice, &ninth, "ninth"),
	    MFA_LIMIT_EXCEEDED);
	assert_int_equal(ninth.asked, 0);
}

static void
expect_denied(struct mfatest *m, struct holder *holder, const char *detail)
{
	assert_int_equal(enrol(m, &alice, holder, "laptop"),
	    MFA_ACCESS_DENIED);
	mfatest_says(m, detail);
	assert_int_equal(devices_of(m, &alice), 0);
}

static void
signature_that_is_no_proof_enrols_nothing(void **state)
{
	struct mfatest *m = *state;
	char line[SSH_KEY_LINE_SIZE];
	struct enrolled_key ret;
	HOLDER(holder, FIDO_EDDSA);
	HOLDER(other, FIDO_EDDSA);

	holder.instead = "another challenge";
	expect_denied(m, &holder, "not verified");
	holder.instead = NULL;
	holder.flags = 0;
	expect_denied(m, &holder, "not present");
	holder.flags = FIDOMAKE_UP;
	m->settings.user_verification = USER_VERIFICATION_REQUIRED;
	expect_denied(m, &holder, "user was not verified");
	holder.flags |= FIDOMAKE_UV;
	sshmake_line(&holder.key, line, sizeof(line));
	other.flags |= FIDOMAKE_UV;
	assert_int_equal(enrol_line(m, &alice, &other, "laptop", line, &ret),
	    MFA_ACCESS_DENIED);
	mfatest_says(m, "another key");
	assert_int_equal(enrol(m, &alice, &holder, "laptop"), MFA_OK);
}

static void
what_is_pasted_wrong_is_asked_for_again_and_not_for_ever(void **state)
{
	struct mfatest *m = *state;
	HOLDER(holder, FIDO_EDDSA);

	holder.answers[0] = "hello";
	holder.answers[1] = "";
	assert_int_equal(enrol(m, &alice, &holder, "laptop"), MFA_OK);
	assert_int_equal(holder.asked, 3);
	assert_non_null(strstr(holder.lines[2], "not in base64"));
	assert_non_null(strstr(holder.lines[3], "none was given"));
	HOLDER(other, FIDO_EDDSA);
	other.answers[0] = other.answers[1] = other.answers[2] = "hello";
	assert_int_equal(enrol(m, &alice, &other, "other"),
	    MFA_ACCESS_DENIED);
	assert_int_equal(other.asked, 3);
}

static void
person_who_goes_enrols_nothing(void **state)
{
	struct mfatest *m = *state;
	HOLDER(holder, FIDO_EDDSA);

	holder.gone = MFA_REQUEST_ABORTED;
	assert_int_equal(enrol(m, &alice, &holder, "laptop"),
	    MFA_REQUEST_ABORTED);
	assert_int_equal(holder.asked, 1);
	assert_int_equal(devices_of(m, &alice), 0);
}

/* Else a tap that waits would be a second device that was never allowed. */
static void
first_device_that_comes_meanwhile_leaves_the_key_out(void **state)
{
	struct mfatest *m = *state;
	const struct mfa_context anyone = m->ctx;
	const size_t none = 0;
	HOLDER(holder, FIDO_EDDSA);

	m->ctx.held = &none;
	holder.meanwhile = m;
	assert_int_equal(enrol(m, &alice, &holder, "laptop"),
	    MFA_CONCURRENT_MODIFICATION);
	assert_int_equal(devices_of(m, &alice), 1);
	m->ctx = anyone;
}

static void
line_that_is_no_key_is_invalid_input(void **state)
{
	struct mfatest *m = *state;
	struct enrolled_key ret;
	HOLDER(holder, FIDO_EDDSA);

	assert_int_equal(enrol_line(m, &alice, &holder, "laptop",
	    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB2PwgEfh6Fs4bMNUEh/RJVZ"
	    "K53G93xLodxWiE4n6Vq8", &ret), MFA_INVALID_INPUT);
	assert_int_equal(enrol_line(m, &alice, &holder, "laptop", "", &ret),
	    MFA_INVALID_INPUT);
	assert_int_equal(holder.asked, 0);
}

static void
required_attestation_refuses_ssh_keys(void **state)
{
	struct mfatest *m = *state;
	HOLDER(holder, FIDO_EDDSA);

	strcpy(m->settings.attestation_roots, "/etc/awsmfa/roots.pem");
	expect_denied(m, &holder, "no attestation");
	assert_int_equal(holder.asked, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		mfatest(key_of_either_type_is_enrolled_by_a_signature),
		mfatest(command_is_shown_that_signs_the_challenge),
		mfatest(first_tap_after_enrolment_has_a_higher_counter),
		mfatest(key_that_does_not_count_is_told),
		mfatest(key_that_is_enrolled_exists_already),
		mfatest(who_does_not_hold_a_key_is_not_told_whose_it_is),
		mfatest(name_that_is_taken_or_odd_is_refused_before_a_tap),
		mfatest(ninth_device_is_limit_exceeded),
		mfatest(signature_that_is_no_proof_enrols_nothing),
		mfatest(what_is_pasted_wrong_is_asked_for_again_and_not_for_ever),
		mfatest(person_who_goes_enrols_nothing),
		mfatest(first_device_that_comes_meanwhile_leaves_the_key_out),
		mfatest(line_that_is_no_key_is_invalid_input),
		mfatest(required_attestation_refuses_ssh_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
