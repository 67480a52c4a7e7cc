/*
 * Sign-ins through libpam, and codes to answer with. Any failure of the
 * equipment itself ends the process.
 */
#ifndef FIRE_SIGNIN_H
#define FIRE_SIGNIN_H

#include <stdint.h>

#include "otp/totp.h"

#define SIGNIN_CODE	16

/* A token of the test's: SHA-1, six digits. */
struct token {
	struct otp_params	params;
	struct secret		seed;
};

/* SEED is hexadecimal. */
void	token_set(struct token *token, const char *seed, unsigned period);
int64_t	token_step(const struct token *token);
void	token_code(const struct token *token, int64_t step,
	    char ret[static SIGNIN_CODE]);

/*
 * Signs USER in through SERVICE: auth, and where LATER account and session too.
 * ANSWER is for every prompt. The code of the last of libpam's calls.
 */
int	signin_try(const char *service, const char *user, const char *answer,
	    int later);

#endif
