/* Names of condition keys, and their values in a request. */
#ifndef POLICY_KEYS_H
#define POLICY_KEYS_H

#include <stdbool.h>

#include "policy/policy.h"
#include "policy/reader.h"

/* Without regard to case, in ASCII, whatever the locale. */
bool	ascii_equal(const char *a, const char *b, size_t len);
bool	keys_are_one(const char *a, const char *b);

/*
 * Is NAME a condition key that may stand in a document? With SINGLE it must
 * also have one value at most, as where its value is put into a text.
 *  MFA_INVALID_CONFIGURATION
 */
enum mfa_code	key_check(struct reader *reader, const char *name, bool single)
		    _must_check_;

/* The key of REQUEST, with one value at least. NULL: absent. */
const struct policy_key	*key_find(const struct policy_request *request,
			    const char *name);

#endif
