#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mfa/access.h"

#define ARN	"arn:aws:iam::000000000000:user/alice"
#define HEAD	"{\"Version\":\"2012-10-17\",\"Statement\":["
#define ALLOW	"{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\""
#define TAIL	"}]}"

static int64_t now;
static bool no_groups;
static unsigned asked;
static struct mfa_error err;

static int64_t
test_now(void *ctx)
{
	(void)ctx;
	return now;
}

static enum mfa_code
test_groups(void *ctx, const char *name,
    char ret[static GROUPS_MAX][GROUP_NAME_SIZE], size_t *ret_count,
    struct mfa_error *ret_err)
{
	(void)ctx;
	asked++;
	assert_string_equal(name, "alice");
	if (no_groups)
		return mfa_error_set(ret_err, MFA_SERVICE_FAILURE, 0,
		    "no directory");
	strcpy(ret[0], "users");
	strcpy(ret[1], "backup");
	*ret_count = 2;
	return MFA_OK;
}

static const struct world world = { .now = test_now,
	.find_groups = test_groups };
static const struct host_user alice = { "alice", 1000 };
static const struct access_mfa no_mfa = { false, 0, PROOF_NONE };
static struct settings settings;
static struct access access_of_alice;

static int
set_up(void **state)
{
	(void)state;
	settings_default(&settings);
	now = 1795355414; /* 2026-11-22T13:50:14Z */
	no_groups = false;
	asked = 0;
	access_of_alice = (struct access) { .settings = &settings,
		.world = &world, .user = &alice };
	return 0;
}

static enum mfa_code
check(const char *document, const struct access_mfa *mfa)
{
	_cleanup_(policy_freep) struct policy *policy = NULL;
	enum mfa_code code;

	assert_int_equal(policy_parse(document, strlen(document), &policy,
			     &err), MFA_OK);
	access_of_alice.policy = policy;
	code = access_check(&access_of_alice, "iam:GetUser", ARN, mfa, NULL,
	    &err);
	access_of_alice.policy = NULL;
	return code;
}

/* Does KEY have VALUE? With NULL: is it absent? */
static bool
has(const struct access_mfa *mfa, const char *key, const char *value)
{
	char document[1024];
	enum mfa_code code;

	(void)snprintf(document, sizeof(document), HEAD ALLOW
	    ",\"Condition\":{\"%s\":{\"%s\":\"%s\"}}" TAIL,
	    value != NULL ? "ForAnyValue:StringEquals" : "Null", key,
	    value != NULL ? value : "true");
	code = check(document, mfa);
	assert_true(code == MFA_OK || code == MFA_ACCESS_DENIED);
	return code == MFA_OK;
}

#define assert_has(mfa, key, value)	assert_true(has(mfa, key, value))

static void
keys_say_who_asks(void **state)
{
	(void)state;
	assert_has(&no_mfa, "aws:username", "alice");
	assert_has(&no_mfa, "aws:userid", "1000");
	assert_has(&no_mfa, "pam:Groups", "users");
	assert_has(&no_mfa, "pam:Groups", "backup");
	assert_false(has(&no_mfa, "pam:Groups", "wheel"));
	access_of_alice.user = NULL;
	assert_has(&no_mfa, "aws:username", NULL);
	assert_has(&no_mfa, "aws:userid", NULL);
	assert_has(&no_mfa, "pam:Groups", NULL);
}

static void
keys_say_what_mfa_there_was(void **state)
{
	static const struct {
		enum proof_kind kind;
		const char *type;
	} kinds[] = {
		{ PROOF_NONE, NULL },
		{ PROOF_VIRTUAL, "virtual" },
		{ PROOF_HARDWARE, "hardware" },
		{ PROOF_SECURITY_KEY, "security-key" },
		{ PROOF_RECOVERY_CODE, "recovery-code" },
		{ PROOF_GRANT, "grant" },
	};
	struct access_mfa mfa = { .present = true };
	size_t i;

	(void)state;
	assert_has(&no_mfa, "aws:MultiFactorAuthPresent", NULL);
	assert_has(&no_mfa, "aws:MultiFactorAuthAge", NULL);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		mfa.kind = kinds[i].kind;
		assert_has(&mfa, "pam:MfaDeviceType", kinds[i].type);
		mfa.present = false;
		assert_has(&mfa, "pam:MfaDeviceType", NULL);
		mfa.present = true;
	}
	assert_has(&mfa, "aws:MultiFactorAuthPresent", "true");
	assert_has(&mfa, "aws:MultiFactorAuthAge", "0");
	mfa.age = 901;
	assert_has(&mfa, "aws:MultiFactorAuthAge", "901");
	assert_has(&mfa, "pam:MfaDeviceCount", "0");
	access_of_alice.device_count = 8;
	assert_has(&mfa, "pam:MfaDeviceCount", "8");
}

static void
keys_say_from_where(void **state)
{
	static const struct {
		const char *rhost;
		const char *source;
	} hosts[] = {
		{ NULL, NULL },
		{ "", NULL },
		{ "192.0.2.7", "192.0.2.7" },
		{ "2001:DB8:0::1", "2001:db8::1" },
		{ "fe80::1%eth0", "fe80::1" },
		{ "::ffff:192.0.2.7", "192.0.2.7" },
		{ "::ffff:192.0.2.7%eth0", "192.0.2.7" },
		/* No name is looked up, and no more is read into it. */
		{ "localhost", NULL },
		{ "10", NULL },
		{ "010.0.0.1", NULL },
		{ "0x7f000001", NULL },
		{ "192.0.2.7%eth0", NULL },
		{ "192.0.2.7:22", NULL },
		{ "192.0.2.7 ", NULL },
		{ " 192.0.2.7", NULL },
		{ "[2001:db8::1]", NULL },
		{ "192.0.2.7.example.org", NULL },
		{ "%", NULL },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
		    NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		access_of_alice.rhost = hosts[i].rhost;
		assert_has(&no_mfa, "aws:SourceIp", hosts[i].source);
	}
}

static void
keys_say_at_what_place(void **state)
{
	(void)state;
	assert_has(&no_mfa, "pam:Service", NULL);
	assert_has(&no_mfa, "pam:Tty", NULL);
	assert_has(&no_mfa, "pam:SessionRemote", NULL);
	access_of_alice.service = "sudo";
	access_of_alice.tty = "/dev/pts/3";
	access_of_alice.remote = true;
	assert_has(&no_mfa, "pam:Service", "sudo");
	assert_has(&no_mfa, "pam:Tty", "pts/3");
	assert_has(&no_mfa, "pam:SessionRemote", NULL);
	access_of_alice.tty = "tty1";
	access_of_alice.remote_known = true;
	assert_has(&no_mfa, "pam:Tty", "tty1");
	assert_has(&no_mfa, "pam:SessionRemote", "true");
	access_of_alice.remote = false;
	assert_has(&no_mfa, "pam:SessionRemote", "false");
}

static void
keys_say_when(void **state)
{
	(void)state;
	assert_has(&no_mfa, "aws:CurrentTime", "2026-11-22T13:50:14Z");
	assert_has(&no_mfa, "aws:EpochTime", "1795355414");
	now = 0;
	assert_has(&no_mfa, "aws:CurrentTime", "1970-01-01T00:00:00Z");
	assert_has(&no_mfa, "aws:EpochTime", "0");
}

static void
without_a_clock_nothing_is_allowed(void **state)
{
	(void)state;
	now = -1;
	assert_int_equal(check(HEAD ALLOW TAIL, &no_mfa),
	    MFA_SERVICE_FAILURE);
}

static void
groups_are_asked_for_only_where_a_statement_names_them(void **state)
{
	(void)state;
	no_groups = true;
	assert_int_equal(check(HEAD ALLOW TAIL, &no_mfa), MFA_OK);
	assert_int_equal(asked, 0);
	/* Else a denial for a group could be passed over. */
	assert_int_equal(check(HEAD ALLOW
		"},{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\","
		"\"Condition\":{\"StringEquals\":{\"PAM:groups\":\"x\"}}" TAIL,
		&no_mfa), MFA_SERVICE_FAILURE);
	assert_int_equal(asked, 1);
}

static void
a_denial_names_the_statements(void **state)
{
	(void)state;
	assert_int_equal(check(HEAD
		"{\"Sid\":\"One\",\"Effect\":\"Deny\",\"Action\":\"*\","
		"\"Resource\":\"*\"},"
		"{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\""
		TAIL, &no_mfa), MFA_ACCESS_DENIED);
	assert_string_equal(err.detail, "the policy denies iam:GetUser "
	    "(One, Statement[1]) on " ARN);
	assert_int_equal(check(HEAD
		"{\"Effect\":\"Allow\",\"Action\":\"iam:X\","
		"\"Resource\":\"*\"" TAIL, &no_mfa), MFA_ACCESS_DENIED);
	assert_string_equal(err.detail, "no statement of the policy allows "
	    "iam:GetUser on " ARN);
}

static void
arns_name_the_account_and_what_there_is(void **state)
{
	char arn[ACCESS_ARN_SIZE];

	(void)state;
	strcpy(settings.account, "123456789012");
	access_user_arn(&access_of_alice, arn);
	assert_string_equal(arn, "arn:aws:iam::123456789012:user/alice");
	access_service_arn(&access_of_alice, arn);
	assert_string_equal(arn, "arn:aws:pam::123456789012:service/-");
	access_of_alice.service = "sshd";
	access_service_arn(&access_of_alice, arn);
	assert_string_equal(arn, "arn:aws:pam::123456789012:service/sshd");
}

static void
authenticating_asks_for_the_service(void **state)
{
	_cleanup_(policy_freep) struct policy *policy = NULL;
	static const char document[] = HEAD
	    "{\"Effect\":\"Allow\",\"Action\":\"pam:Authenticate\","
	    "\"Resource\":\"arn:aws:pam::*:service/sudo\"" TAIL;

	(void)state;
	assert_int_equal(policy_parse(document, strlen(document), &policy,
			     &err), MFA_OK);
	access_of_alice.policy = policy;
	access_of_alice.service = "sudo";
	assert_int_equal(access_authenticate(&access_of_alice, &no_mfa, &err),
	    MFA_OK);
	access_of_alice.service = "sudo-i";
	assert_int_equal(access_authenticate(&access_of_alice, &no_mfa, &err),
	    MFA_ACCESS_DENIED);
	access_of_alice.service = NULL;
	assert_int_equal(access_authenticate(&access_of_alice, &no_mfa, &err),
	    MFA_ACCESS_DENIED);
}

#define test(f)	cmocka_unit_test_setup(f, set_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(keys_say_who_asks),
		test(keys_say_what_mfa_there_was),
		test(keys_say_from_where),
		test(keys_say_at_what_place),
		test(keys_say_when),
		test(without_a_clock_nothing_is_allowed),
		test(groups_are_asked_for_only_where_a_statement_names_them),
		test(a_denial_names_the_statements),
		test(arns_name_the_account_and_what_there_is),
		test(authenticating_asks_for_the_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
