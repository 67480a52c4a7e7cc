/* The operators of a condition, in one table. */
#ifndef POLICY_OPERATOR_H
#define POLICY_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/pattern.h"
#include "policy/scalar.h"

/* A value of a document, as its operator compares it. */
struct value {
	struct patterns	patterns;	/* one, or an ARN's six */
	struct decimal	decimal;	/* a number, or a moment */
	struct network	network;
	bool		truth;
};

struct operator {
	const char	*name;
	/* Holds where no value matches. */
	bool		negated;
	bool		wild;		/* "*" and "?" match */
	bool		ignore_case;
	bool		less, equal, greater;	/* which of them match */
	/* Reads TEXT; what *RET has is the caller's. */
	enum mfa_code	(*read)(const struct operator *op,
			    struct reader *reader, const char *text,
			    struct value *ret);
	/* NULL: asks whether the key is there, and not for its value. */
	bool		(*matches)(const struct operator *op,
			    const struct value *value,
			    const struct policy_request *request,
			    const char *text);
};

/* The LEN octets of NAME; NULL: there is none of that name. */
const struct operator	*operator_find(const char *name, size_t len);

void	value_clear(struct value *value);

#endif
