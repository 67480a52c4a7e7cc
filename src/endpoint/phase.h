/* The phases of a sign-in at the host, and what several of them do. */
#ifndef ENDPOINT_PHASE_H
#define ENDPOINT_PHASE_H

#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "endpoint/conversation.h"
#include "mfa/access.h"
#include "mfa/signin.h"
#include "mfa/ticket.h"

#define PHASE_SESSION_SECONDS	43200	/* an MFA session's, twelve hours */

/* No MFA, and MFA of a KIND (PROOF_NONE: not known) that was given now. */
#define PHASE_NO_MFA	((struct access_mfa){ .present = false })
#define PHASE_MFA(k)	((struct access_mfa){ .present = true, .kind = (k) })

/* Each serves its phase whole, to the last word. */
void		phase_authenticate(struct conversation *conversation);
void		phase_account(struct conversation *conversation);
void		phase_open_session(struct conversation *conversation);
void		phase_close_session(struct conversation *conversation);

/* Is the day of enroll_by= still to end? */
bool		phase_may_wait(const struct conversation *conversation);

/* The user that the request names. MFA_NO_SUCH_ENTITY, MFA_SERVICE_FAILURE */
enum mfa_code	phase_find_user(const struct conversation *conversation,
		    struct host_user *ret, struct mfa_error *err) _must_check_;

/*
 * Looks the user up, and the devices; *ret is the caller's.
 *  MFA_NO_SUCH_ENTITY, MFA_SERVICE_FAILURE  what bars the user
 */
enum mfa_code	phase_load(const struct conversation *conversation,
		    struct signin **ret, struct mfa_error *err) _must_check_;

/*
 * What the policy is to be asked of USER, who has COUNT devices enabled, at the
 * place that the request names. *ret borrows from all of them.
 *  MFA_INVALID_CONFIGURATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	phase_access(struct conversation *conversation,
		    const struct host_user *user, size_t count,
		    struct access *ret, struct mfa_error *err) _must_check_;

/*
 * Says before *ERR, with which the policy has denied, that it was asked for
 * want of a ticket; returns its code.
 */
enum mfa_code	phase_lacks_ticket(struct mfa_error *err);

/*
 * Opens the request's ticket, which is there: genuine, of this login, and of
 * USER.
 *  MFA_ACCESS_DENIED, MFA_SERVICE_FAILURE
 */
enum mfa_code	phase_open_ticket(const struct conversation *conversation,
		    const struct host_user *user, struct ticket *ret,
		    struct mfa_error *err) _must_check_;

/*
 * May a key that sshd has verified be a proof in this service? The session
 * phase is where sshd says so, if there was no auth phase.
 */
bool		phase_has_verified(const struct conversation *conversation);

/*
 * Takes such a key for USER's proof, of one of DEVICES, and leaves it in
 * CONVERSATION; see ssh_info_verify().
 */
enum mfa_code	phase_verified(struct conversation *conversation,
		    const struct host_user *user,
		    const struct device_list *devices, struct mfa_error *err)
		    _must_check_;

/*
 * Writes an MFA session for USER in the caller's login session, if it is in
 * one: of PROOF, given at PROVED (world's boottime). What fails is logged: the
 * sign-in goes on without.
 */
void		phase_save_session(const struct conversation *conversation,
		    const struct host_user *user, const struct proof *proof,
		    int64_t proved);

#endif
