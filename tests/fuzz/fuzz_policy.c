/*
 * Policy documents. The first octet of an input chooses what it is read as:
 * even, a document, of which some questions are asked; odd, a pattern, a line's
 * end, and a text that it may match, which a slow matcher judges too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "policy/keys.h"
#include "policy/pattern.h"

#define SHORT	64	/* octets: what the slow matcher is asked about */

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 2000;

static const char *const names[] = { "alice" }, *const ages[] = { "60" },
			 *const sources[] = { "10.1.2.3" },
			 *const times[] = { "2026-11-22T13:50:14Z" },
			 *const groups[] = { "users", "backup" };
static const struct policy_key keys[] = {
	{ "aws:username", 1, names },
	{ "aws:MultiFactorAuthAge", 1, ages },
	{ "aws:SourceIp", 1, sources },
	{ "aws:CurrentTime", 1, times },
	{ "pam:Groups", 2, groups },
};
static const struct policy_request requests[] = {
	{ "iam:GetUser", "arn:aws:iam::000000000000:user/alice", 0, NULL },
	{ "iam:GetUser", "arn:aws:iam::000000000000:user/alice", 5, keys },
	{ "pam:Authenticate", "arn:aws:pam::000000000000:service/sudo", 5,
	    keys },
};

static void
check_decision(const struct policy *policy,
    const struct policy_request *request)
{
	struct policy_decision decision, again;
	size_t i;

	policy_evaluate(policy, request, &decision);
	policy_evaluate(policy, request, &again);
	must(decision.effect == again.effect);
	must(decision.count == again.count);
	must(decision.count <= POLICY_STATEMENTS_MAX);
	must((decision.count == 0) ==
	    (decision.effect == POLICY_IMPLICIT_DENY));
	for (i = 0; i < decision.count; i++) {
		must(i == 0 ||
		    decision.statements[i] > decision.statements[i - 1]);
		must(policy_statement_name(policy, decision.statements[i])[0] !=
		    '\0');
	}
}

static bool
is_line(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	}
	return true;
}

static bool
try_document(const char *text, size_t len)
{
	_cleanup_(policy_freep) struct policy *policy = NULL;
	struct mfa_error err = { .code = MFA_OK };
	size_t i;

	if (policy_parse(text, len, &policy, &err) != MFA_OK) {
		must(policy == NULL);
		must(err.code == MFA_INVALID_CONFIGURATION);
		must(err.detail[0] != '\0' && is_line(err.detail));
		return false;
	}
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		check_decision(policy, &requests[i]);
	return true;
}

/* What PIECE stands for; NULL: nothing. */
static const char *
stands_for(const struct piece *piece, size_t *ret_len)
{
	const char *text = piece->fallback;

	if (piece->kind == PIECE_TEXT) {
		*ret_len = piece->len;
		return piece->text;
	}
	if (keys_are_one(piece->text, keys[0].name))
		text = names[0];
	else if (keys_are_one(piece->text, keys[1].name))
		text = ages[0];
	else if (keys_are_one(piece->text, keys[2].name))
		text = sources[0];
	else if (keys_are_one(piece->text, keys[3].name))
		text = times[0];
	*ret_len = text != NULL ? strlen(text) : 0;
	return text;
}

/* Every way, of octets that are characters each. */
static bool
slowly_matches(const struct pattern *pattern, const char *s, size_t len)
{
	bool reached[SHORT + 1] = { true }, next[SHORT + 1];
	const char *text;
	size_t i, at, n;

	for (i = 0; i < pattern->count; i++) {
		memset(next, 0, sizeof(next));
		for (at = 0; at <= len; at++) {
			if (!reached[at])
				continue;
			if (pattern->pieces[i].kind == PIECE_ANY) {
				memset(next + at, true, len + 1 - at);
			} else if (pattern->pieces[i].kind == PIECE_ONE) {
				if (at < len)
					next[at + 1] = true;
			} else {
				text = stands_for(&pattern->pieces[i], &n);
				if (text != NULL && n <= len - at &&
				    memcmp(text, s + at, n) == 0)
					next[at + n] = true;
			}
		}
		memcpy(reached, next, sizeof(reached));
	}
	return reached[len];
}

static bool
is_ascii(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if ((unsigned char)s[i] >= 0x80)
			return false;
	}
	return true;
}

static bool
try_pattern(const char *text, size_t len)
{
	_cleanup_(pattern_clear) struct pattern pattern = { 0 };
	struct mfa_error err = { .code = MFA_OK };
	struct reader reader = { .err = &err };
	const char *end = memchr(text, '\n', len), *s;
	size_t s_len;
	bool matches;

	if (end == NULL || memchr(text, '\0', (size_t)(end - text)) != NULL)
		return false;
	s = end + 1;
	s_len = len - (size_t)(s - text);
	if (pattern_read(&reader, text, (size_t)(end - text), true, &pattern) !=
	    MFA_OK) {
		must(err.code == MFA_INVALID_CONFIGURATION);
		return false;
	}
	matches = pattern_matches(&pattern, false, &requests[1], s, s_len);
	must(!matches ||
	    pattern_matches(&pattern, true, &requests[1], s, s_len));
	if (s_len <= SHORT && is_ascii(s, s_len))
		must(matches == slowly_matches(&pattern, s, s_len));
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;

	fuzz_accepted = len > 0 &&
	    (data[0] % 2 == 0 ? try_document(text + 1, len - 1)
			      : try_pattern(text + 1, len - 1));
	return 0;
}
