#include <stdio.h>
#include <string.h>

#include "mfa/access_keys.h"

static void
set_arn(const struct access *access, const char *service, const char *kind,
    const char *name, char ret[static ACCESS_ARN_SIZE])
{
	if (name == NULL || name[0] == '\0')
		name = "-";
	(void)snprintf(ret, ACCESS_ARN_SIZE, "arn:aws:%s::%s:%s/%s", service,
	    access->settings->account, kind, name);
}

void
access_user_arn(const struct access *access, char ret[static ACCESS_ARN_SIZE])
{
	set_arn(access, "iam", "user",
	    access->user != NULL ? access->user->name : NULL, ret);
}

void
access_service_arn(const struct access *access,
    char ret[static ACCESS_ARN_SIZE])
{
	set_arn(access, "pam", "service", access->service, ret);
}

/* The statements that denied, as far as there is room for their names. */
static void
name_statements(const struct policy *policy,
    const struct policy_decision *decision, char *ret, size_t size)
{
	size_t i, len = 0;
	int n;

	ret[0] = '\0';
	for (i = 0; i < decision->count && len < size; i++) {
		n = snprintf(ret + len, size - len, "%s%s", i > 0 ? ", " : "",
		    policy_statement_name(policy, decision->statements[i]));
		len += n > 0 ? (size_t)n : 0;
	}
}

static enum mfa_code
deny(const struct policy *policy, const struct policy_request *request,
    const struct policy_decision *decision, struct mfa_error *err)
{
	char names[MFA_DETAIL_SIZE / 2];

	if (decision->effect == POLICY_IMPLICIT_DENY)
		return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
		    "no statement of the policy allows %s on %s",
		    request->action, request->resource);
	name_statements(policy, decision, names, sizeof(names));
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0,
	    "the policy denies %s (%s) on %s", request->action, names,
	    request->resource);
}

enum mfa_code
access_check(const struct access *access, const char *action,
    const char *resource, const struct access_mfa *mfa,
    struct policy_decision *ret_decision, struct mfa_error *err)
{
	_cleanup_(access_keys_clear) struct access_keys keys = { 0 };
	struct policy_request request = { .action = action,
		.resource = resource };
	struct policy_decision decision;
	enum mfa_code code;

	code = access_keys_set(&keys, access, mfa, false, err);
	if (code != MFA_OK)
		return code;
	request.key_count = keys.count;
	request.keys = keys.keys;
	policy_evaluate(access->policy, &request, &decision);
	if (ret_decision != NULL)
		*ret_decision = decision;
	if (decision.effect == POLICY_ALLOWED)
		return MFA_OK;
	return deny(access->policy, &request, &decision, err);
}

enum mfa_code
access_authenticate(const struct access *access, const struct access_mfa *mfa,
    struct mfa_error *err)
{
	char arn[ACCESS_ARN_SIZE];

	access_service_arn(access, arn);
	return access_check(access, "pam:Authenticate", arn, mfa, NULL, err);
}
