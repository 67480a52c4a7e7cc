#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policy/statement.h"

#define VERSION "2012-10-17"

static void
json_freep(json_t **json)
{
	json_decref(*json);
}

void
policy_freep(struct policy **policy)
{
	struct policy *old;

	if (policy == NULL || (old = steal(policy)) == NULL)
		return;
	while (old->count > 0)
		statement_clear(&old->statements[--old->count]);
	free(old->statements);
	free(old);
}

static enum mfa_code
load(const char *text, size_t len, json_t **ret, struct mfa_error *err)
{
	char why[JSON_ERROR_TEXT_LENGTH];
	json_error_t error;

	if (len > POLICY_MAX)
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
		    "larger than %d octets", POLICY_MAX);
	*ret = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (*ret != NULL)
		return MFA_OK;
	if (json_error_code(&error) == json_error_out_of_memory)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "policy document: no memory");
	text_sanitise(why, sizeof(why), error.text);
	return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
	    "line %d, column %d: %.180s", error.line, error.column, why);
}

/* Version and Id; that nothing else is there but Statement. */
static enum mfa_code
check_elements(struct reader *reader, const json_t *json)
{
	const char *name, *version = NULL;
	json_t *value;
	size_t back;

	json_object_foreach ((json_t *)json, name, value) {
		back = reader_enter(reader, name);
		if (strcmp(name, "Version") == 0) {
			version = json_string_value(value);
			if (version == NULL || strcmp(version, VERSION) != 0)
				return reader_refuse(reader,
				    "not \"" VERSION "\"");
		} else if (strcmp(name, "Id") == 0) {
			if (!json_is_string(value))
				return reader_refuse(reader, "not a string");
		} else if (strcmp(name, "Statement") != 0) {
			return reader_refuse(reader,
			    "a document has no element of this name");
		}
		reader_leave(reader, back);
	}
	if (version == NULL)
		return reader_refuse(reader, "there is no Version");
	return MFA_OK;
}

/* Is the Sid of the last statement that of one before it? */
static bool
is_repeated(const struct policy *policy)
{
	const struct statement *last = &policy->statements[policy->count - 1];
	size_t i;

	for (i = 0; last->has_sid && i + 1 < policy->count; i++) {
		if (policy->statements[i].has_sid &&
		    strcmp(policy->statements[i].name, last->name) == 0)
			return true;
	}
	return false;
}

static enum mfa_code
read_statements(struct reader *reader, const json_t *json,
    struct policy *policy)
{
	size_t i, back, count = list_size(json);
	enum mfa_code code;
	const json_t *one;

	if (count == 0 || count > POLICY_STATEMENTS_MAX)
		return reader_refuse(reader, "there are 1 to %d statements",
		    POLICY_STATEMENTS_MAX);
	policy->statements = calloc(count, sizeof(*policy->statements));
	if (policy->statements == NULL)
		return reader_no_memory(reader);
	for (i = 0; i < count; i++) {
		back = reader->len;
		one = list_enter(reader, json, i);
		code = statement_read(reader, one, i,
		    &policy->statements[policy->count++]);
		if (code != MFA_OK)
			return code;
		if (is_repeated(policy)) {
			(void)reader_enter(reader, "Sid");
			return reader_refuse(reader,
			    "the Sid of a statement before it");
		}
		reader_leave(reader, back);
	}
	return MFA_OK;
}

static enum mfa_code
read_document(struct reader *reader, const json_t *json,
    struct policy *policy)
{
	const json_t *statements;
	enum mfa_code code;

	if (!json_is_object(json))
		return reader_refuse(reader, "not an object");
	if ((code = check_elements(reader, json)) != MFA_OK)
		return code;
	if ((statements = json_object_get(json, "Statement")) == NULL)
		return reader_refuse(reader, "there is no Statement");
	(void)reader_enter(reader, "Statement");
	return read_statements(reader, statements, policy);
}

enum mfa_code
policy_parse(const char *text, size_t len, struct policy **ret,
    struct mfa_error *err)
{
	_cleanup_(policy_freep) struct policy *policy = NULL;
	_cleanup_(json_freep) json_t *json = NULL;
	struct reader reader = { .err = err };
	enum mfa_code code;

	if ((code = load(text, len, &json, err)) != MFA_OK)
		return code;
	if ((policy = calloc(1, sizeof(*policy))) == NULL)
		return reader_no_memory(&reader);
	if ((code = read_document(&reader, json, policy)) != MFA_OK)
		return code;
	*ret = steal(&policy);
	return MFA_OK;
}
