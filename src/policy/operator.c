#include <stdlib.h>
#include <string.h>

#include "policy/operator.h"

static enum mfa_code
read_string(const struct operator *op, struct reader *reader,
    const char *text, struct value *ret)
{
	ret->patterns.list = calloc(1, sizeof(*ret->patterns.list));
	if (ret->patterns.list == NULL)
		return reader_no_memory(reader);
	ret->patterns.count = 1;
	return pattern_read(reader, text, strlen(text), op->wild,
	    &ret->patterns.list[0]);
}

static bool
string_matches(const struct operator *op, const struct value *value,
    const struct policy_request *request, const char *text)
{
	return pattern_matches(&value->patterns.list[0], op->ignore_case,
	    request, text, strlen(text));
}

static enum mfa_code
read_arn(const struct operator *op, struct reader *reader,
    const char *text, struct value *ret)
{
	struct arn_part parts[ARN_PARTS];
	enum mfa_code code = MFA_OK;
	size_t i;

	if (!arn_split(text, true, parts))
		return reader_refuse(reader, "not an ARN, which has six parts");
	ret->patterns.list = calloc(ARN_PARTS, sizeof(*ret->patterns.list));
	if (ret->patterns.list == NULL)
		return reader_no_memory(reader);
	ret->patterns.count = ARN_PARTS;
	for (i = 0; i < ARN_PARTS && code == MFA_OK; i++)
		code = pattern_read(reader, parts[i].text, parts[i].len,
		    op->wild, &ret->patterns.list[i]);
	return code;
}

static bool
arn_matches(const struct operator *op, const struct value *value,
    const struct policy_request *request, const char *text)
{
	struct arn_part parts[ARN_PARTS];
	size_t i;

	if (!arn_split(text, false, parts))
		return false;
	for (i = 0; i < ARN_PARTS; i++) {
		if (!pattern_matches(&value->patterns.list[i], op->ignore_case,
			request, parts[i].text, parts[i].len))
			return false;
	}
	return true;
}

static bool
is_related(const struct operator *op, const struct decimal *found,
    const struct decimal *wanted)
{
	int order = decimal_compare(found, wanted);

	return order < 0 ? op->less : order > 0 ? op->greater : op->equal;
}

static enum mfa_code
read_number(const struct operator *op, struct reader *reader,
    const char *text, struct value *ret)
{
	(void)op;
	if (!decimal_parse(text, &ret->decimal))
		return reader_refuse(reader, "\"%.40s\" is not a number", text);
	return MFA_OK;
}

static bool
number_matches(const struct operator *op, const struct value *value,
    const struct policy_request *request, const char *text)
{
	struct decimal found;

	(void)request;
	return decimal_parse(text, &found) &&
	    is_related(op, &found, &value->decimal);
}

static enum mfa_code
read_moment(const struct operator *op, struct reader *reader,
    const char *text, struct value *ret)
{
	(void)op;
	if (!moment_parse(text, &ret->decimal))
		return reader_refuse(reader,
		    "\"%.40s\" is not a date like 2026-11-22T13:50:14Z, nor "
		    "seconds",
		    text);
	return MFA_OK;
}

static bool
moment_matches(const struct operator *op, const struct value *value,
    const struct policy_request *request, const char *text)
{
	struct decimal found;

	(void)request;
	return moment_parse(text, &found) &&
	    is_related(op, &found, &value->decimal);
}

static enum mfa_code
read_truth(const struct operator *op, struct reader *reader,
    const char *text, struct value *ret)
{
	(void)op;
	if (!truth_parse(text, &ret->truth))
		return reader_refuse(reader,
		    "\"%.40s\" is not true and not false", text);
	return MFA_OK;
}

static bool
truth_matches(const struct operator *op, const struct value *value,
    const struct policy_request *request, const char *text)
{
	bool found;

	(void)op;
	(void)request;
	return truth_parse(text, &found) && found == value->truth;
}

static enum mfa_code
read_network(const struct operator *op, struct reader *reader,
    const char *text, struct value *ret)
{
	(void)op;
	if (!network_parse(text, &ret->network))
		return reader_refuse(reader,
		    "\"%.40s\" is not an address or network like 10.0.0.0/8",
		    text);
	return MFA_OK;
}

static bool
network_matches(const struct operator *op, const struct value *value,
    const struct policy_request *request, const char *text)
{
	(void)op;
	(void)request;
	return network_has(&value->network, text);
}

#define STRING	.read = read_string, .matches = string_matches
#define ARN	.wild = true, .read = read_arn, .matches = arn_matches
#define NUMBER	.read = read_number, .matches = number_matches
#define MOMENT	.read = read_moment, .matches = moment_matches
#define NETWORK .read = read_network, .matches = network_matches

static const struct operator operators[] = {
	{ "StringEquals", STRING },
	{ "StringNotEquals", .negated = true, STRING },
	{ "StringEqualsIgnoreCase", .ignore_case = true, STRING },
	{ "StringNotEqualsIgnoreCase", .negated = true, .ignore_case = true,
	    STRING },
	{ "StringLike", .wild = true, STRING },
	{ "StringNotLike", .negated = true, .wild = true, STRING },
	{ "NumericEquals", .equal = true, NUMBER },
	{ "NumericNotEquals", .negated = true, .equal = true, NUMBER },
	{ "NumericLessThan", .less = true, NUMBER },
	{ "NumericLessThanEquals", .less = true, .equal = true, NUMBER },
	{ "NumericGreaterThan", .greater = true, NUMBER },
	{ "NumericGreaterThanEquals", .greater = true, .equal = true, NUMBER },
	{ "DateEquals", .equal = true, MOMENT },
	{ "DateNotEquals", .negated = true, .equal = true, MOMENT },
	{ "DateLessThan", .less = true, MOMENT },
	{ "DateLessThanEquals", .less = true, .equal = true, MOMENT },
	{ "DateGreaterThan", .greater = true, MOMENT },
	{ "DateGreaterThanEquals", .greater = true, .equal = true, MOMENT },
	{ "Bool", .read = read_truth, .matches = truth_matches },
	{ "IpAddress", NETWORK },
	{ "NotIpAddress", .negated = true, NETWORK },
	/* IAM has the two behave alike. */
	{ "ArnEquals", ARN },
	{ "ArnLike", ARN },
	{ "ArnNotEquals", .negated = true, ARN },
	{ "ArnNotLike", .negated = true, ARN },
	{ "Null", .read = read_truth },
};

const struct operator *
operator_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (strlen(operators[i].name) == len &&
		    memcmp(operators[i].name, name, len) == 0)
			return &operators[i];
	}
	return NULL;
}

void
value_clear(struct value *value)
{
	patterns_clear(&value->patterns);
}
