#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "endpoint/operation.h"
#include "mfa/recover.h"

static void
codes_wipe(struct longcode (*codes)[RECOVER_CODES])
{
	explicit_bzero(codes, sizeof(*codes));
}

static void
given_wipe(struct recover_given *given)
{
	explicit_bzero(given, sizeof(*given));
}

static enum mfa_code
create_codes(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(codes_wipe) struct longcode codes[RECOVER_CODES] = { { "" } };
	_cleanup_(json_clear) json_t *texts = json_array();
	enum mfa_code code;
	size_t i;

	code = recover_create(call->ctx, &call->user, codes, err);
	if (code != MFA_OK)
		return code;
	for (i = 0; i < RECOVER_CODES; i++) {
		if (json_array_append_new(texts, json_string(codes[i].text)) !=
		    0)
			return answer(NULL, ret, err);
	}
	return answer(json_pack("{s:{s:s, s:O}}", "RecoveryCodes", "UserName",
			  call->user.name, "Codes", texts),
	    ret, err);
}

/* What was given out, under NAME; the log gets to know all but the code. */
static enum mfa_code
answer_given(struct operation_call *call, const char *name,
    const struct recover_given *given, json_t **ret, struct mfa_error *err)
{
	char expires[TEXT_TIME_SIZE];

	text_time(given->expires, expires);
	(void)snprintf(call->detail, sizeof(call->detail), "until %s, uses: %u",
	    expires, (unsigned)given->uses);
	return answer(json_pack("{s:{s:s, s:s, s:s, s:I}}", name, "UserName",
			  call->user.name, "Code", given->code.text,
			  "ExpirationDate", expires, "Uses",
			  (json_int_t)given->uses),
	    ret, err);
}

static int64_t
number(const struct operation_call *call, const char *name, int64_t absent)
{
	const json_t *value = json_object_get(call->params, name);

	return value != NULL ? json_integer_value(value) : absent;
}

static enum mfa_code
revoke(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	enum mfa_code code;

	if (json_object_get(call->params, "DurationSeconds") != NULL ||
	    json_object_get(call->params, "Uses") != NULL)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "a grant that is revoked has no duration and no uses");
	if ((code = recover_revoke(call->ctx, &call->user, err)) != MFA_OK)
		return code;
	strcpy(call->detail, "revoked");
	return answer(json_object(), ret, err);
}

static enum mfa_code
grant(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(given_wipe) struct recover_given given = { .uses = 0 };
	enum mfa_code code;

	if (json_is_true(json_object_get(call->params, "Revoke")))
		return revoke(call, ret, err);
	code = recover_grant(call->ctx, &call->user,
	    number(call, "DurationSeconds", RECOVER_GRANT_SECONDS),
	    number(call, "Uses", 1), &given, err);
	if (code != MFA_OK)
		return code;
	return answer_given(call, "Grant", &given, ret, err);
}

static enum mfa_code
invite(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(given_wipe) struct recover_given given = { .uses = 0 };
	enum mfa_code code;

	code = recover_invite(call->ctx, &call->user,
	    number(call, "DurationSeconds", RECOVER_INVITE_SECONDS), &given,
	    err);
	if (code != MFA_OK)
		return code;
	return answer_given(call, "Invitation", &given, ret, err);
}

static const struct param no_params[] = { { 0 } };
static const struct param grant_params[] = {
	{ "DurationSeconds", PARAM_INTEGER, false },
	{ "Uses", PARAM_INTEGER, false },
	{ "Revoke", PARAM_BOOLEAN, false },
	{ 0 },
};
static const struct param invite_params[] = {
	{ "DurationSeconds", PARAM_INTEGER, false },
	{ 0 },
};

const struct operation operations_recover[] = {
	{ "CreateRecoveryCodes", USER_OF_HOST, no_params, create_codes,
	    WHO_SELF, ON_USER },
	{ "Grant", USER_OF_HOST, grant_params, grant, WHO_ROOT, ON_NOTHING },
	{ "Invite", USER_OF_HOST, invite_params, invite, WHO_ROOT,
	    ON_NOTHING },
	{ 0 },
};
