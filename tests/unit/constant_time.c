/*
 * Does anything that is compared decide where the processor goes, or where it
 * reads? To be run by constant_time.sh under valgrind, whose memcheck follows
 * what is undefined through every computation and reports a branch or an
 * address that depends on it. So seeds, codes, hashes and host.key are marked
 * undefined where they are compared, and production's functions called.
 *
 * What a comparison has found is disclosed in the end: by the outcome. The
 * places where it is decided on are in constant_time.supp, and each has to be
 * reached. From a right code on that is let in nothing is secret any more, so
 * whole sign-ins here are denied.
 *
 * Sealing is not looked at: all that it compares is a tag of libcrypto's, and
 * AES without the processor's help has tables.
 */
#include <string.h>

#include <valgrind/memcheck.h>

#include "mfatest.h"

#include "mfa/longcode.h"
#include "mfa/recover.h"
#include "mfa/signin.h"
#include "mfa/ticket.h"
#include "otp/totp.h"
#include "store/seal.h"
#include "store/session.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define AUDIT		7
#define GRANT_SECONDS	3600

static const struct host_user alice = { "alice", 1001 };
static const struct ticket_process process = { 300, 70000 };

static void
taint(const void *octets, size_t len)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(octets, len);
}

/* What follows is disclosed. */
static void
disclose(const void *octets, size_t len)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(octets, len);
}

static void
taint_key(struct mfatest *m)
{
	taint(m->t->store->key.bytes, m->t->store->key.len);
}

static void
disclose_key(struct mfatest *m)
{
	disclose(m->t->store->key.bytes, m->t->store->key.len);
}

/* Does it come of something that is tainted? */
static bool
is_tainted(const void *octets, size_t len)
{
	uint8_t bits[64];
	size_t i;

	assert_true(len <= sizeof(bits));
	assert_int_equal(VALGRIND_GET_VBITS(octets, bits, len), 1);
	for (i = 0; i < len; i++) {
		if (bits[i] != 0)
			return true;
	}
	return false;
}

/* How often memcheck has complained since the last time. */
static unsigned
complaints(void)
{
	static unsigned before;
	unsigned all = VALGRIND_COUNT_ERRORS, since = all - before;

	before = all;
	return since;
}

static void
assert_constant(const char *what)
{
	unsigned found = complaints();

	if (found != 0)
		fail_msg("%s: %u branches or addresses depend on a secret",
		    what, found);
}

static void
equipment_sees_a_branch_and_an_address(void **state)
{
	static const char table[256] = "table";
	uint8_t a[32] = "a", b[32] = "a";
	volatile char sink;

	(void)state;
	assert_constant("before");
	taint(a, sizeof(a));
	sink = memcmp(a, b, sizeof(a)) == 0 ? 'a' : 'b';
	assert_true(complaints() > 0);
	sink = table[a[1]];
	assert_true(complaints() > 0);
	disclose(a, sizeof(a));
	sink = table[a[1]];
	assert_constant("after");
	(void)sink;
}

static const struct otp_params kinds[] = {
	{ OTP_SHA1, 6, 30 },
	{ OTP_SHA1, 8, 60 },
	{ OTP_SHA256, 6, 30 },
	{ OTP_SHA512, 8, 30 },
};

static void
make_seed(const struct otp_params *params, struct secret *ret)
{
	ret->len = params->algorithm == OTP_SHA512 ? 64 : 20;
	memset(ret->bytes, 0x5a, ret->len);
}

/* The code of STEP, or one of the same length that is none. */
static void
make_code(const struct otp_params *params, uint64_t step, bool right,
    struct secret *ret)
{
	struct secret seed = { 0 };
	struct mfa_error err;

	make_seed(params, &seed);
	assert_int_equal(hotp_code(params, &seed, step, ret, &err), MFA_OK);
	if (!right)
		ret->bytes[0] ^= 1;
}

static void
code_is_compared_in_constant_time(void **state)
{
	struct secret seed = { 0 }, code;
	struct mfa_error err;
	int64_t step;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(kinds); i++) {
		const struct otp_params *params = &kinds[i / 2];
		bool right = i % 2 == 0;

		make_seed(params, &seed);
		make_code(params, 1001, right, &code);
		taint(seed.bytes, seed.len);
		taint(code.bytes, code.len);
		assert_int_equal(totp_match(params, &seed, 995, 1005, &code,
				     &step, &err),
		    MFA_OK);
		assert_true(is_tainted(&step, sizeof(step)));
		assert_constant("totp_match");
		disclose(&step, sizeof(step));
		assert_int_equal(step, right ? 1001 : -1);
	}
}

static void
two_codes_are_compared_in_constant_time(void **state)
{
	struct secret seed = { 0 }, code1, code2;
	struct mfa_error err;
	int64_t step;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(kinds); i++) {
		const struct otp_params *params = &kinds[i / 2];
		bool right = i % 2 == 0;

		make_seed(params, &seed);
		make_code(params, 1001, true, &code1);
		make_code(params, 1002, right, &code2);
		taint(seed.bytes, seed.len);
		taint(code1.bytes, code1.len);
		taint(code2.bytes, code2.len);
		assert_int_equal(totp_match_pair(params, &seed, 995, 1005,
				     &code1, &code2, &step, &err),
		    MFA_OK);
		assert_true(is_tainted(&step, sizeof(step)));
		assert_constant("totp_match_pair");
		disclose(&step, sizeof(step));
		assert_int_equal(step, right ? 1001 : -1);
	}
}

static void
taint_seeds(const struct device_list *devices)
{
	size_t i;

	for (i = 0; i < devices->count; i++)
		taint(devices->devices[i]->seed.bytes,
		    devices->devices[i]->seed.len);
}

/* ANSWER of alice's, whose seeds are secret; why it is denied. */
static void
deny(struct mfatest *m, const char *answer, size_t len, const char *why)
{
	struct signin *signin = NULL;
	struct proof proof;

	assert_int_equal(signin_begin(&m->ctx, "alice", LEDGER_LOGIN, &signin,
			     &m->err),
	    MFA_OK);
	taint_seeds(signin_devices(signin));
	taint_key(m);
	assert_int_equal(signin_verify(signin, answer, len, &proof, &m->err),
	    MFA_INVALID_AUTHENTICATION_CODE);
	disclose_key(m);
	mfatest_says(m, why);
	signin_freep(&signin);
	assert_constant(why);
}

static void
all_devices_are_compared_before_anything_is_decided(void **state)
{
	struct mfatest *m = *state;
	struct secret used, pair;
	unsigned i;

	for (i = 1; i <= DEVICES_MAX; i++)
		mfatest_enrol(m, &alice, i);
	mfatest_code(m, 3, 0, &used);
	assert_int_equal(mfatest_signin_code(m, "alice", 3, 0), MFA_OK);
	mfatest_code(m, 3, 1, &pair);
	memcpy(used.bytes + used.len, pair.bytes, pair.len);
	(void)complaints();
	deny(m, "000000", 6, "wrong code");
	deny(m, "000000000001", 12, "wrong code");
	deny(m, (const char *)used.bytes, used.len, "already used");
	deny(m, (const char *)used.bytes, 2 * used.len, "already used");
}

static void
recovery_codes_and_grants_are_compared_in_constant_time(void **state)
{
	static const char other[] = "ABCD-EFGH-IJKL-MNOP";
	struct longcode codes[RECOVER_CODES];
	struct recover_given grant;
	struct mfatest *m = *state;

	mfatest_enrol(m, &alice, 1);
	assert_int_equal(recover_create(&m->ctx, &alice, codes, &m->err),
	    MFA_OK);
	assert_int_equal(mfatest_signin(m, "alice", codes[3].text,
			     strlen(codes[3].text)),
	    MFA_OK);
	assert_int_equal(recover_grant(&m->ctx, &alice, GRANT_SECONDS, 1,
			     &grant, &m->err),
	    MFA_OK);
	m->now += GRANT_SECONDS;
	(void)complaints();
	deny(m, grant.code.text, strlen(grant.code.text), "has expired");
	deny(m, other, strlen(other), "wrong recovery code");
	deny(m, codes[3].text, strlen(codes[3].text), "already used");
}

static void
invitation_is_compared_in_constant_time(void **state)
{
	static const char other[] = "ABCD-EFGH-IJKL-MNOP";
	struct mfatest *m = *state;
	struct recover_given invite;

	assert_int_equal(recover_invite(&m->ctx, &alice, GRANT_SECONDS, &invite,
			     &m->err),
	    MFA_OK);
	(void)complaints();
	taint_key(m);
	assert_int_equal(recover_check_invite(&m->ctx, &alice, other,
			     strlen(other), &m->err),
	    MFA_INVALID_AUTHENTICATION_CODE);
	mfatest_says(m, "wrong enrollment code");
	assert_constant("a wrong invitation");
	assert_int_equal(recover_check_invite(&m->ctx, &alice,
			     invite.code.text, strlen(invite.code.text),
			     &m->err),
	    MFA_OK);
	assert_constant("an invitation");
	disclose_key(m);
}

static void
typed_long_code_is_hashed_and_found_in_constant_time(void **state)
{
	uint8_t stored[3][LONGCODE_HASH_SIZE];
	struct secret code = { .len = LONGCODE_SIZE }, hash;
	struct mfatest *m = *state;
	size_t found;
	bool same;

	memset(stored, 0x11, sizeof(stored));
	taint_key(m);
	taint(code.bytes, code.len);
	assert_int_equal(longcode_hash(&m->ctx, &alice, LONGCODE_RECOVERY,
			     &code, &hash, &m->err),
	    MFA_OK);
	memcpy(stored[1], hash.bytes, hash.len);
	taint(stored[0], sizeof(stored[0]));
	taint(stored[2], sizeof(stored[2]));
	found = longcode_find(&hash, stored, COUNT(stored));
	same = longcode_is_hash(&hash, stored[0]);
	assert_true(is_tainted(&found, sizeof(found)));
	assert_true(is_tainted(&same, sizeof(same)));
	assert_constant("longcode_hash, longcode_find");
	disclose(&found, sizeof(found));
	disclose(&same, sizeof(same));
	assert_int_equal(found, 1);
	assert_false(same);
	disclose_key(m);
}

static void
mac_of_a_ticket_is_compared_in_constant_time(void **state)
{
	struct mfatest *m = *state;
	struct ticket ticket = { .user = USER_ALICE,
		.service = "sshd",
		.caller = process,
		.issued = m->now };
	char text[TICKET_SIZE], *last;

	assert_int_equal(ticket_seal(&m->ctx, &ticket, text, &m->err), MFA_OK);
	(void)complaints();
	taint_key(m);
	assert_int_equal(ticket_open(&m->ctx, text, "sshd", &process, &ticket,
			     &m->err),
	    MFA_OK);
	last = text + strlen(text) - 1;
	*last = *last == '0' ? '1' : '0';
	assert_int_equal(ticket_open(&m->ctx, text, "sshd", &process, &ticket,
			     &m->err),
	    MFA_ACCESS_DENIED);
	assert_constant("ticket_open");
	disclose_key(m);
}

static void
mac_of_an_mfa_session_is_compared_in_constant_time(void **state)
{
	struct mfatest *m = *state;
	struct session session = { .audit = AUDIT,
		.user = USER_ALICE,
		.proved = m->now,
		.expires = m->now + 1 };

	assert_int_equal(session_save(m->t->store, &session, &m->err), MFA_OK);
	(void)complaints();
	taint_key(m);
	assert_int_equal(session_load(m->t->store, AUDIT, &alice, &session,
			     &m->err),
	    MFA_OK);
	assert_constant("session_load");
	disclose_key(m);
	m->t->store->key.bytes[0] ^= 1;
	taint_key(m);
	assert_int_equal(session_load(m->t->store, AUDIT, &alice, &session,
			     &m->err),
	    MFA_NO_SUCH_ENTITY);
	assert_constant("session_load");
	disclose_key(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equipment_sees_a_branch_and_an_address),
		cmocka_unit_test(code_is_compared_in_constant_time),
		cmocka_unit_test(two_codes_are_compared_in_constant_time),
		mfatest(all_devices_are_compared_before_anything_is_decided),
		mfatest(
		    recovery_codes_and_grants_are_compared_in_constant_time),
		mfatest(invitation_is_compared_in_constant_time),
		mfatest(typed_long_code_is_hashed_and_found_in_constant_time),
		mfatest(mac_of_a_ticket_is_compared_in_constant_time),
		mfatest(mac_of_an_mfa_session_is_compared_in_constant_time),
	};

	if (!RUNNING_ON_VALGRIND) {
		puts("Bail out! to be run by constant_time.sh");
		return 99;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
