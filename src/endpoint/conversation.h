/* One sign-in's conversation: what its phases share, and its last words. */
#ifndef ENDPOINT_CONVERSATION_H
#define ENDPOINT_CONVERSATION_H

#include "endpoint/endpoint.h"
#include "endpoint/locality.h"
#include "endpoint/log.h"
#include "endpoint/person.h"
#include "endpoint/request.h"
#include "mfa/context.h"
#include "mfa/proof.h"
#include "store/store.h"

struct conversation {
	struct endpoint		*endpoint;
	const struct peer	*peer;
	struct request		request;
	struct settings		settings;
	struct store		*store;		/* owned */
	struct mfa_context	ctx;		/* of what is above */
	struct locality		locality;	/* of the caller, once found */
	/* The caller's login session, where it was asked for and is known. */
	bool			has_audit;
	uint32_t		audit;
	struct remote_person	person;
	const char		*how;		/* the proof was given */
	struct proof		proof;		/* NONE: none was given */
};

void		conversation_clear(struct conversation *conversation);

/* Does the caller's service take part in the phases after auth? */
bool		conversation_has_phases(
		    const struct conversation *conversation);

/* Shows TEXT to the person. MFA_REQUEST_ABORTED: they have gone. */
enum mfa_code	conversation_show(struct conversation *conversation,
		    const char *text, struct mfa_error *err) _must_check_;

/* What its lines in the log are about; borrowed from CONVERSATION. */
struct log_subject conversation_subject(
		    const struct conversation *conversation);

/* One line in the log, which is no last word. */
void		conversation_log(const struct conversation *conversation,
		    enum mfa_code code, const char *detail);

/*
 * Last words. Each is logged but for the last, and none can be followed by
 * another.
 *
 * Denied, for WHY: the sentence is the same for every reason, and so is the
 * time, rounded up.
 */
void		conversation_deny(struct conversation *conversation,
		    const struct mfa_error *why);
/* Let in; with a ticket of USER's (NULL: of no one's), or else denied. */
void		conversation_let_in(struct conversation *conversation,
		    const struct host_user *user, const char *detail);
/* The user is to enrol in the account phase. */
void		conversation_defer(struct conversation *conversation,
		    const char *detail);
/* The phase is not for this service. */
void		conversation_ignore(struct conversation *conversation);

#endif
