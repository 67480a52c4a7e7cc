/*
 * The world as a parameter: clock, randomness and the host's user database,
 * so that tests bring their own.
 */
#ifndef BASE_WORLD_H
#define BASE_WORLD_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define USER_NAME_MAX	128		/* octets, IAM's limit */

struct host_user {
	char	name[USER_NAME_MAX + 1];	/* as the database spells it */
	uid_t	uid;
};

struct world {
	/* Seconds since the epoch, UTC. */
	int64_t	(*now)(void *ctx);
	/* Fills LEN octets; false where there is no randomness to be had. */
	bool	(*random)(void *ctx, void *ret, size_t len);
	/*
	 * Looks NAME up. Returns 0, MFA_NO_SUCH_ENTITY, or
	 * MFA_SERVICE_FAILURE where the database can't be asked.
	 */
	enum mfa_code (*find_user)(void *ctx, const char *name,
		    struct host_user *ret_user, struct mfa_error *err);
	void	*ctx;
};

/* CLOCK_REALTIME, getrandom(2), getpwnam_r(3). */
extern const struct world world_host;

#endif
