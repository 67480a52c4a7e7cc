/* What is asked of the person through the host's conversation function. */
#ifndef PAM_CONVERSATION_H
#define PAM_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>

#include <security/pam_modules.h>

#include "base/error.h"
#include "wire/frame.h"

/* What was typed: a secret, wiped by _cleanup_(answer_wipe). */
struct answer {
	size_t	len;
	char	text[WIRE_ANSWER_MAX + 1];	/* NUL-terminated */
};

void	answer_wipe(struct answer *answer);

/* A prompt of the endpoint's. */
struct question {
	const char	*prompt;
	bool		optional;	/* an empty answer is one too */
	bool		later;		/* no password is an answer: a PIN */
};

/*
 * Copies TEXT, the answer to QUESTION.
 *  MFA_INVALID_AUTHENTICATION_CODE  nothing in it, where the question is not
 *                                   optional, or over WIRE_ANSWER_MAX
 */
enum mfa_code	answer_set(struct answer *ret, const struct question *question,
		    const char *text, struct mfa_error *err) _must_check_;

/*
 * Asks QUESTION, what is typed being shown where ECHO. The host's copy of the
 * answer is wiped.
 *  MFA_REQUEST_ABORTED              no conversation, it failed, or it answered
 *                                   NULL
 *  MFA_INVALID_AUTHENTICATION_CODE  as answer_set()
 */
enum mfa_code	conversation_ask(pam_handle_t *pamh,
		    const struct question *question, bool echo,
		    struct answer *ret, struct mfa_error *err) _must_check_;

/* Shows TEXT. A host that can't show it goes on without. */
void	conversation_show(pam_handle_t *pamh, const char *text);

#endif
