/*
 * The language of policy documents, by cases in files: tests/unit/policy/NAME.
 * Lines are read from the top; empty ones, and those with "#", are passed over.
 *
 *	document		lines up to "end" are the document of what follows
 *	statement JSON		its statement or statements
 *	condition JSON		its only statement allows everything, if so
 *	text "STRING"		its octets, with C's \n, \t, \xHH; "" \"
 *	default			it is the one that is compiled in
 *
 *	yes KEY=VALUE ...	with these condition keys, the condition holds
 *	no KEY=VALUE ...
 *	allowed BY ACTION RESOURCE KEY=VALUE ...	the answer, and the names
 *	explicitDeny BY ACTION RESOURCE KEY=VALUE ...	of who decided,
 *	implicitDeny ACTION RESOURCE KEY=VALUE ...	with commas between
 *	refused TEXT		what the parser says
 *
 * "KEY=A,B" is a key of two values, "KEY=" has one that is empty, and "KEY"
 * has none. A resource may leave out how its ARN begins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

#define KEYS_MAX	16
#define VALUES_MAX	16
#define LINE_SIZE	4096

#define HEAD	"{\"Version\":\"2012-10-17\",\"Statement\":["
#define TAIL	"]}"

struct cases {
	const char	*name;
	FILE		*file;
	unsigned	line;
	unsigned	count;
	unsigned	wrong;
	char		document[2 * POLICY_MAX];
	size_t		len;
	struct policy	*policy;	/* NULL: refused, and ERR is why */
	struct mfa_error err;
};

/* The condition keys of a line. */
struct context {
	size_t			count;
	struct policy_key	keys[KEYS_MAX];
	const char		*values[KEYS_MAX][VALUES_MAX];
};

static void
complain(struct cases *cases, const char *fmt, ...)
{
	va_list ap;

	cases->wrong++;
	print_error("# %s:%u: ", cases->name, cases->line);
	va_start(ap, fmt);
	vprint_error(fmt, ap);
	va_end(ap);
	print_error("\n");
}

static void
parse_document(struct cases *cases)
{
	policy_freep(&cases->policy);
	cases->err = (struct mfa_error) { .code = MFA_OK };
	(void)!policy_parse(cases->document, cases->len, &cases->policy,
	    &cases->err);
}

static void
set_document(struct cases *cases, const char *before, const char *text,
    const char *after)
{
	int n = snprintf(cases->document, sizeof(cases->document), "%s%s%s",
	    before, text, after);

	cases->len = (size_t)n;
	parse_document(cases);
}

static bool
read_line(struct cases *cases, char line[static LINE_SIZE])
{
	if (fgets(line, LINE_SIZE, cases->file) == NULL)
		return false;
	cases->line++;
	assert_non_null(strchr(line, '\n'));
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static void
read_document(struct cases *cases)
{
	char line[LINE_SIZE];

	cases->len = 0;
	while (read_line(cases, line) && strcmp(line, "end") != 0)
		cases->len += (size_t)snprintf(cases->document + cases->len,
		    sizeof(cases->document) - cases->len, "%s\n", line);
	parse_document(cases);
}

/* "\n", "\t", "\\", "\"", "\xHH" within the quotes of a line. */
static void
read_octets(struct cases *cases, const char *s)
{
	unsigned octet;

	cases->len = 0;
	assert_int_equal(*s, '"');
	for (s++; *s != '"' && *s != '\0'; s++) {
		if (*s != '\\') {
			octet = (unsigned char)*s;
		} else if (*++s == 'x') {
			assert_int_equal(sscanf(s + 1, "%2x", &octet), 1);
			s += 2;
		} else {
			octet = *s == 'n' ? '\n' : *s == 't' ? '\t' : *s;
		}
		cases->document[cases->len++] = (char)octet;
	}
	parse_document(cases);
}

static void
add_key(struct context *context, char *word)
{
	const char **values = context->values[context->count];
	struct policy_key *key;
	char *value = strchr(word, '=');

	assert_true(context->count < KEYS_MAX);
	key = &context->keys[context->count++];
	*key = (struct policy_key) { .name = word, .values = values };
	if (value == NULL)
		return;
	for (*value++ = '\0'; value != NULL;) {
		assert_true(key->count < VALUES_MAX);
		values[key->count++] = value;
		if ((value = strchr(value, ',')) != NULL)
			*value++ = '\0';
	}
}

static void
spell_decision(const struct policy *policy,
    const struct policy_decision *decision, char *ret, size_t size)
{
	size_t i;
	int n;

	n = snprintf(ret, size, "%s", policy_effect_name(decision->effect));
	for (i = 0; i < decision->count; i++)
		n += snprintf(ret + n, size - (size_t)n, "%s%s",
		    i == 0 ? " " : ",",
		    policy_statement_name(policy, decision->statements[i]));
}

static void
expect(struct cases *cases, const char *expected, const char *action,
    const char *resource, char *keys)
{
	char answer[256], arn[1024];
	struct context context = { 0 };
	struct policy_request request = { .action = action, .resource = arn,
		.keys = context.keys };
	struct policy_decision decision;
	const char *start = "";
	char *rest = NULL, *word;

	if (strncmp(resource, "service/", 8) == 0)
		start = "arn:aws:pam::000000000000:";
	else if (strncmp(resource, "arn:", 4) != 0)
		start = "arn:aws:iam::000000000000:";
	(void)snprintf(arn, sizeof(arn), "%s%s", start, resource);
	word = keys != NULL ? strtok_r(keys, " ", &rest) : NULL;
	for (; word != NULL; word = strtok_r(NULL, " ", &rest))
		add_key(&context, word);
	request.key_count = context.count;
	if (cases->policy == NULL) {
		complain(cases, "the document is refused: %s",
		    cases->err.detail);
		return;
	}
	policy_evaluate(cases->policy, &request, &decision);
	spell_decision(cases->policy, &decision, answer, sizeof(answer));
	if (strcmp(answer, expected) != 0)
		complain(cases, "\"%s\", and not \"%s\"", answer, expected);
}

static void
expect_refusal(struct cases *cases, const char *why)
{
	if (cases->policy != NULL)
		complain(cases, "the document is not refused");
	else if (cases->err.code != MFA_INVALID_CONFIGURATION)
		complain(cases, "not the code of a refusal");
	else if (strcmp(cases->err.detail, why) != 0)
		complain(cases, "\"%s\"", cases->err.detail);
}

/* EFFECT, names of who decided where someone did, action and resource. */
static void
expect_answer(struct cases *cases, const char *effect, char *rest)
{
	char expected[256];
	const char *by = NULL, *action, *resource;

	if (strcmp(effect, "implicitDeny") != 0)
		by = strsep(&rest, " ");
	action = strsep(&rest, " ");
	resource = strsep(&rest, " ");
	assert_non_null(resource);
	(void)snprintf(expected, sizeof(expected), "%s%s%s", effect,
	    by != NULL ? " " : "", by != NULL ? by : "");
	expect(cases, expected, action, resource, rest);
}

static bool
is_case(struct cases *cases, const char *word, char *rest)
{
	static const char action[] = "iam:GetUser", resource[] = "user/alice";

	if (strcmp(word, "yes") == 0)
		expect(cases, "allowed Statement[0]", action, resource, rest);
	else if (strcmp(word, "no") == 0)
		expect(cases, "implicitDeny", action, resource, rest);
	else if (strcmp(word, "refused") == 0)
		expect_refusal(cases, rest);
	else if (strcmp(word, "allowed") == 0 ||
	    strcmp(word, "implicitDeny") == 0 ||
	    strcmp(word, "explicitDeny") == 0)
		expect_answer(cases, word, rest);
	else
		return false;
	return true;
}

static void
run_line(struct cases *cases, char *rest)
{
	char empty[] = "";
	const char *word = strsep(&rest, " ");

	if (rest == NULL)
		rest = empty;
	if (is_case(cases, word, rest))
		cases->count++;
	else if (strcmp(word, "document") == 0)
		read_document(cases);
	else if (strcmp(word, "statement") == 0)
		set_document(cases, HEAD, rest, TAIL);
	else if (strcmp(word, "condition") == 0)
		set_document(cases,
		    HEAD "{\"Effect\":\"Allow\",\"Action\":\"*\","
			 "\"Resource\":\"*\",\"Condition\":",
		    rest, "}" TAIL);
	else if (strcmp(word, "text") == 0)
		read_octets(cases, rest);
	else if (strcmp(word, "default") == 0)
		set_document(cases, "", policy_default_text, "");
	else
		complain(cases, "no case begins with \"%s\"", word);
}

/* All cases of tests/unit/policy/NAME, of which there are at least so many. */
static void
run(const char *name, unsigned least)
{
	static struct cases cases;
	const char *srcdir = getenv("abs_top_srcdir");
	char path[4096], line[LINE_SIZE];

	if (srcdir == NULL)
		skip();
	(void)snprintf(path, sizeof(path), "%s/tests/unit/policy/%s", srcdir,
	    name);
	cases = (struct cases) { .name = name };
	assert_non_null(cases.file = fopen(path, "r"));
	while (read_line(&cases, line)) {
		if (line[0] != '\0' && line[0] != '#')
			run_line(&cases, line);
	}
	(void)fclose(cases.file);
	policy_freep(&cases.policy);
	assert_int_equal(cases.wrong, 0);
	assert_in_range(cases.count, least, 10000);
}

static void
conditions_hold_as_iam_says(void **state)
{
	(void)state;
	run("conditions", 370);
}

static void
statements_decide_as_iam_says(void **state)
{
	(void)state;
	run("statements", 115);
}

static void
documents_that_are_none_are_refused_with_the_place(void **state)
{
	(void)state;
	run("refusals", 135);
}

/* A run of "a*" against "aaa...b" tries every way in the naive matcher. */
static void
no_pattern_takes_forever(void **state)
{
	static char text[8192], subject[8192];
	struct policy_request request = { .action = "iam:GetUser",
		.resource = "arn:aws:iam::000000000000:user/alice" };
	_cleanup_(policy_freep) struct policy *policy = NULL;
	const char *value = subject;
	struct policy_key key = { "aws:username", 1, &value };
	struct policy_decision decision;
	struct mfa_error err;
	size_t n, i;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text), HEAD
	    "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\","
	    "\"Condition\":{\"StringLike\":{\"aws:username\":\"");
	for (i = 0; i < 2000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "a*");
	(void)snprintf(text + n, sizeof(text) - n, "b\"}}}" TAIL);
	assert_int_equal(policy_parse(text, strlen(text), &policy, &err),
	    MFA_OK);
	memset(subject, 'a', sizeof(subject) - 1);
	request.key_count = 1;
	request.keys = &key;
	policy_evaluate(policy, &request, &decision);
	assert_int_equal(decision.effect, POLICY_IMPLICIT_DENY);
	subject[sizeof(subject) - 2] = 'b';
	policy_evaluate(policy, &request, &decision);
	assert_int_equal(decision.effect, POLICY_ALLOWED);
}

static void
a_deep_document_is_refused(void **state)
{
	static char text[POLICY_MAX];
	struct policy *policy = NULL;
	struct mfa_error err;

	(void)state;
	memset(text, '[', sizeof(text));
	assert_int_equal(policy_parse(text, sizeof(text), &policy, &err),
	    MFA_INVALID_CONFIGURATION);
	assert_null(policy);
	assert_non_null(strstr(err.detail, "line 1, column "));
}

/* COUNT statements, each of its own Sid. */
static enum mfa_code
parse_many(unsigned count, struct mfa_error *err)
{
	_cleanup_(policy_freep) struct policy *policy = NULL;
	static char text[POLICY_MAX];
	int n = snprintf(text, sizeof(text), "%s", HEAD);
	unsigned i;

	for (i = 0; i < count; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
		    "%s{\"Sid\":\"S%u\",\"Effect\":\"Deny\",\"Action\":\"*\","
		    "\"Resource\":\"*\"}",
		    i > 0 ? "," : "", i);
	n += snprintf(text + n, sizeof(text) - (size_t)n, "%s", TAIL);
	return policy_parse(text, (size_t)n, &policy, err);
}

static void
statements_have_a_limit(void **state)
{
	struct mfa_error err;

	(void)state;
	assert_int_equal(parse_many(POLICY_STATEMENTS_MAX, &err), MFA_OK);
	assert_int_equal(parse_many(POLICY_STATEMENTS_MAX + 1, &err),
	    MFA_INVALID_CONFIGURATION);
	assert_string_equal(err.detail,
	    "/Statement: there are 1 to 256 statements");
}

static void
documents_have_a_limit(void **state)
{
	static char text[POLICY_MAX + 1];
	struct policy *policy = NULL;
	struct mfa_error err;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, policy_default_text, strlen(policy_default_text));
	assert_int_equal(policy_parse(text, POLICY_MAX, &policy, &err),
	    MFA_OK);
	policy_freep(&policy);
	assert_int_equal(policy_parse(text, POLICY_MAX + 1, &policy, &err),
	    MFA_INVALID_CONFIGURATION);
	assert_string_equal(err.detail, "larger than 131072 octets");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_hold_as_iam_says),
		cmocka_unit_test(statements_decide_as_iam_says),
		cmocka_unit_test(
		    documents_that_are_none_are_refused_with_the_place),
		cmocka_unit_test(no_pattern_takes_forever),
		cmocka_unit_test(a_deep_document_is_refused),
		cmocka_unit_test(statements_have_a_limit),
		cmocka_unit_test(documents_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
