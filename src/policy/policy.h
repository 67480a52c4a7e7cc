/*
 * IAM policy documents (Version 2012-10-17): text to struct, and the answer to
 * "may this be done?". Semantics are those of the IAM User Guide's "Policy
 * evaluation logic" and "IAM JSON policy elements": explicit deny wins, no
 * allow is a deny.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define POLICY_MAX		(128 * 1024)	/* octets of a document */
#define POLICY_STATEMENTS_MAX	256

struct policy;

/*
 * One condition key, and what it is in the request; more than one value where
 * the key is many-valued. A key that is absent is not in the list at all.
 * Names are compared without regard to case. Every value is text, as it would
 * stand in a document: "true", "42", "192.0.2.7", "2026-11-22T13:50:14Z".
 */
struct policy_key {
	const char		*name;
	size_t			count;
	const char *const	*values;
};

/* Borrowed, all of it. */
struct policy_request {
	const char		*action;	/* "iam:EnableMFADevice" */
	const char		*resource;	/* ARN */
	size_t			key_count;
	const struct policy_key	*keys;
};

enum policy_effect {
	POLICY_IMPLICIT_DENY,
	POLICY_ALLOWED,
	POLICY_EXPLICIT_DENY,
};

/* Which statements decided, by their index in the document. */
struct policy_decision {
	enum policy_effect	effect;
	size_t			count;
	unsigned		statements[POLICY_STATEMENTS_MAX];
};

/*
 * Reads TEXT (LEN octets). *ret is the caller's.
 *  MFA_INVALID_CONFIGURATION  not such a document: the detail has line and
 *                             column for syntax, a JSON pointer for meaning
 *  MFA_SERVICE_FAILURE        no memory
 */
enum mfa_code	policy_parse(const char *text, size_t len,
		    struct policy **ret, struct mfa_error *err) _must_check_;
/* Frees *POLICY, and leaves NULL. NULL and *NULL are fine. */
void		policy_freep(struct policy **policy);

/* The document that holds where there is no file: conf/policy.json. */
extern const char policy_default_text[];

/*
 * Evaluates; never fails, since whatever can't be compared does not match (and
 * a negated operator then does).
 */
void		policy_evaluate(const struct policy *policy,
		    const struct policy_request *request,
		    struct policy_decision *ret);

/* May NAME stand for a condition key in a document? */
bool		policy_is_key(const char *name);

/* Does a condition of POLICY ask for the key NAME? */
bool		policy_has_key(const struct policy *policy, const char *name);

/* "allowed", "implicitDeny", "explicitDeny" */
const char	*policy_effect_name(enum policy_effect effect);

/* The Sid of a statement, or "Statement[N]" where it has none. Borrowed. */
const char	*policy_statement_name(const struct policy *policy,
		    unsigned statement);

#endif
