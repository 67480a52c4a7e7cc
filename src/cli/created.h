/* A virtual device that was just created: its seed is here and nowhere else. */
#ifndef CLI_CREATED_H
#define CLI_CREATED_H

#include "base/secret.h"
#include "base/text.h"
#include "base/world.h"
#include "cli/cli.h"

struct created {
	char		serial[SERIAL_NUMBER_MAX + 1];
	char		user[USER_NAME_MAX + 1];	/* "": the caller */
	struct secret_text base32;
	struct secret_text uri;
};

/* Wipes it. */
void	created_clear(struct created *created);

/* CreateVirtualMFADevice; errors as of call(). RET is untouched on failure. */
enum mfa_code	created_call(struct cli *cli, json_t *parameters,
		    struct created *ret, struct mfa_error *err) _must_check_;
/* DeleteVirtualMFADevice of it. */
enum mfa_code	created_delete(struct cli *cli, const struct created *created,
		    struct mfa_error *err) _must_check_;

/*
 * Prints the seed as text, what to do NEXT, and the QR code, for a person at a
 * terminal. The code comes last, so that it stays on a screen of 24 lines.
 */
void	created_show(FILE *out, const struct created *created,
	    const char *next);

#endif
