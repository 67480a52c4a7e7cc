/* Is the person in front of this machine, or at the far end of a connection? */
#ifndef ENDPOINT_LOCALITY_H
#define ENDPOINT_LOCALITY_H

#include <sys/types.h>
#include <stdbool.h>

#include "mfa/settings.h"

#define LOCALITY_HOST_SIZE	256	/* octets with the NUL */

/* From where the login session of a process comes, as logind has it. */
struct locality {
	bool	known;		/* it is in one */
	bool	remote;
	char	host[LOCALITY_HOST_SIZE];	/* "": not known */
};

/*
 * What is known of PID, which may be anyone's: nothing where its control group
 * and its audit session do not name the same login session.
 */
struct locality	locality_find(pid_t pid);

/*
 * By what root's process PID says it serves: SERVICE, RHOST and TTY as PAM has
 * them (NULL or "": not set). A service of local_services without a remote host
 * on a kernel console or a seat's display, before the login session exists, is
 * local; so is a process in a session that logind knows as active, not remote,
 * and with a seat or such a console, where its control group and its audit
 * session name the same one. Everything else is remote. RHOST alone says
 * nothing: sudo over ssh has none.
 */
bool	locality_is_local(const struct settings *settings, pid_t pid,
	    const char *service, const char *rhost, const char *tty);

#endif
