/*
 * One try of a scenario while the endpoint fails somewhere: faults.c has those
 * of sign-ins, faults_operations.c those of operations.
 */
#ifndef FIRE_FAULTS_H
#define FIRE_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "fire/signin.h"

struct trial {
	const char	*user;
	struct token	token;
	char		**arguments;	/* of the scenario; NULL ends them */
	struct token	second;		/* whose seed is arguments[1] */
	unsigned	ordinal;
	int64_t		step;		/* of the code that is tried */
	const char	*service;
	bool		later;
	unsigned	bad;		/* what must not be */
};

/* From here on the endpoint fails, and no longer; was it DONE meanwhile? */
void	arm(const struct trial *trial);
void	disarm(bool done);

/* Says WHAT must not be. */
void	bad(struct trial *trial, const char *what);

/* Signs in by the code of STEP of TOKEN, or by ANSWER. */
bool	code_lets_in(const struct trial *trial, const struct token *token,
	    int64_t step);
bool	answer_lets_in(const struct trial *trial, const char *answer);

/* The next good login with a new code, after whatever there was. */
void	expect_next(struct trial *trial);

/* Scenarios; see the head of faults.c. */
void	try_enable(struct trial *trial);
void	try_deactivate(struct trial *trial);
void	try_resync(struct trial *trial);
void	try_operation(struct trial *trial);
void	try_session(struct trial *trial);
void	try_end(struct trial *trial);

#endif
