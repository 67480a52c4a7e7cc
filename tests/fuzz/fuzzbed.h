/*
 * A store for targets that need one, in memory where the host has a file system
 * that is; and a world that is the same at every run.
 */
#ifndef TESTS_FUZZ_FUZZBED_H
#define TESTS_FUZZ_FUZZBED_H

#include <limits.h>

#include "base/world.h"
#include "mfa/settings.h"
#include "store/store.h"

#define FUZZBED_NOW	1700000015	/* epoch; the middle of a 30 s step */
#define FUZZBED_ALICE	((struct host_user){ .name = "alice", .uid = 1001 })

struct fuzzbed {
	char		dir[64];
	char		root[80];	/* DIR/lib */
	char		key[80];	/* DIR/host.key */
	char		sessions[80];	/* DIR/sessions */
	char		conf[80];	/* DIR/awsmfa.conf */
	char		policy[80];	/* DIR/policy.json */
	int64_t		now;
	uint64_t	random;		/* what comes next */
	struct world	world;		/* alice, bob, daemon, root are known */
};

/*
 * The one of this process, made when it is first asked for and removed at exit;
 * what it says, and when it is, is as at the beginning.
 */
struct fuzzbed	*fuzzbed(void);

/* Removes every file of the store, the sessions and the administrator's. */
void	fuzzbed_empty(struct fuzzbed *bed);

/* The store, the caller's. */
struct store	*fuzzbed_store(struct fuzzbed *bed);

/* FOLDER of the store's and NAME. */
void	fuzzbed_path(const struct fuzzbed *bed, const char *folder,
	    const char *name, char ret[static PATH_MAX]);
/* Makes the file PATH hold these octets, with mode 0600. */
void	fuzzbed_write(const char *path, const void *data, size_t len);

/*
 * Imports the hardware token NUMBER, "TEST0000000N"; enables it for a user as
 * well, its codes of the present being good after that. Its code OFFSET steps
 * from the present one.
 */
void	fuzzbed_import(struct fuzzbed *bed, unsigned number);
void	fuzzbed_enrol(struct fuzzbed *bed, const char *user, uid_t uid,
	    unsigned number);
void	fuzzbed_code(const struct fuzzbed *bed, unsigned number, int offset,
	    struct secret *ret);

/* Keeps all of the store as it is now, and brings it back. */
void	fuzzbed_keep(struct fuzzbed *bed);
void	fuzzbed_restore(struct fuzzbed *bed);
/* Are a user's files as they were kept? */
bool	fuzzbed_is_kept(struct fuzzbed *bed, const char *user);

#endif
