#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/statement.h"

#define LETTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

size_t
list_size(const json_t *json)
{
	return json_is_array(json) ? json_array_size(json) : 1;
}

const json_t *
list_enter(struct reader *reader, const json_t *json, size_t index)
{
	if (!json_is_array(json))
		return json;
	(void)reader_enter_index(reader, index);
	return json_array_get(json, index);
}

static enum mfa_code
read_sid(struct reader *reader, const json_t *json,
    struct statement *statement)
{
	const char *sid = json_string_value(json);

	if (sid == NULL || strspn(sid, LETTERS DIGITS) != strlen(sid))
		return reader_refuse(reader,
		    "a Sid has letters A to Z, a to z and digits only");
	if (sid[0] == '\0')
		return MFA_OK;
	statement->has_sid = true;
	free(statement->name);
	if ((statement->name = strdup(sid)) == NULL)
		return reader_no_memory(reader);
	return MFA_OK;
}

static enum mfa_code
read_effect(struct reader *reader, const json_t *json,
    struct statement *statement)
{
	const char *effect = json_string_value(json);

	if (effect == NULL ||
	    (strcmp(effect, "Allow") != 0 && strcmp(effect, "Deny") != 0))
		return reader_refuse(reader, "not \"Allow\" and not \"Deny\"");
	statement->allow = effect[0] == 'A';
	return MFA_OK;
}

/* "*", or a service's name, a colon, and a name in which wildcards may be. */
static enum mfa_code
read_action(struct reader *reader, const char *text, struct pattern *ret)
{
	size_t service = strspn(text, LETTERS DIGITS "-");
	const char *name = text + service + 1;

	if (strcmp(text, "*") != 0 &&
	    (service == 0 || text[service] != ':' || name[0] == '\0' ||
		strspn(name, LETTERS DIGITS "*?") != strlen(name)))
		return reader_refuse(reader,
		    "\"%.40s\" is not an action like \"iam:ListMFADevices\"",
		    text);
	return pattern_read(reader, text, strlen(text), true, ret);
}

/* "*", or an ARN. */
static enum mfa_code
read_resource(struct reader *reader, const char *text, struct pattern *ret)
{
	struct arn_part ignored[ARN_PARTS];

	if (strcmp(text, "*") != 0 && !arn_split(text, true, ignored))
		return reader_refuse(reader,
		    "\"%.40s\" is not an ARN, and not \"*\"", text);
	return pattern_read(reader, text, strlen(text), true, ret);
}

static enum mfa_code
read_patterns(struct reader *reader, const json_t *json,
    enum mfa_code (*read)(struct reader *, const char *, struct pattern *),
    struct patterns *ret)
{
	size_t i, back, count = list_size(json);
	enum mfa_code code;
	const char *text;

	if (count == 0)
		return reader_refuse(reader, "an empty list");
	if ((ret->list = calloc(count, sizeof(*ret->list))) == NULL)
		return reader_no_memory(reader);
	ret->count = count;
	for (i = 0; i < count; i++) {
		back = reader->len;
		text = json_string_value(list_enter(reader, json, i));
		if (text == NULL)
			return reader_refuse(reader, "not a string");
		if ((code = read(reader, text, &ret->list[i])) != MFA_OK)
			return code;
		reader_leave(reader, back);
	}
	return MFA_OK;
}

static enum mfa_code
read_actions(struct reader *reader, const json_t *json,
    struct statement *statement)
{
	return read_patterns(reader, json, read_action, &statement->actions);
}

static enum mfa_code
read_not_actions(struct reader *reader, const json_t *json,
    struct statement *statement)
{
	statement->not_action = true;
	return read_actions(reader, json, statement);
}

static enum mfa_code
read_resources(struct reader *reader, const json_t *json,
    struct statement *statement)
{
	return read_patterns(reader, json, read_resource,
	    &statement->resources);
}

static enum mfa_code
read_not_resources(struct reader *reader, const json_t *json,
    struct statement *statement)
{
	statement->not_resource = true;
	return read_resources(reader, json, statement);
}

static const struct element {
	const char *name;
	enum mfa_code (*read)(struct reader *reader, const json_t *json,
	    struct statement *statement);
	const char *instead; /* one that can't be there too */
} elements[] = {
	{ "Sid", read_sid, NULL },
	{ "Effect", read_effect, NULL },
	{ "Action", read_actions, "NotAction" },
	{ "NotAction", read_not_actions, "Action" },
	{ "Resource", read_resources, "NotResource" },
	{ "NotResource", read_not_resources, "Resource" },
	{ "Condition", conditions_read, NULL },
};

static const struct element *
find_element(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		if (strcmp(elements[i].name, name) == 0)
			return &elements[i];
	}
	return NULL;
}

static enum mfa_code
read_element(struct reader *reader, const json_t *json, const char *name,
    struct statement *statement)
{
	const struct element *element = find_element(name);
	size_t back = reader_enter(reader, name);
	enum mfa_code code;

	if (element == NULL)
		return reader_refuse(reader,
		    "a statement has no element of this name");
	if (element->instead != NULL &&
	    json_object_get(json, element->instead) != NULL)
		return reader_refuse(reader, "there is %s too",
		    element->instead);
	code = element->read(reader, json_object_get(json, name), statement);
	if (code == MFA_OK)
		reader_leave(reader, back);
	return code;
}

static enum mfa_code
check_complete(struct reader *reader, const json_t *json,
    const struct statement *statement)
{
	if (json_object_get(json, "Effect") == NULL)
		return reader_refuse(reader, "there is no Effect");
	if (statement->actions.count == 0)
		return reader_refuse(reader,
		    "there is no Action and no NotAction");
	if (statement->resources.count == 0)
		return reader_refuse(reader,
		    "there is no Resource and no NotResource");
	return MFA_OK;
}

enum mfa_code
statement_read(struct reader *reader, const json_t *json, size_t index,
    struct statement *statement)
{
	enum mfa_code code;
	const char *name;
	json_t *ignored;

	if (!json_is_object(json))
		return reader_refuse(reader, "not an object");
	if (asprintf(&statement->name, "Statement[%zu]", index) == -1) {
		statement->name = NULL;
		return reader_no_memory(reader);
	}
	json_object_foreach ((json_t *)json, name, ignored) {
		code = read_element(reader, json, name, statement);
		if (code != MFA_OK)
			return code;
	}
	return check_complete(reader, json, statement);
}

void
statement_clear(struct statement *statement)
{
	free(statement->name);
	patterns_clear(&statement->actions);
	patterns_clear(&statement->resources);
	conditions_clear(statement);
	*statement = (struct statement){ 0 };
}

static bool
has_match(const struct patterns *patterns, bool ignore_case,
    const struct policy_request *request, const char *text)
{
	size_t i, len = strlen(text);

	for (i = 0; i < patterns->count; i++) {
		if (pattern_matches(&patterns->list[i], ignore_case, request,
			text, len))
			return true;
	}
	return false;
}

bool
statement_applies(const struct statement *statement,
    const struct policy_request *request)
{
	size_t i;

	if (has_match(&statement->actions, true, request, request->action) ==
	    statement->not_action)
		return false;
	if (has_match(&statement->resources, false, request,
		request->resource) == statement->not_resource)
		return false;
	for (i = 0; i < statement->count; i++) {
		if (!condition_holds(&statement->conditions[i], request))
			return false;
	}
	return true;
}
