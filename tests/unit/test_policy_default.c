#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/policy.h"

#define ACCOUNT_ARN "arn:aws:iam::000000000000:"
#define ALICE	    ACCOUNT_ARN "user/alice"
#define BOB	    ACCOUNT_ARN "user/bob"
#define SSHD	    "arn:aws:pam::000000000000:service/sshd"

static int
set_up(void **state)
{
	struct mfa_error err;

	return policy_parse(policy_default_text, strlen(policy_default_text),
	    (struct policy **)state, &err);
}

static int
tear_down(void **state)
{
	policy_freep((struct policy **)state);
	return 0;
}

/* What alice may do, with MFA of this age ("": none) and so many devices. */
static enum policy_effect
ask(const struct policy *policy, const char *action, const char *resource,
    const char *age, const char *devices)
{
	static const char *const name = "alice", *const yes = "true";
	const struct policy_key keys[] = {
		{ "aws:username", 1, &name },
		{ "pam:MfaDeviceCount", 1, &devices },
		{ "aws:MultiFactorAuthPresent", 1, &yes },
		{ "aws:MultiFactorAuthAge", 1, &age },
	};
	struct policy_request request = { action, resource,
		age[0] == '\0' ? 2 : 4, keys };
	struct policy_decision decision;

	policy_evaluate(policy, &request, &decision);
	return decision.effect;
}

static void
the_compiled_in_document_is_the_installed_one(void **state)
{
	const char *srcdir = getenv("abs_top_srcdir");
	char path[4096], text[POLICY_MAX];
	size_t len;
	FILE *file;

	(void)state;
	if (srcdir == NULL)
		skip();
	(void)snprintf(path, sizeof(path), "%s/conf/policy.json", srcdir);
	assert_non_null(file = fopen(path, "r"));
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	assert_int_equal(len, strlen(policy_default_text));
	assert_memory_equal(text, policy_default_text, len);
}

static void
a_sign_in_needs_a_fresh_proof(void **state)
{
	static const char action[] = "pam:Authenticate";

	assert_int_equal(ask(*state, action, SSHD, "0", "1"), POLICY_ALLOWED);
	assert_int_equal(ask(*state, action, SSHD, "1", "1"),
	    POLICY_IMPLICIT_DENY);
	assert_int_equal(ask(*state, action, SSHD, "", "1"),
	    POLICY_IMPLICIT_DENY);
	assert_int_equal(ask(*state, action, SSHD, "", "0"),
	    POLICY_IMPLICIT_DENY);
}

/* What one may do, on oneself: with MFA, without it, at the first device. */
static const struct {
	const char *action;
	enum policy_effect with, without, first;
} own[] = {
	{ "iam:DeactivateMFADevice", POLICY_ALLOWED, POLICY_EXPLICIT_DENY,
	    POLICY_EXPLICIT_DENY },
	{ "iam:EnableMFADevice", POLICY_ALLOWED, POLICY_EXPLICIT_DENY,
	    POLICY_ALLOWED },
	{ "iam:GetMFADevice", POLICY_ALLOWED, POLICY_EXPLICIT_DENY,
	    POLICY_EXPLICIT_DENY },
	{ "iam:GetUser", POLICY_ALLOWED, POLICY_ALLOWED, POLICY_ALLOWED },
	{ "iam:ListMFADevices", POLICY_ALLOWED, POLICY_ALLOWED,
	    POLICY_ALLOWED },
	{ "iam:ListMFADeviceTags", POLICY_ALLOWED, POLICY_EXPLICIT_DENY,
	    POLICY_EXPLICIT_DENY },
	{ "iam:ResyncMFADevice", POLICY_ALLOWED, POLICY_ALLOWED,
	    POLICY_ALLOWED },
	{ "iam:TagMFADevice", POLICY_ALLOWED, POLICY_EXPLICIT_DENY,
	    POLICY_EXPLICIT_DENY },
	{ "iam:UntagMFADevice", POLICY_ALLOWED, POLICY_EXPLICIT_DENY,
	    POLICY_EXPLICIT_DENY },
	{ "iam:CreateRecoveryCodes", POLICY_ALLOWED, POLICY_EXPLICIT_DENY,
	    POLICY_EXPLICIT_DENY },
	{ "sts:GetSessionToken", POLICY_ALLOWED, POLICY_ALLOWED,
	    POLICY_ALLOWED },
	/* Of virtual devices, and so not on the user's ARN. */
	{ "iam:CreateVirtualMFADevice", POLICY_IMPLICIT_DENY,
	    POLICY_EXPLICIT_DENY, POLICY_EXPLICIT_DENY },
	/* No operation, and so nobody's. */
	{ "iam:DeleteUser", POLICY_IMPLICIT_DENY, POLICY_EXPLICIT_DENY,
	    POLICY_EXPLICIT_DENY },
};

static void
people_manage_their_own_devices_and_most_of_it_needs_mfa(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		print_message("# %s\n", own[i].action);
		assert_int_equal(ask(*state, own[i].action, ALICE, "60", "1"),
		    own[i].with);
		assert_int_equal(ask(*state, own[i].action, ALICE, "", "1"),
		    own[i].without);
		assert_int_equal(ask(*state, own[i].action, ALICE, "", "0"),
		    own[i].first);
	}
}

static void
nothing_is_allowed_on_someone_else(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		assert_int_equal(ask(*state, own[i].action, BOB, "0", "1"),
		    POLICY_IMPLICIT_DENY);
}

static void
virtual_devices_are_made_under_the_own_path(void **state)
{
	static const char *const actions[] = { "iam:CreateVirtualMFADevice",
		"iam:DeleteVirtualMFADevice", "iam:ListVirtualMFADevices" };
	size_t i;

	for (i = 0; i < 3; i++) {
		assert_int_equal(ask(*state, actions[i],
				     ACCOUNT_ARN "mfa/alice/phone", "", "0"),
		    POLICY_ALLOWED);
		assert_int_equal(ask(*state, actions[i],
				     ACCOUNT_ARN "mfa/bob/phone", "0", "1"),
		    POLICY_IMPLICIT_DENY);
		assert_int_equal(ask(*state, actions[i],
				     ACCOUNT_ARN "mfa/phone", "0", "1"),
		    POLICY_IMPLICIT_DENY);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_compiled_in_document_is_the_installed_one),
		cmocka_unit_test(a_sign_in_needs_a_fresh_proof),
		cmocka_unit_test(
		    people_manage_their_own_devices_and_most_of_it_needs_mfa),
		cmocka_unit_test(nothing_is_allowed_on_someone_else),
		cmocka_unit_test(virtual_devices_are_made_under_the_own_path),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
