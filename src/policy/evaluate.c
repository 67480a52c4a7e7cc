#include "policy/keys.h"
#include "policy/statement.h"

/* The statements that apply, and allow or deny. */
static size_t
collect(const struct policy *policy, bool allow,
    const struct policy_request *request, struct policy_decision *ret)
{
	size_t i, count = 0;

	for (i = 0; i < policy->count; i++) {
		if (policy->statements[i].allow == allow &&
		    statement_applies(&policy->statements[i], request))
			ret->statements[count++] = (unsigned)i;
	}
	return count;
}

void
policy_evaluate(const struct policy *policy,
    const struct policy_request *request, struct policy_decision *ret)
{
	ret->effect = POLICY_EXPLICIT_DENY;
	ret->count = collect(policy, false, request, ret);
	if (ret->count > 0)
		return;
	ret->count = collect(policy, true, request, ret);
	ret->effect = ret->count > 0 ? POLICY_ALLOWED : POLICY_IMPLICIT_DENY;
}

bool
policy_has_key(const struct policy *policy, const char *name)
{
	const struct statement *statement;
	size_t i, j;

	for (i = 0; i < policy->count; i++) {
		statement = &policy->statements[i];
		for (j = 0; j < statement->count; j++) {
			if (keys_are_one(statement->conditions[j].key, name))
				return true;
		}
	}
	return false;
}

const char *
policy_effect_name(enum policy_effect effect)
{
	switch (effect) {
	case POLICY_IMPLICIT_DENY:
		return "implicitDeny";
	case POLICY_ALLOWED:
		return "allowed";
	case POLICY_EXPLICIT_DENY:
		break;
	}
	return "explicitDeny";
}

const char *
policy_statement_name(const struct policy *policy, unsigned statement)
{
	return policy->statements[statement].name;
}
