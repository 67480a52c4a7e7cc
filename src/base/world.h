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

#define BOOT_ID_SIZE	37
#define GROUPS_MAX	256		/* of a user, as far as looked at */
#define GROUP_NAME_SIZE	257

struct host_user {
	char	name[USER_NAME_MAX + 1];	/* as the database spells it */
	uid_t	uid;
};

/* Both, name and uid: a name that is given out again is someone else's. */
bool	host_user_is_same(const struct host_user *a, const struct host_user *b);

struct world {
	/* Seconds since the epoch, UTC. */
	int64_t	(*now)(void *ctx);
	/* Seconds since boot, sleep included: CLOCK_BOOTTIME. */
	int64_t	(*boottime)(void *ctx);
	/* Names this boot: 36 characters and a NUL. False: not to be had. */
	bool	(*boot_id)(void *ctx, char ret[static BOOT_ID_SIZE]);
	/* Fills LEN octets; false where there is no randomness to be had. */
	bool	(*random)(void *ctx, void *ret, size_t len);
	/*
	 * Looks NAME up. Returns 0, MFA_NO_SUCH_ENTITY, or
	 * MFA_SERVICE_FAILURE where the database can't be asked.
	 */
	enum mfa_code (*find_user)(void *ctx, const char *name,
		    struct host_user *ret_user, struct mfa_error *err);
	/*
	 * The names of the groups that NAME is in; one without a name is left
	 * out. Returns 0, or MFA_SERVICE_FAILURE where the database can't be
	 * asked, or there are more than GROUPS_MAX.
	 */
	enum mfa_code (*find_groups)(void *ctx, const char *name,
		    char ret[static GROUPS_MAX][GROUP_NAME_SIZE],
		    size_t *ret_count, struct mfa_error *err);
	void	*ctx;
};

/* CLOCK_REALTIME, getrandom(2), getpwnam_r(3). */
extern const struct world world_host;

#endif
