#include <stdio.h>
#include <string.h>

#include "endpoint/operation.h"
#include "mfa/access_keys.h"
#include "policy/keys.h"
#include "store/store.h"

#define ENTRIES_MAX 64 /* of ContextEntries, and values of them */

/* A question that nobody has asked, and its condition keys. */
struct simulation {
	const struct policy *policy;
	struct device_list devices;
	struct access access;
	struct access_keys found; /* what holds of the user now */
	struct policy_key keys[ACCESS_KEYS_MAX + ENTRIES_MAX];
	const char *values[ENTRIES_MAX];
	size_t value_count;
	char resource[ACCESS_ARN_SIZE];
	struct policy_request request;
};

static void
simulation_clear(struct simulation *simulation)
{
	device_list_clear(&simulation->devices);
	access_keys_clear(&simulation->found);
}

/* {"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["10.1.2.3"]} */
static bool
is_entry(const json_t *entry)
{
	const json_t *values = json_object_get(entry, "ContextKeyValues");
	const char *name = json_string_value(
	    json_object_get(entry, "ContextKeyName"));
	const json_t *value;
	size_t i;

	if (json_object_size(entry) != 2 || name == NULL ||
	    !policy_is_key(name) || !json_is_array(values))
		return false;
	json_array_foreach (values, i, value) {
		if (!json_is_string(value))
			return false;
	}
	return true;
}

/* Is NAME among the first COUNT keys? */
static bool
is_given(const struct simulation *simulation, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (keys_are_one(simulation->keys[i].name, name))
			return true;
	}
	return false;
}

static enum mfa_code
add_entry(struct simulation *simulation, const json_t *entry,
    struct mfa_error *err)
{
	const json_t *values = json_object_get(entry, "ContextKeyValues");
	struct policy_key *key =
	    &simulation->keys[simulation->request.key_count];
	size_t i;

	if (json_array_size(values) > ENTRIES_MAX - simulation->value_count)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "ContextEntries has more than %d values", ENTRIES_MAX);
	key->name = json_string_value(json_object_get(entry, "ContextKeyName"));
	if (is_given(simulation, simulation->request.key_count, key->name))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "ContextEntries has %.64s twice", key->name);
	key->count = json_array_size(values);
	key->values = &simulation->values[simulation->value_count];
	for (i = 0; i < key->count; i++)
		simulation->values[simulation->value_count++] =
		    json_string_value(json_array_get(values, i));
	simulation->request.key_count++;
	return MFA_OK;
}

static enum mfa_code
add_entries(struct simulation *simulation, const json_t *entries,
    struct mfa_error *err)
{
	const json_t *entry;
	enum mfa_code code;
	size_t i;

	if (json_array_size(entries) > ENTRIES_MAX)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "ContextEntries has more than %d keys", ENTRIES_MAX);
	json_array_foreach (entries, i, entry) {
		if (!is_entry(entry))
			return mfa_error_set(err, MFA_INVALID_INPUT, 0,
			    "ContextEntries/%zu is not a condition key with "
			    "values",
			    i);
		if ((code = add_entry(simulation, entry, err)) != MFA_OK)
			return code;
	}
	return MFA_OK;
}

/* What holds of the user, where nothing else was given. */
static void
add_found(struct simulation *simulation)
{
	struct policy_request *request = &simulation->request;
	size_t i, given = request->key_count;

	for (i = 0; i < simulation->found.count; i++) {
		if (!is_given(simulation, given,
			simulation->found.keys[i].name))
			simulation->keys[request->key_count++] =
			    simulation->found.keys[i];
	}
}

static enum mfa_code
find_user_keys(struct simulation *simulation, struct operation_call *call,
    struct mfa_error *err)
{
	static const struct access_mfa none = { .present = false };
	enum mfa_code code;

	code = store_load(call->ctx->store, &call->user, &simulation->devices,
	    err);
	if (code != MFA_OK && code != MFA_NOT_ENROLLED)
		return code;
	code = endpoint_policy(call->session->endpoint, &simulation->policy,
	    err);
	if (code != MFA_OK)
		return code;
	simulation->access = (struct access){
		.policy = simulation->policy,
		.settings = call->ctx->settings,
		.world = call->ctx->world,
		.user = &call->user,
		.device_count = simulation->devices.count,
	};
	return access_keys_set(&simulation->found, &simulation->access, &none,
	    false, err);
}

/* The resource that the endpoint would ask about. */
static void
name_resource(struct simulation *simulation, const char *action)
{
	const struct policy_key *service = key_find(&simulation->request,
	    "pam:Service");
	const char *colon = strchr(action, ':');
	const struct operation *op = operation_find(
	    colon != NULL ? colon + 1 : "");
	char *ret = simulation->resource;

	simulation->access.service = service != NULL ? service->values[0]
						     : NULL;
	if (strncasecmp(action, "pam:", 4) == 0)
		access_service_arn(&simulation->access, ret);
	else if (op == NULL || op->on == ON_USER || op->on == ON_NOTHING)
		access_user_arn(&simulation->access, ret);
	else
		(void)snprintf(ret, ACCESS_ARN_SIZE, "arn:aws:iam::%s:mfa/%s/",
		    simulation->access.settings->account,
		    simulation->access.user->name);
}

static json_t *
describe(const struct simulation *simulation, const char *document,
    const struct policy_decision *decision)
{
	json_t *matched = json_array();
	size_t i;

	for (i = 0; i < decision->count; i++)
		(void)json_array_append_new(matched,
		    json_pack("{s:s, s:s}", "SourcePolicyId", document,
			"StatementId",
			policy_statement_name(simulation->policy,
			    decision->statements[i])));
	return json_pack("{s:[{s:s, s:s, s:s, s:o}]}", "EvaluationResults",
	    "EvalActionName", simulation->request.action, "EvalResourceName",
	    simulation->request.resource, "EvalDecision",
	    policy_effect_name(decision->effect), "MatchedStatements", matched);
}

static enum mfa_code
simulate(struct operation_call *call, json_t **ret, struct mfa_error *err)
{
	_cleanup_(simulation_clear) struct simulation simulation = { 0 };
	const struct endpoint *endpoint = call->session->endpoint;
	const char *resource = param_string(call, "ResourceArn");
	struct policy_decision decision;
	enum mfa_code code;

	simulation.request = (struct policy_request){
		.action = param_string(call, "ActionName"),
		.keys = simulation.keys,
	};
	code = add_entries(&simulation,
	    json_object_get(call->params, "ContextEntries"), err);
	if (code != MFA_OK)
		return code;
	if ((code = find_user_keys(&simulation, call, err)) != MFA_OK)
		return code;
	add_found(&simulation);
	name_resource(&simulation, simulation.request.action);
	simulation.request.resource = resource != NULL ? resource
						       : simulation.resource;
	policy_evaluate(simulation.policy, &simulation.request, &decision);
	return answer(describe(&simulation,
			  endpoint->policy_seen.st_nlink > 0
			      ? endpoint->policy_path
			      : "default",
			  &decision),
	    ret, err);
}

static const struct param simulate_params[] = {
	{ "ActionName", PARAM_STRING, true },
	{ "ResourceArn", PARAM_STRING, false },
	{ "ContextEntries", PARAM_LIST, false },
	{ 0 },
};

const struct operation operations_policy[] = {
	{ "SimulatePolicy", USER_OF_HOST, simulate_params, simulate, WHO_ROOT,
	    ON_NOTHING },
	{ 0 },
};
