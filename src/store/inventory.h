/*
 * The inventory: hardware tokens that the administrator loaded, and virtual
 * devices, each a file named by the SHA-256 of its serial number ("v." before
 * it for virtual ones, so that they can be listed without reading the tokens).
 * A record stays while the device is enabled; the claim says whose it is then.
 * A security key is never in it (MFA_SERVICE_FAILURE): it is enrolled by
 * itself, and gone when it is deactivated.
 */
#ifndef STORE_INVENTORY_H
#define STORE_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "store/device.h"
#include "store/store.h"

#define INVENTORY_VIRTUAL_MAX		8	/* not enabled, a user */
#define INVENTORY_VIRTUAL_SECONDS	86400	/* until they expire */

/* OWNER is who made a virtual device; the name is "" for a token. */
struct inventory_record {
	struct device		*device;	/* owned */
	struct host_user	owner;
};

/* Wipes and frees what the record owns. */
void	inventory_record_clear(struct inventory_record *record);

/*
 * The record of SERIAL.
 *  MFA_NO_SUCH_ENTITY   there is none
 *  MFA_SERVICE_FAILURE  damage, permissions, ...
 */
enum mfa_code	inventory_read(const struct store *store, const char *serial,
		    struct inventory_record *ret, struct mfa_error *err)
		    _must_check_;

/*
 * Adds a record, durably.
 *  MFA_ENTITY_ALREADY_EXISTS  the serial number is there
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	inventory_add(const struct store *store,
		    const struct inventory_record *record,
		    struct mfa_error *err) _must_check_;

/* Replaces (or makes) the record, durably. MFA_SERVICE_FAILURE */
enum mfa_code	inventory_replace(const struct store *store,
		    const struct inventory_record *record,
		    struct mfa_error *err) _must_check_;

/* Removes the record of SERIAL; none there is success. MFA_SERVICE_FAILURE */
enum mfa_code	inventory_remove(const struct store *store, const char *serial,
		    struct mfa_error *err) _must_check_;

/*
 * Calls EACH with every virtual device's record, in no order, until it returns
 * something other than 0, which is returned. The record is the walker's.
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	inventory_each_virtual(const struct store *store,
		    enum mfa_code (*each)(void *ctx,
		    const struct inventory_record *record,
		    struct mfa_error *err), void *ctx, struct mfa_error *err)
		    _must_check_;

/*
 * Importing, all or nothing: rows are staged in a folder beside the records,
 * which one rename commits; what a crash leaves before that is removed, and
 * after it moved on to its place, by inventory_recover().
 */
struct inventory_import;

/*
 * Begins an import (one at a time, under a lock); *ret is the caller's. Runs
 * inventory_recover() first.
 *  MFA_CONCURRENT_MODIFICATION  another import is running
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	inventory_import_begin(const struct store *store,
		    struct inventory_import **ret, struct mfa_error *err)
		    _must_check_;
/*
 * Stages one token.
 *  MFA_ENTITY_ALREADY_EXISTS  its serial number is in the inventory or in this
 *                             import already
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	inventory_import_add(struct inventory_import *import,
		    const struct device *device, struct mfa_error *err)
		    _must_check_;
/* Makes all that was staged real, durably. MFA_SERVICE_FAILURE */
enum mfa_code	inventory_import_commit(struct inventory_import *import,
		    struct mfa_error *err) _must_check_;
/* Drops what is staged and not committed; frees, and leaves NULL. */
void	inventory_import_freep(struct inventory_import **import);

/*
 * Finishes or forgets an import that a crash interrupted. Cheap where there is
 * none. inventory_read() calls it when a serial number is not found.
 *  MFA_CONCURRENT_MODIFICATION  an import is running just now
 *  MFA_SERVICE_FAILURE
 */
enum mfa_code	inventory_recover(const struct store *store,
		    struct mfa_error *err) _must_check_;

#endif
