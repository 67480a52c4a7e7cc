/*
 * Texts of a document with wildcards ("*", "?") and variables ("${KEY}",
 * "${KEY, 'default'}", "${*}", "${?}", "${$}") in them. What a variable stands
 * for is matched as it is: a wildcard in it is none.
 */
#ifndef POLICY_PATTERN_H
#define POLICY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/policy.h"
#include "policy/reader.h"

#define ARN_PARTS	6

enum piece_kind {
	PIECE_TEXT,
	PIECE_ANY,	/* "*" */
	PIECE_ONE,	/* "?": one character, of UTF-8 */
	PIECE_KEY,	/* a variable */
};

struct piece {
	enum piece_kind	kind;
	const char	*text;		/* of the text, or the key's name */
	size_t		len;		/* of the text */
	const char	*fallback;	/* where the key is absent; or NULL */
};

struct pattern {
	char		*text;		/* the pieces' */
	size_t		count;
	struct piece	*pieces;
};

/* Patterns that stand for one thing: a list of actions, the parts of an ARN. */
struct patterns {
	size_t		count;
	struct pattern	*list;
};

/*
 * Reads LEN octets of TEXT; where not WILD, "*" and "?" are themselves.
 *  MFA_INVALID_CONFIGURATION  a variable that is none
 *  MFA_SERVICE_FAILURE        no memory
 */
enum mfa_code	pattern_read(struct reader *reader, const char *text,
		    size_t len, bool wild, struct pattern *ret) _must_check_;
void		pattern_clear(struct pattern *pattern);
void		patterns_clear(struct patterns *patterns);

/*
 * Does PATTERN match LEN octets of S, all of them? In time proportional to the
 * product of the two lengths at most. A variable whose key is absent matches
 * nothing.
 */
bool		pattern_matches(const struct pattern *pattern,
		    bool ignore_case, const struct policy_request *request,
		    const char *s, size_t len);

/*
 * Where the parts of the ARN in TEXT begin and end: six, the last with all
 * colons that are left. A colon in a variable separates nothing where
 * VARIABLES. False: TEXT is no ARN.
 */
struct arn_part {
	const char	*text;
	size_t		len;
};

bool		arn_split(const char *text, bool variables,
		    struct arn_part ret[static ARN_PARTS]) _must_check_;

#endif
