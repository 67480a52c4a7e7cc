#include <stdlib.h>
#include <string.h>

#include "policy/document.h"
#include "policy/keys.h"

#define VALUE_SIZE 4096 /* octets of a value, with its NUL */
#define KEYS_MAX   64	/* of an operator */

void
conditions_clear(struct statement *statement)
{
	struct condition *condition;

	while (statement->count > 0) {
		condition = &statement->conditions[--statement->count];
		while (condition->count > 0)
			value_clear(&condition->values[--condition->count]);
		free(condition->values);
		free(condition->key);
	}
	free(statement->conditions);
	statement->conditions = NULL;
}

/* "ForAnyValue:StringLikeIfExists": operator, quantifier and all. */
static enum mfa_code
read_operator(struct reader *reader, const char *name,
    struct condition *condition)
{
	static const char any[] = "ForAnyValue:", all[] = "ForAllValues:",
			  if_exists[] = "IfExists";
	const char *plain = name;
	size_t len;

	if (strncmp(name, any, sizeof(any) - 1) == 0) {
		condition->quantifier = QUANTIFIER_ANY;
		plain += sizeof(any) - 1;
	} else if (strncmp(name, all, sizeof(all) - 1) == 0) {
		condition->quantifier = QUANTIFIER_ALL;
		plain += sizeof(all) - 1;
	}
	len = strlen(plain);
	if (len > sizeof(if_exists) - 1 &&
	    strcmp(plain + len - (sizeof(if_exists) - 1), if_exists) == 0) {
		condition->if_exists = true;
		len -= sizeof(if_exists) - 1;
	}
	condition->op = operator_find(plain, len);
	if (condition->op == NULL)
		return reader_refuse(reader, "there is no operator \"%.60s\"",
		    name);
	if (condition->op->matches == NULL &&
	    strcmp(name, condition->op->name) != 0)
		return reader_refuse(reader,
		    "Null has no ForAnyValue, ForAllValues or IfExists");
	return MFA_OK;
}

/* The text of a value; true, false and numbers may stand without quotes. */
static enum mfa_code
read_text(struct reader *reader, const json_t *json,
    char ret[static VALUE_SIZE])
{
	size_t len;

	if (json_is_string(json)) {
		len = json_string_length(json);
		if (len >= VALUE_SIZE)
			return reader_refuse(reader, "longer than %d octets",
			    VALUE_SIZE - 1);
		memcpy(ret, json_string_value(json), len + 1);
		return MFA_OK;
	}
	if (!json_is_boolean(json) && !json_is_number(json))
		return reader_refuse(reader,
		    "not a string, a number, true or false");
	len = json_dumpb(json, ret, VALUE_SIZE - 1,
	    JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	if (len == 0 || len >= VALUE_SIZE)
		return reader_no_memory(reader);
	ret[len] = '\0';
	return MFA_OK;
}

static enum mfa_code
read_values(struct reader *reader, const json_t *json,
    struct condition *condition)
{
	size_t i, back, count = list_size(json);
	char text[VALUE_SIZE];
	enum mfa_code code;
	const json_t *one;

	if (count == 0)
		return reader_refuse(reader, "a list without values");
	condition->values = calloc(count, sizeof(*condition->values));
	if (condition->values == NULL)
		return reader_no_memory(reader);
	condition->count = count;
	for (i = 0; i < count; i++) {
		back = reader->len;
		one = list_enter(reader, json, i);
		if ((code = read_text(reader, one, text)) != MFA_OK)
			return code;
		code = condition->op->read(condition->op, reader, text,
		    &condition->values[i]);
		if (code != MFA_OK)
			return code;
		reader_leave(reader, back);
	}
	return MFA_OK;
}

/* JSON's members differ; names of keys may be one without regard to case. */
static bool
is_twice(const json_t *keys, const char *name)
{
	const char *other;
	json_t *value;

	json_object_foreach ((json_t *)keys, other, value) {
		if (strcmp(other, name) == 0)
			return false;
		if (keys_are_one(other, name))
			return true;
	}
	return false;
}

static enum mfa_code
read_keys(struct reader *reader, const char *operation, const json_t *keys,
    struct statement *statement)
{
	struct condition *condition;
	enum mfa_code code;
	const char *name;
	json_t *values;
	size_t back;

	json_object_foreach ((json_t *)keys, name, values) {
		back = reader_enter(reader, name);
		if (is_twice(keys, name))
			return reader_refuse(reader,
			    "the same key as one before it");
		if ((code = key_check(reader, name, false)) != MFA_OK)
			return code;
		condition = &statement->conditions[statement->count++];
		if ((condition->key = strdup(name)) == NULL)
			return reader_no_memory(reader);
		if ((code = read_operator(reader, operation, condition)) !=
		    MFA_OK)
			return code;
		if ((code = read_values(reader, values, condition)) != MFA_OK)
			return code;
		reader_leave(reader, back);
	}
	return MFA_OK;
}

/* How many there are of an operator and a key; the shapes are right then. */
static enum mfa_code
count_conditions(struct reader *reader, const json_t *json, size_t *ret)
{
	struct condition ignored = { 0 };
	enum mfa_code code;
	const char *name;
	size_t back, count = 0;
	json_t *keys;

	if (json_object_size(json) == 0)
		return reader_refuse(reader, "not an object with operators");
	json_object_foreach ((json_t *)json, name, keys) {
		back = reader_enter(reader, name);
		code = read_operator(reader, name, &ignored);
		if (code != MFA_OK)
			return code;
		if (json_object_size(keys) == 0 ||
		    json_object_size(keys) > KEYS_MAX)
			return reader_refuse(reader,
			    "not an object with 1 to %d condition keys",
			    KEYS_MAX);
		count += json_object_size(keys);
		reader_leave(reader, back);
	}
	*ret = count;
	return MFA_OK;
}

enum mfa_code
conditions_read(struct reader *reader, const json_t *json,
    struct statement *statement)
{
	enum mfa_code code;
	const char *name;
	json_t *keys;
	size_t count, back;

	if ((code = count_conditions(reader, json, &count)) != MFA_OK)
		return code;
	statement->conditions = calloc(count, sizeof(*statement->conditions));
	if (statement->conditions == NULL)
		return reader_no_memory(reader);
	json_object_foreach ((json_t *)json, name, keys) {
		back = reader_enter(reader, name);
		code = read_keys(reader, name, keys, statement);
		if (code != MFA_OK)
			return code;
		reader_leave(reader, back);
	}
	return MFA_OK;
}

/* Does TEXT, of a request, match one of the values? */
static bool
is_matched(const struct condition *condition,
    const struct policy_request *request, const char *text)
{
	size_t i;

	for (i = 0; i < condition->count; i++) {
		if (condition->op->matches(condition->op, &condition->values[i],
			request, text))
			return true;
	}
	return false;
}

static bool
is_null(const struct condition *condition, bool absent)
{
	size_t i;

	for (i = 0; i < condition->count; i++) {
		if (condition->values[i].truth == absent)
			return true;
	}
	return false;
}

/* With the key in the request, COUNT values of it matched. */
static bool
is_enough(const struct condition *condition, size_t matched, size_t count)
{
	bool negated = condition->op->negated;
	size_t held = negated ? count - matched : matched;

	switch (condition->quantifier) {
	case QUANTIFIER_NONE:
		return negated ? matched == 0 : matched > 0;
	case QUANTIFIER_ANY:
		return held > 0;
	case QUANTIFIER_ALL:
		break;
	}
	return held == count;
}

bool
condition_holds(const struct condition *condition,
    const struct policy_request *request)
{
	const struct policy_key *key = key_find(request, condition->key);
	size_t i, matched = 0;

	if (condition->op->matches == NULL)
		return is_null(condition, key == NULL);
	if (key == NULL && condition->quantifier == QUANTIFIER_NONE)
		return condition->if_exists || condition->op->negated;
	if (key == NULL)
		return condition->if_exists ||
		    condition->quantifier == QUANTIFIER_ALL;
	for (i = 0; i < key->count; i++)
		matched += is_matched(condition, request, key->values[i]);
	return is_enough(condition, matched, key->count);
}
