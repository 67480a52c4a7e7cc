/* The person, by way of the client's frames. */
#ifndef ENDPOINT_PERSON_H
#define ENDPOINT_PERSON_H

#include <stdbool.h>
#include <stdint.h>

#include "mfa/person.h"
#include "wire/frame.h"

/* A client that can show and ask. */
struct remote_person {
	int		fd;		/* borrowed */
	unsigned	timeout;	/* seconds for an answer */
	unsigned	prompts;	/* so far */
	int64_t		since;		/* wire_now() of the last word */
	int64_t		deadline;	/* of the connection; 0: none */
};

/* REMOTE as mfa/person.h has it; it must outlive the result. */
struct person	person_of(struct remote_person *remote);

/*
 * Asks with PROMPT, an empty answer being one where OPTIONAL. *ret_answer is to
 * be cleared by the caller.
 *  MFA_REQUEST_ABORTED  no answer, or none in time
 *  MFA_SERVICE_FAILURE  something else came; too many prompts
 */
enum mfa_code	person_ask(struct remote_person *remote, const char *prompt,
		    bool optional, struct wire_frame *ret_answer,
		    struct mfa_error *err) _must_check_;

/*
 * When a denial is told: the next multiple of DENIAL_ROUND_MS after SINCE, the
 * person's last word, that is later than NOW. All of wire_now().
 */
int64_t	person_round(int64_t since, int64_t now);

/* Sleeps until then, so that denials take the same time. */
void	person_round_up(const struct remote_person *remote);

#endif
