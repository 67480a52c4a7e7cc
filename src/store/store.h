/*
 * The store: /var/lib/awsmfa and its folders, host.key, and per user the way to
 * the device file. All paths are resolved once, to descriptors.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <sys/types.h>

#include "base/error.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/world.h"
#include "store/device.h"

struct store {
	char			*root;		/* owned; for error details */
	int			devices_fd;
	int			ledger_fd;
	int			claims_fd;
	int			inventory_fd;
	/* Folder of MFA sessions, which may be missing; outlives the store. */
	const char		*sessions;
	uid_t			owner;		/* who must own every file */
	struct secret		key;		/* host.key */
	const struct world	*world;		/* outlives the store */
};

/*
 * Opens the folders under ROOT ("/var/lib/awsmfa") and reads KEY_PATH
 * ("/etc/awsmfa/host.key": exactly 32 octets, 0600). All must belong to OWNER
 * and be closed to group and others; the folder of KEY_PATH may belong to root
 * or OWNER and be read by others, and is no symbolic link. *ret is owned by the
 * caller; its SESSIONS is /run/awsmfa/sessions, not opened yet.
 *  MFA_SERVICE_FAILURE  one is missing, or not as it must be; the detail names
 *                       it and says to run "awsmfa init" where it is missing
 */
enum mfa_code	store_open(const char *root, const char *key_path, uid_t owner,
		    const struct world *world, struct store **ret,
		    struct mfa_error *err) _must_check_;
/* Closes, wipes and frees *STORE, and leaves NULL. */
void	store_freep(struct store **store);

/* What store_open() asked of every file of the store. */
struct file_trust	store_trust(const struct store *store);

/*
 * Puts "ROOT/FOLDER/" before the detail of *ERR, which begins with the name of
 * a file in FOLDER, and returns its code.
 */
enum mfa_code	store_error_in(const struct store *store, const char *folder,
		    struct mfa_error *err);

/*
 * The user's devices. RET_LIST must be empty; it is untouched on failure.
 *  MFA_NOT_ENROLLED     no device file in the folder, or one without a device
 *  MFA_SERVICE_FAILURE  everything else: damage, permissions, another owner,
 *                       another user or uid in it, a ninth device, ...
 */
enum mfa_code	store_load(const struct store *store,
		    const struct host_user *user, struct device_list *ret_list,
		    struct mfa_error *err) _must_check_;

/*
 * Whose the device file of NAME is: a user whom the host may have no longer, or
 * have with another uid now.
 *  MFA_NO_SUCH_ENTITY   there is no device file
 *  MFA_SERVICE_FAILURE  it can't be read
 */
enum mfa_code	store_find_owner(const struct store *store, const char *name,
		    struct host_user *ret_user, struct mfa_error *err)
		    _must_check_;

/*
 * Replaces the user's device file. The caller holds the user's ledger locked.
 *  MFA_LIMIT_EXCEEDED, MFA_SERVICE_FAILURE (as it was)
 */
enum mfa_code	store_save(const struct store *store,
		    const struct host_user *user,
		    const struct device_list *list, struct mfa_error *err)
		    _must_check_;

#endif
