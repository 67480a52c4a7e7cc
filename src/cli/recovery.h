/* Recovery codes that were just made: they are here and nowhere else. */
#ifndef CLI_RECOVERY_H
#define CLI_RECOVERY_H

#include <jansson.h>
#include <stdio.h>

#include "cli/cli.h"

/*
 * CreateRecoveryCodes; errors as of call(). *ret_codes is the caller's array of
 * strings.
 */
enum mfa_code	recovery_call(struct cli *cli, json_t *parameters,
		    json_t **ret_codes, struct mfa_error *err) _must_check_;

/* Prints them, and what to do with them, for a person at a terminal. */
void		recovery_show(FILE *out, const json_t *codes);

#endif
