/*
 * Who asks, by what the kernel has kept of them. A number of a process goes to
 * another one some time after its end, and a connection outlives who made it:
 * what /proc and logind say of the number counts while the process is there
 * that has connected.
 */
#ifndef ENDPOINT_PEER_H
#define ENDPOINT_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "endpoint/endpoint.h"
#include "endpoint/locality.h"
#include "mfa/settings.h"
#include "mfa/ticket.h"

/* Who has connected to FD, which is borrowed. False: it can't be told. */
bool	peer_find(int fd, struct peer *ret) _must_check_;

/*
 * Which process PEER is, as a ticket names it, and its parent (0: none that can
 * be seen).
 *  MFA_SERVICE_FAILURE  /proc does not show it, or it has ended
 */
enum mfa_code	peer_identify(const struct peer *peer,
		    struct ticket_process *ret, pid_t *ret_parent,
		    struct mfa_error *err) _must_check_;

/* process_audit_session(), locality_find() and locality_is_local() of PEER. */
bool	peer_audit_session(const struct peer *peer, uint32_t *ret);
struct locality	peer_locality(const struct peer *peer);
bool	peer_is_local(const struct peer *peer, const struct settings *settings,
	    const char *service, const char *rhost, const char *tty);

#endif
