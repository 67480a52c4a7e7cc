/* The phases of a sign-in at the host, and what several of them do. */
#ifndef ENDPOINT_PHASE_H
#define ENDPOINT_PHASE_H

#include <sys/types.h>
#include <stdint.h>

#include "endpoint/conversation.h"
#include "mfa/ticket.h"

#define PHASE_SESSION_SECONDS	43200	/* an MFA session's, twelve hours */

/* Each serves its phase whole, to the last word. */
void		phase_authenticate(struct conversation *conversation);
void		phase_account(struct conversation *conversation);
void		phase_open_session(struct conversation *conversation);
void		phase_close_session(struct conversation *conversation);

/* The user that the request names. MFA_NO_SUCH_ENTITY, MFA_SERVICE_FAILURE */
enum mfa_code	phase_find_user(const struct conversation *conversation,
		    struct host_user *ret, struct mfa_error *err) _must_check_;

/*
 * Opens the request's ticket, which is there: genuine, of this login, and of
 * USER.
 *  MFA_ACCESS_DENIED, MFA_SERVICE_FAILURE
 */
enum mfa_code	phase_open_ticket(const struct conversation *conversation,
		    const struct host_user *user, struct ticket *ret,
		    struct mfa_error *err) _must_check_;

/*
 * Writes an MFA session for USER in the caller's login session, if it is in
 * one: of PROOF, given at PROVED (world's boottime). What fails is logged: the
 * sign-in goes on without.
 */
void		phase_save_session(const struct conversation *conversation,
		    const struct host_user *user, const struct proof *proof,
		    int64_t proved);

#endif
