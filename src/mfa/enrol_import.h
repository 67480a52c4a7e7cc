/*
 * Devices that users of this host have enrolled with another module, brought
 * along by the administrator: nobody is asked for codes or a tap, as whoever
 * could read the other module's files has what proves it.
 */
#ifndef MFA_ENROL_IMPORT_H
#define MFA_ENROL_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "mfa/context.h"
#include "store/device.h"

#define IMPORT_CODE_WINDOW	50	/* steps, either way, of a used code */

/*
 * What is known of a device. What the other module accepted last is given by
 * its step, or by the code and the time at which it was typed; where neither is
 * known, every code up to now counts as used.
 */
struct enrol_imported {
	const char		*name;		/* -2, -3, ... where taken */
	struct otp_params	otp;
	struct secret		seed;		/* len 0: a security key */
	int64_t			drift;		/* steps that it is ahead */
	int64_t			last_step;	/* or STEP_NONE */
	struct secret		last_code;	/* len 0: not known */
	int64_t			last_used;	/* epoch; 0: not known */
	/* Borrowed; NULL: it shows codes. */
	const struct fido_credential *credential;
};

/* One user's devices, under one lock. */
struct enrol_import;

/*
 * Begins with USER's. Where DRY_RUN, nothing is locked or changed: what is
 * added is found to be possible, and forgotten. *ret is the caller's.
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	enrol_import_begin(const struct mfa_context *ctx,
		    const struct host_user *user, bool dry_run,
		    struct enrol_import **ret, struct mfa_error *err)
		    _must_check_;
/* Unlocks and frees, and leaves NULL. */
void	enrol_import_freep(struct enrol_import **import);

/*
 * Enables one more device, durably; *ret_device, the import's, is the device
 * as it is enrolled.
 *  MFA_ENTITY_ALREADY_EXISTS  the user has it already, or somebody else; the
 *                             detail says who, and *ret_owned is whether it is
 *                             the user's own
 *  MFA_LIMIT_EXCEEDED         the user has eight devices
 *  MFA_INVALID_INPUT          a field outside its limits
 *  MFA_ACCESS_DENIED          a key, and attestation_roots is set
 *  MFA_CONCURRENT_MODIFICATION, MFA_SERVICE_FAILURE
 */
enum mfa_code	enrol_import_add(struct enrol_import *import,
		    const struct enrol_imported *imported,
		    const struct device **ret_device, bool *ret_owned,
		    struct mfa_error *err) _must_check_;

#endif
