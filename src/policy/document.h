/* A document as it is kept, and the readers of its parts. */
#ifndef POLICY_DOCUMENT_H
#define POLICY_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "policy/operator.h"
#include "policy/pattern.h"
#include "policy/policy.h"

/* How the values that a key has in a request are taken. */
enum quantifier {
	QUANTIFIER_NONE,	/* what ForAnyValue does; negated, all of it */
	QUANTIFIER_ANY,		/* "ForAnyValue:" */
	QUANTIFIER_ALL,		/* "ForAllValues:" */
};

struct condition {
	const struct operator	*op;
	enum quantifier		quantifier;
	bool			if_exists;
	char			*key;
	size_t			count;
	struct value		*values;
};

struct statement {
	char			*name;
	bool			has_sid;
	bool			allow;
	bool			not_action;
	bool			not_resource;
	struct patterns		actions;
	struct patterns		resources;
	size_t			count;
	struct condition	*conditions;
};

struct policy {
	size_t			count;
	struct statement	*statements;
};

/* How many there are of what may be a list, or one without a list. */
size_t		list_size(const json_t *json);
/* The one at INDEX; the reader is in it then. */
const json_t	*list_enter(struct reader *reader, const json_t *json,
		    size_t index);

/*
 * Reads the element Condition into STATEMENT, whose it is.
 *  MFA_INVALID_CONFIGURATION
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	conditions_read(struct reader *reader, const json_t *json,
		    struct statement *statement) _must_check_;
void		conditions_clear(struct statement *statement);

bool		condition_holds(const struct condition *condition,
		    const struct policy_request *request);

#endif
