/*
 * A device file: libconfig text <-> list of devices, and recovery codes. Also
 * the form of an inventory record (one device that is not, or not only, a
 * user's).
 */
#ifndef STORE_DEVFILE_H
#define STORE_DEVFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/world.h"
#include "store/device.h"

#define DEVFILE_MAX	(64 * 1024)	/* octets */

/* Whose file it is; both must match when it is read. */
struct devfile_owner {
	char		user[USER_NAME_MAX + 1];
	int64_t		uid;		/* -1: nobody's (imported token) */
};

/*
 * Can USER stand in a file of the store? 1 to USER_NAME_MAX octets of UTF-8
 * without control characters.
 */
bool		devfile_is_user(const char *user);

/*
 * TEXT (LEN octets, NUL-terminated, no NUL inside) to list and owner. Seeds are
 * unsealed with KEY, bound to user and serial number. `@include`, unknown or
 * missing settings, a setting of another type, a wrong version, a ninth device,
 * a serial number, name, id or credential twice: all refuse the whole file, and
 * so does what devfile_format() never writes: comments, arrays, other escapes,
 * numbers that are long or not decimal (libconfig 1.5 wraps them silently).
 * RET_LIST must be empty; it is untouched on failure.
 *  MFA_SERVICE_FAILURE   any of these; the detail names the line or setting
 */
enum mfa_code	devfile_parse(const char *text, size_t len,
		    const struct secret *key, struct devfile_owner *ret_owner,
		    struct device_list *ret_list, struct mfa_error *err)
		    _must_check_;

/*
 * The reverse; recovery codes are left out where there is no device. *ret_text
 * is owned by the caller, freed with freep().
 *  MFA_LIMIT_EXCEEDED    longer than DEVFILE_MAX: many long tags. Eight keys
 *                        with the longest credentials and certificates that
 *                        there are fit.
 *  MFA_SERVICE_FAILURE   no memory, sealing failed
 */
enum mfa_code	devfile_format(const struct device_list *list,
		    const struct devfile_owner *owner, const struct secret *key,
		    const struct world *world, char **ret_text, size_t *ret_len,
		    struct mfa_error *err) _must_check_;

#endif
