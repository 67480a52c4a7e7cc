/* One statement of a document. */
#ifndef POLICY_STATEMENT_H
#define POLICY_STATEMENT_H

#include "policy/document.h"

/*
 * Reads JSON, statement INDEX, into STATEMENT, which has nothing in it yet and
 * is the caller's, after an error too.
 *  MFA_INVALID_CONFIGURATION
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	statement_read(struct reader *reader, const json_t *json,
		    size_t index, struct statement *statement) _must_check_;
void		statement_clear(struct statement *statement);

/* Is REQUEST one that STATEMENT speaks of? */
bool		statement_applies(const struct statement *statement,
		    const struct policy_request *request);

#endif
