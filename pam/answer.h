/*
 * Where the answer to a prompt of the endpoint's comes from: the person, or the
 * password that a module before this one has left in PAM_AUTHTOK.
 */
#ifndef PAM_ANSWER_H
#define PAM_ANSWER_H

#include <stdbool.h>

#include <security/pam_modules.h>

#include "base/error.h"
#include "pam/arguments.h"
#include "pam/conversation.h"

enum answer_source { ANSWER_ASK, ANSWER_AUTHTOK };

/*
 * Is there something in PAM_AUTHTOK that try_first_pass should send: a code, or
 * with forward_pass a password that ends in one?
 */
bool	answer_is_waiting(pam_handle_t *pamh, const struct arguments *args);

/*
 * Obtains the answer to QUESTION. With forward_pass what was typed is split:
 * its last digits are the answer, and what precedes them becomes PAM_AUTHTOK
 * for the modules after this one, as soon as it is known, so that they do the
 * same work whether or not the code is right. What can't be split clears
 * PAM_AUTHTOK; it is a denial, but for the empty answer to a question that is
 * optional.
 *
 * A question that comes later has nothing to do with PAM_AUTHTOK: it is not
 * answered from there, nor split, nor shown while it is typed.
 *  MFA_REQUEST_ABORTED              the conversation failed
 *  MFA_INVALID_AUTHENTICATION_CODE  nothing, too much, or no code at the end of
 *                                   it; a later question to ANSWER_AUTHTOK
 *  MFA_SERVICE_FAILURE              libpam failed
 */
enum mfa_code	answer_obtain(pam_handle_t *pamh, const struct arguments *args,
		    enum answer_source source, const struct question *question,
		    struct answer *ret, struct mfa_error *err) _must_check_;

#endif
