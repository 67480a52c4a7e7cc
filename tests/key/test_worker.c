/*
 * The worker with a software key: what a person would see of enrolling and
 * signing in, and what is left of it when something goes wrong.
 */
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>

#include "key/keybed.h"
#include "wire/frame.h"

#define RP_ID		 "awsmfa.test"
#define FLAG_VERIFIED	 CTAP_AUTHDATA_USER_VERIFIED
#define AUTHDATA_FLAGS	 32 /* after the hash of the relying party's id */
#define STRANGER_LEN	 64
#define PIN_RETRIES	 8

static struct keybed bed;
static struct keymsg_request request;
static struct keymsg_progress progress;
static struct keymsg_answer made, answer;
static fido_cred_t *cred;

static int
setup(void **state)
{
	(void)state;
	memset(&request, 0, sizeof(request));
	request.what = KEY_MAKE;
	strcpy(request.node, "/dev/hidraw0");
	strcpy(request.rp_id, RP_ID);
	strcpy(request.user_name, "alice");
	memset(request.user_id, 'u', sizeof(request.user_id));
	memset(request.hash, 'h', sizeof(request.hash));
	request.timeout = 5000;
	cred = NULL;
	keybed_setup(&bed);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fido_cred_free(&cred);
	keybed_teardown(&bed);
	return 0;
}

static enum keymsg_error
ask(void)
{
	keybed_request(&bed, &request);
	return keybed_answer(&bed, &answer);
}

/* Makes a credential, and allows it from then on. */
static void
make(bool eddsa)
{
	request.what = KEY_MAKE;
	request.eddsa = eddsa;
	assert_int_equal(ask(), KEY_OK);
	made = answer;
	request.what = KEY_ASSERT;
	request.credential_count = 1;
	request.credentials[0] = made.credential;
	memset(request.hash, 'H', sizeof(request.hash));
	keybed_tell(&bed, "log clear");
}

/* Verifies the attestation of MADE as the endpoint would. */
static void
verify_made(bool eddsa)
{
	cred = fido_cred_new();
	assert_int_equal(fido_cred_set_type(cred,
			     eddsa ? COSE_EDDSA : COSE_ES256),
	    FIDO_OK);
	assert_int_equal(fido_cred_set_rp(cred, RP_ID, NULL), FIDO_OK);
	assert_int_equal(fido_cred_set_fmt(cred, made.format), FIDO_OK);
	assert_int_equal(fido_cred_set_clientdata_hash(cred,
			     (const uint8_t *)"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh",
			     KEYMSG_HASH_SIZE),
	    FIDO_OK);
	assert_int_equal(fido_cred_set_authdata_raw(cred, made.authdata,
			     made.authdata_len),
	    FIDO_OK);
	assert_int_equal(fido_cred_set_sig(cred, made.signature,
			     made.signature_len),
	    FIDO_OK);
	if (made.certificate_len > 0)
		assert_int_equal(fido_cred_set_x509(cred, made.certificate,
				     made.certificate_len),
		    FIDO_OK);
	assert_int_equal(made.certificate_len > 0 ? fido_cred_verify(cred) :
						    fido_cred_verify_self(cred),
	    FIDO_OK);
	assert_int_equal(fido_cred_id_len(cred), made.credential.len);
	assert_memory_equal(fido_cred_id_ptr(cred), made.credential.bytes,
	    made.credential.len);
}

static int
verify_with(fido_assert_t *assert, bool eddsa)
{
	eddsa_pk_t *ed = eddsa_pk_new();
	es256_pk_t *es = es256_pk_new();
	int r;

	if (eddsa)
		r = eddsa_pk_from_ptr(ed, fido_cred_pubkey_ptr(cred),
		    fido_cred_pubkey_len(cred));
	else
		r = es256_pk_from_ptr(es, fido_cred_pubkey_ptr(cred),
		    fido_cred_pubkey_len(cred));
	assert_int_equal(r, FIDO_OK);
	r = eddsa ? fido_assert_verify(assert, 0, COSE_EDDSA, ed) :
		    fido_assert_verify(assert, 0, COSE_ES256, es);
	eddsa_pk_free(&ed);
	es256_pk_free(&es);
	return r;
}

/* Verifies the assertion in ANSWER with the key of MADE. */
static void
verify_answer(bool eddsa)
{
	fido_assert_t *assert = fido_assert_new();

	assert_int_equal(fido_assert_set_rp(assert, RP_ID), FIDO_OK);
	assert_int_equal(fido_assert_set_clientdata_hash(assert, request.hash,
			     sizeof(request.hash)),
	    FIDO_OK);
	assert_int_equal(fido_assert_set_up(assert, FIDO_OPT_TRUE), FIDO_OK);
	assert_int_equal(fido_assert_set_count(assert, 1), FIDO_OK);
	assert_int_equal(fido_assert_set_authdata_raw(assert, 0,
			     answer.authdata, answer.authdata_len),
	    FIDO_OK);
	assert_int_equal(fido_assert_set_sig(assert, 0, answer.signature,
			     answer.signature_len),
	    FIDO_OK);
	assert_int_equal(verify_with(assert, eddsa), FIDO_OK);
	assert_int_equal(answer.credential.len, made.credential.len);
	assert_memory_equal(answer.credential.bytes, made.credential.bytes,
	    made.credential.len);
	fido_assert_free(&assert);
}

static void
enrols_and_signs_in(bool eddsa)
{
	make(eddsa);
	verify_made(eddsa);
	assert_int_equal(ask(), KEY_OK);
	verify_answer(eddsa);
	assert_string_equal(answer.node, "/dev/hidraw0");
}

static void
es256_key_enrols_and_signs_in(void **state)
{
	(void)state;
	enrols_and_signs_in(false);
	assert_string_equal(made.format, "packed");
	assert_true(made.certificate_len > 0);
	assert_true(made.fido2);
	assert_false(made.has_pin);
}

static void
eddsa_key_enrols_and_signs_in(void **state)
{
	(void)state;
	enrols_and_signs_in(true);
}

static void
u2f_key_enrols_and_signs_in(void **state)
{
	(void)state;
	keybed_tell(&bed, "u2f-only on");
	enrols_and_signs_in(false);
	assert_string_equal(made.format, "fido-u2f");
	assert_false(made.fido2);
}

static void
self_attestation_has_no_certificate(void **state)
{
	(void)state;
	keybed_tell(&bed, "attestation self");
	enrols_and_signs_in(false);
	assert_int_equal(made.certificate_len, 0);
}

static void
u2f_key_has_no_eddsa(void **state)
{
	(void)state;
	keybed_tell(&bed, "u2f-only on");
	request.eddsa = true;
	assert_int_equal(ask(), KEY_UNSUPPORTED);
	assert_false(keybed_has_logged(&bed, "touch asked"));
}

static void
key_without_the_algorithm_is_not_touched(void **state)
{
	(void)state;
	request.what = KEY_MAKE;
	keybed_tell(&bed, "algorithms untold");
	assert_int_equal(ask(), KEY_UNSUPPORTED);
	keybed_tell(&bed, "algorithms eddsa");
	assert_int_equal(ask(), KEY_UNSUPPORTED);
	assert_false(keybed_has_logged(&bed, "touch asked"));
	enrols_and_signs_in(true);
}

static void
key_without_the_algorithm_wants_no_pin(void **state)
{
	struct keymsg_progress progress;

	(void)state;
	keybed_tell(&bed, "pin set 1234");
	keybed_tell(&bed, "algorithms eddsa");
	request.what = KEY_MAKE;
	request.uv = KEY_UV_REQUIRED;
	keybed_request(&bed, &request);
	keybed_expect(&bed, KEY_STATUS_OPENED, &progress);
	assert_true(keybed_take(&bed, &progress, &answer));
	assert_int_equal(answer.error, KEY_UNSUPPORTED);
	keybed_hang_up(&bed);
	assert_int_equal(keybed_reap(&bed), 0);
}

static void
info_tells_what_the_key_is(void **state)
{
	(void)state;
	request.what = KEY_INFO;
	keybed_tell(&bed, "pin set 1234");
	assert_int_equal(ask(), KEY_OK);
	assert_true(answer.fido2);
	assert_true(answer.has_pin);
	assert_true(answer.certification_count > 0);
	assert_true(answer.certifications[0].name[0] != '\0');
}

static void
product_and_touch_are_told_in_turn(void **state)
{
	(void)state;
	make(false);
	keybed_tell(&bed, "touch after 150");
	keybed_request(&bed, &request);
	keybed_expect(&bed, KEY_STATUS_OPENED, &progress);
	assert_string_equal(progress.text, "Soft key");
	assert_string_equal(progress.node, "/dev/hidraw0");
	keybed_expect(&bed, KEY_STATUS_TOUCH, NULL);
	assert_true(keybed_take(&bed, &progress, &answer));
	assert_int_equal(answer.error, KEY_OK);
}

static void
u2f_touch_is_told_once(void **state)
{
	(void)state;
	keybed_tell(&bed, "u2f-only on");
	make(false);
	keybed_tell(&bed, "touch after 150");
	keybed_request(&bed, &request);
	keybed_expect(&bed, KEY_STATUS_OPENED, NULL);
	keybed_expect(&bed, KEY_STATUS_TOUCH, NULL);
	assert_true(keybed_take(&bed, &progress, &answer));
	assert_int_equal(answer.error, KEY_OK);
}

static void
key_that_is_not_tapped_in_time_is_cancelled(void **state)
{
	(void)state;
	make(false);
	keybed_tell(&bed, "touch never");
	request.timeout = 500;
	assert_int_equal(ask(), KEY_TIMEOUT);
	assert_true(keybed_will_log(&bed, "CANCEL"));
}

static void
u2f_key_that_is_not_tapped_times_out(void **state)
{
	(void)state;
	keybed_tell(&bed, "u2f-only on");
	make(false);
	keybed_tell(&bed, "touch never");
	request.timeout = 500;
	assert_int_equal(ask(), KEY_TIMEOUT);
}

static void
key_that_gives_up_by_itself_is_a_timeout(void **state)
{
	(void)state;
	make(false);
	keybed_tell(&bed, "touch never");
	keybed_tell(&bed, "touch timeout 200");
	assert_int_equal(ask(), KEY_TIMEOUT);
	assert_false(keybed_has_logged(&bed, "CANCEL"));
}

/* Starts a request that waits for a touch, and waits until it does. */
static void
wait_for_touch(void)
{
	make(false);
	keybed_tell(&bed, "touch never");
	keybed_request(&bed, &request);
	keybed_expect(&bed, KEY_STATUS_OPENED, NULL);
	keybed_expect(&bed, KEY_STATUS_TOUCH, NULL);
}

/* The key is idle: the next request works at once. */
static void
next_request_works(void)
{
	assert_true(keybed_will_log(&bed, "CANCEL"));
	keybed_hang_up(&bed);
	keybed_tell(&bed, "touch now");
	assert_int_equal(ask(), KEY_OK);
	assert_false(keybed_has_logged(&bed, "ERROR 06"));
}

static void
hanging_up_cancels_at_the_key(void **state)
{
	(void)state;
	wait_for_touch();
	keybed_hang_up(&bed);
	assert_int_equal(WEXITSTATUS(keybed_reap(&bed)), EXIT_FAILURE);
	next_request_works();
}

static void
endpoint_that_talks_out_of_turn_ends_it(void **state)
{
	(void)state;
	wait_for_touch();
	keybed_pin(&bed, "1234");
	assert_int_equal(WEXITSTATUS(keybed_reap(&bed)), EXIT_FAILURE);
	next_request_works();
}

static void
signals_cancel_at_the_key(void **state)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGALRM,
		SIGXCPU };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		wait_for_touch();
		assert_int_equal(kill(bed.worker, signals[i]), 0);
		assert_int_equal(keybed_reap(&bed), EXIT_FAILURE << 8);
		next_request_works();
		request.credential_count = 0;
	}
}

/* The parent of the worker is a process that is killed. */
static void
death_of_the_parent_cancels_at_the_key(void **state)
{
	pid_t parent;
	char octet;
	int fds[2];

	(void)state;
	make(false);
	keybed_tell(&bed, "touch never");
	assert_int_equal(pipe(fds), 0);
	if ((parent = fork()) == 0) {
		keybed_request(&bed, &request);
		keybed_expect(&bed, KEY_STATUS_OPENED, NULL);
		keybed_expect(&bed, KEY_STATUS_TOUCH, NULL);
		(void)!write(fds[1], "x", 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(fds[0], &octet, 1), 1);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	next_request_works();
}

static void
key_without_the_credential_does_not_blink(void **state)
{
	(void)state;
	make(false);
	memset(request.credentials[0].bytes, 7, STRANGER_LEN);
	assert_int_equal(ask(), KEY_NO_CREDENTIAL);
	assert_false(keybed_has_logged(&bed, "touch asked"));
}

static void
u2f_key_without_the_credential_does_not_blink(void **state)
{
	(void)state;
	keybed_tell(&bed, "u2f-only on");
	make(false);
	memset(request.credentials[0].bytes, 7, STRANGER_LEN);
	assert_int_equal(ask(), KEY_NO_CREDENTIAL);
	assert_false(keybed_has_logged(&bed, "touch asked"));
}

/* The credential of the key is the last of eight. */
static void
add_strangers(void)
{
	size_t i;

	request.credential_count = KEYMSG_CREDENTIALS_MAX;
	request.credentials[KEYMSG_CREDENTIALS_MAX - 1] = made.credential;
	for (i = 0; i < KEYMSG_CREDENTIALS_MAX - 1; i++) {
		request.credentials[i].len = STRANGER_LEN + i;
		memset(request.credentials[i].bytes, (int)i, STRANGER_LEN + i);
	}
}

static void
credential_is_found_among_eight(void **state)
{
	(void)state;
	make(false);
	verify_made(false);
	add_strangers();
	assert_int_equal(ask(), KEY_OK);
	verify_answer(false);
}

static void
u2f_credential_is_found_among_eight(void **state)
{
	(void)state;
	keybed_tell(&bed, "u2f-only on");
	make(false);
	verify_made(false);
	add_strangers();
	assert_int_equal(ask(), KEY_OK);
	verify_answer(false);
}

static void
enrolled_key_is_excluded_without_a_touch(void **state)
{
	(void)state;
	make(false);
	add_strangers();
	request.what = KEY_MAKE;
	assert_int_equal(ask(), KEY_EXCLUDED);
	assert_false(keybed_has_logged(&bed, "touch asked"));
}

static void
enrolled_u2f_key_is_excluded_without_a_touch(void **state)
{
	(void)state;
	keybed_tell(&bed, "u2f-only on");
	make(false);
	request.what = KEY_MAKE;
	assert_int_equal(ask(), KEY_EXCLUDED);
	assert_false(keybed_has_logged(&bed, "touch asked"));
}

static void
other_keys_credentials_exclude_nothing(void **state)
{
	(void)state;
	make(false);
	add_strangers();
	request.credential_count--;
	request.what = KEY_MAKE;
	assert_int_equal(ask(), KEY_OK);
}

/* A request with a PIN that the key has: 1234. */
static void
begin_with_pin(enum keymsg_uv uv)
{
	make(false);
	verify_made(false);
	keybed_tell(&bed, "pin set 1234");
	request.uv = uv;
	keybed_request(&bed, &request);
	keybed_expect(&bed, KEY_STATUS_OPENED, NULL);
	keybed_expect(&bed, KEY_STATUS_PIN, &progress);
	assert_int_equal(progress.retries, PIN_RETRIES);
	assert_false(progress.wrong);
}

static void
verified_user_signs_in(void)
{
	assert_int_equal(keybed_answer(&bed, &answer), KEY_OK);
	verify_answer(false);
	assert_true((answer.authdata[AUTHDATA_FLAGS] & FLAG_VERIFIED) != 0);
}

static void
right_pin_verifies(void **state)
{
	(void)state;
	begin_with_pin(KEY_UV_REQUIRED);
	keybed_pin(&bed, "1234");
	verified_user_signs_in();
}

static void
right_pin_verifies_with_each_protocol(void **state)
{
	(void)state;
	keybed_tell(&bed, "pin-protocol 1");
	begin_with_pin(KEY_UV_REQUIRED);
	keybed_pin(&bed, "1234");
	verified_user_signs_in();
	keybed_tell(&bed, "pin-protocol 2");
	keybed_request(&bed, &request);
	keybed_expect(&bed, KEY_STATUS_OPENED, NULL);
	keybed_expect(&bed, KEY_STATUS_PIN, NULL);
	keybed_pin(&bed, "1234");
	verified_user_signs_in();
}

static void
pin_that_is_set_is_preferred(void **state)
{
	(void)state;
	begin_with_pin(KEY_UV_PREFERRED);
	keybed_pin(&bed, "1234");
	verified_user_signs_in();
}

static void
wrong_pin_is_said_with_the_tries_left(void **state)
{
	(void)state;
	begin_with_pin(KEY_UV_REQUIRED);
	keybed_pin(&bed, "9999");
	keybed_expect(&bed, KEY_STATUS_PIN, &progress);
	assert_true(progress.wrong);
	assert_int_equal(progress.retries, PIN_RETRIES - 1);
	keybed_pin(&bed, "1234");
	verified_user_signs_in();
}

static void
what_can_be_no_pin_costs_no_try(void **state)
{
	static const char long_pin[] =
	    "1234567890123456789012345678901234567890123456789012345678901234";

	(void)state;
	begin_with_pin(KEY_UV_REQUIRED);
	keybed_pin(&bed, "");
	keybed_expect(&bed, KEY_STATUS_PIN, &progress);
	assert_true(progress.wrong);
	keybed_pin(&bed, long_pin);
	keybed_expect(&bed, KEY_STATUS_PIN, &progress);
	assert_int_equal(progress.retries, PIN_RETRIES);
	keybed_pin(&bed, "1234");
	verified_user_signs_in();
}

static void
third_wrong_pin_blocks_until_replugged(void **state)
{
	(void)state;
	begin_with_pin(KEY_UV_REQUIRED);
	keybed_pin(&bed, "9999");
	keybed_expect(&bed, KEY_STATUS_PIN, NULL);
	keybed_pin(&bed, "9999");
	keybed_expect(&bed, KEY_STATUS_PIN, NULL);
	keybed_pin(&bed, "9999");
	assert_int_equal(keybed_answer(&bed, &answer), KEY_PIN_BLOCKED);
}

static void
blocked_pin_is_not_asked_for(void **state)
{
	(void)state;
	make(false);
	keybed_tell(&bed, "pin set 1234");
	keybed_tell(&bed, "pin blocked");
	request.uv = KEY_UV_REQUIRED;
	keybed_request(&bed, &request);
	keybed_expect(&bed, KEY_STATUS_OPENED, NULL);
	assert_true(keybed_take(&bed, &progress, &answer));
	assert_int_equal(answer.error, KEY_PIN_BLOCKED);
}

static void
typing_a_pin_takes_its_own_time(void **state)
{
	(void)state;
	request.timeout = 1000;
	begin_with_pin(KEY_UV_REQUIRED);
	(void)poll(NULL, 0, 1200);
	keybed_pin(&bed, "1234");
	verified_user_signs_in();
}

static void
hanging_up_at_the_pin_ends_it(void **state)
{
	(void)state;
	begin_with_pin(KEY_UV_REQUIRED);
	keybed_hang_up(&bed);
	assert_int_equal(WEXITSTATUS(keybed_reap(&bed)), EXIT_FAILURE);
	assert_false(keybed_has_logged(&bed, "touch asked"));
}

static void
key_without_pin_can_not_be_required_to_verify(void **state)
{
	(void)state;
	make(false);
	request.uv = KEY_UV_REQUIRED;
	assert_int_equal(ask(), KEY_PIN_NOT_SET);
	request.uv = KEY_UV_PREFERRED;
	assert_int_equal(ask(), KEY_OK);
}

static void
u2f_key_can_not_be_required_to_verify(void **state)
{
	(void)state;
	keybed_tell(&bed, "u2f-only on");
	make(false);
	request.uv = KEY_UV_REQUIRED;
	assert_int_equal(ask(), KEY_UNSUPPORTED);
	request.uv = KEY_UV_PREFERRED;
	assert_int_equal(ask(), KEY_OK);
}

static void
key_that_insists_on_its_pin_gets_it(void **state)
{
	(void)state;
	keybed_tell(&bed, "pin set 1234");
	keybed_request(&bed, &request);
	keybed_expect(&bed, KEY_STATUS_OPENED, NULL);
	keybed_expect(&bed, KEY_STATUS_PIN, &progress);
	assert_false(progress.wrong);
	keybed_pin(&bed, "1234");
	assert_int_equal(keybed_answer(&bed, &answer), KEY_OK);
	assert_true((answer.authdata[AUTHDATA_FLAGS] & FLAG_VERIFIED) != 0);
	assert_true(answer.has_pin);
}

static void
finger_verifies(void **state)
{
	(void)state;
	make(false);
	verify_made(false);
	keybed_tell(&bed, "uv works");
	request.uv = KEY_UV_REQUIRED;
	keybed_request(&bed, &request);
	verified_user_signs_in();
}

static void
finger_that_fails_is_followed_by_the_pin(void **state)
{
	(void)state;
	make(false);
	verify_made(false);
	keybed_tell(&bed, "uv fails");
	keybed_tell(&bed, "pin set 1234");
	request.uv = KEY_UV_REQUIRED;
	keybed_request(&bed, &request);
	keybed_expect(&bed, KEY_STATUS_OPENED, NULL);
	keybed_expect(&bed, KEY_STATUS_PIN, &progress);
	assert_false(progress.wrong);
	keybed_pin(&bed, "1234");
	verified_user_signs_in();
}

static void
unplugged_half_way_is_told(void **state)
{
	(void)state;
	wait_for_touch();
	keybed_tell(&bed, "unplug");
	assert_int_equal(keybed_answer(&bed, &answer), KEY_GONE);
}

static void
busy_key_is_asked_again(void **state)
{
	(void)state;
	make(false);
	keybed_tell(&bed, "busy 3");
	assert_int_equal(ask(), KEY_OK);
	assert_true(keybed_will_log(&bed, "ERROR 06"));
}

static void
key_that_gets_busy_later_is_asked_again(void **state)
{
	(void)state;
	begin_with_pin(KEY_UV_REQUIRED);
	keybed_tell(&bed, "busy 2");
	keybed_pin(&bed, "1234");
	verified_user_signs_in();
	assert_true(keybed_will_log(&bed, "ERROR 06"));
}

static void
busy_key_is_not_asked_for_ever(void **state)
{
	(void)state;
	make(false);
	keybed_tell(&bed, "busy 1000");
	request.timeout = 300;
	assert_int_equal(ask(), KEY_TIMEOUT);
}

static void
slow_key_works(void **state)
{
	(void)state;
	make(false);
	keybed_tell(&bed, "slow 100");
	assert_int_equal(ask(), KEY_OK);
}

static void
mute_key_is_a_timeout(void **state)
{
	(void)state;
	make(false);
	keybed_tell(&bed, "mute on");
	request.timeout = 300;
	assert_int_equal(ask(), KEY_TIMEOUT);
}

static void
garbage_is_a_failure(void **state)
{
	(void)state;
	make(false);
	request.timeout = 300;
	keybed_tell(&bed, "garbage messages");
	assert_in_range(ask(), KEY_NO_CREDENTIAL, KEY_FAILED);
	keybed_tell(&bed, "garbage reports");
	assert_in_range(ask(), KEY_NO_CREDENTIAL, KEY_FAILED);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(es256_key_enrols_and_signs_in),
		TEST(eddsa_key_enrols_and_signs_in),
		TEST(u2f_key_enrols_and_signs_in),
		TEST(self_attestation_has_no_certificate),
		TEST(u2f_key_has_no_eddsa),
		TEST(key_without_the_algorithm_is_not_touched),
		TEST(key_without_the_algorithm_wants_no_pin),
		TEST(info_tells_what_the_key_is),
		TEST(product_and_touch_are_told_in_turn),
		TEST(u2f_touch_is_told_once),
		TEST(key_that_is_not_tapped_in_time_is_cancelled),
		TEST(u2f_key_that_is_not_tapped_times_out),
		TEST(key_that_gives_up_by_itself_is_a_timeout),
		TEST(hanging_up_cancels_at_the_key),
		TEST(endpoint_that_talks_out_of_turn_ends_it),
		TEST(signals_cancel_at_the_key),
		TEST(death_of_the_parent_cancels_at_the_key),
		TEST(key_without_the_credential_does_not_blink),
		TEST(u2f_key_without_the_credential_does_not_blink),
		TEST(credential_is_found_among_eight),
		TEST(u2f_credential_is_found_among_eight),
		TEST(enrolled_key_is_excluded_without_a_touch),
		TEST(enrolled_u2f_key_is_excluded_without_a_touch),
		TEST(other_keys_credentials_exclude_nothing),
		TEST(right_pin_verifies),
		TEST(right_pin_verifies_with_each_protocol),
		TEST(pin_that_is_set_is_preferred),
		TEST(wrong_pin_is_said_with_the_tries_left),
		TEST(what_can_be_no_pin_costs_no_try),
		TEST(third_wrong_pin_blocks_until_replugged),
		TEST(blocked_pin_is_not_asked_for),
		TEST(typing_a_pin_takes_its_own_time),
		TEST(hanging_up_at_the_pin_ends_it),
		TEST(key_without_pin_can_not_be_required_to_verify),
		TEST(u2f_key_can_not_be_required_to_verify),
		TEST(key_that_insists_on_its_pin_gets_it),
		TEST(finger_verifies),
		TEST(finger_that_fails_is_followed_by_the_pin),
		TEST(unplugged_half_way_is_told),
		TEST(busy_key_is_asked_again),
		TEST(key_that_gets_busy_later_is_asked_again),
		TEST(busy_key_is_not_asked_for_ever),
		TEST(slow_key_works),
		TEST(mute_key_is_a_timeout),
		TEST(garbage_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
