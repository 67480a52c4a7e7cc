/* Operations: JSON to the endpoint, and its answer. */
#ifndef CLI_CALL_H
#define CLI_CALL_H

#include <jansson.h>

#include "cli/cli.h"

/*
 * Calls OPERATION with PARAMETERS (borrowed) on cli->client, connecting where
 * that is not connected yet; the connection stays. What the endpoint says and
 * asks meanwhile is shown on standard error, and asked on the terminal.
 * *ret_result is the caller's object. Where the endpoint answered,
 * cli->answered is set, and the code and detail are what it said.
 *  MFA_SERVICE_UNAVAILABLE  it did not answer, or with what is no answer
 *  MFA_REQUEST_ABORTED      it asked, and the person gave up
 *  any code                 it refused
 */
enum mfa_code	call(struct cli *cli, const char *operation,
		    json_t *parameters, json_t **ret_result,
		    struct mfa_error *err) _must_check_;

/* The same with TIMEOUT_MS for what takes longer than a sign-in may. */
enum mfa_code	call_patiently(struct cli *cli, const char *operation,
		    json_t *parameters, int64_t timeout_ms, json_t **ret_result,
		    struct mfa_error *err) _must_check_;

void	call_close(struct cli *cli);

/*
 * All pages of a list as one, or, with --no-paginate, the answer as it came.
 * With --max-items, no more than that many, and a NextToken where there are
 * more.
 */
enum mfa_code	call_pages(struct cli *cli, const struct command *command,
		    const struct arguments *args, json_t **ret_result,
		    struct mfa_error *err) _must_check_;

/*
 * Prints "An error occurred (NAME) when calling the OPERATION operation: TEXT";
 * returns the exit status.
 */
int	call_report(const char *operation, const struct mfa_error *err);

/* json_decref(3) for _cleanup_. */
void	json_freep(json_t **json);

#endif
