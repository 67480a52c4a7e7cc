/*
 * Enrolment: devices come to a user, are resynchronised, and go. Every function
 * holds the user's ledger locked while it changes anything, and leaves whole
 * state behind at any crash: ledger entry first, then claims, then the device
 * file; and in the reverse order of danger when a device goes.
 *
 * All of them can also end in MFA_CONCURRENT_MODIFICATION (someone else holds
 * the lock for too long) and MFA_SERVICE_FAILURE.
 */
#ifndef MFA_ENROL_H
#define MFA_ENROL_H

#include <stddef.h>

#include "base/error.h"
#include "base/secret.h"
#include "mfa/context.h"
#include "store/device.h"

#define ENROL_WINDOW		20	/* steps, either way, to enable */
#define RESYNC_WINDOW_ROOT	2880	/* steps: a day of 30 seconds */
#define RESYNC_WINDOW_USER	20	/* steps: no other device vouches */
#define VIRTUAL_SEED_SIZE	20	/* octets: 160 bits (RFC 4226, R6) */
#define ENROL_HOME_SIZE		(USER_NAME_MAX + 3)

/* "/NAME/", with which the paths of USER's virtual devices begin. */
void		enrol_home(const struct host_user *user,
		    char ret[static ENROL_HOME_SIZE]);

/*
 * Makes a virtual device with a random seed that belongs to OWNER until it is
 * enabled; TAGGED's tags are copied (it may be NULL). *ret_device is the
 * caller's, with its seed, which is told this once.
 *  MFA_INVALID_INPUT          NAME or PATH outside its pattern
 *  MFA_LIMIT_EXCEEDED         eight of OWNER are waiting to be enabled
 *  MFA_ENTITY_ALREADY_EXISTS  the serial number is taken
 */
enum mfa_code	enrol_create_virtual(const struct mfa_context *ctx,
		    const struct host_user *owner, const char *path,
		    const char *name, const struct device *tagged,
		    struct device **ret_device, struct mfa_error *err)
		    _must_check_;

/*
 * Enables the token or virtual device with SERIAL for USER. CODE1 and CODE2 are
 * digits of consecutive steps, and are spent by it.
 *  MFA_NO_SUCH_ENTITY               not in the inventory, or expired
 *  MFA_LIMIT_EXCEEDED               the user has eight devices
 *  MFA_ENTITY_ALREADY_EXISTS        enabled already, for this user or another
 *  MFA_INVALID_AUTHENTICATION_CODE  not two consecutive unspent codes of it
 */
enum mfa_code	enrol_enable(const struct mfa_context *ctx,
		    const struct host_user *user, const char *serial,
		    const struct secret *code1, const struct secret *code2,
		    struct mfa_error *err) _must_check_;

/*
 * The same, asked for by USER in person: somebody else's virtual device is not
 * found, and codes that are not right count as guesses at LEDGER_USER.
 *  MFA_THROTTLING  too many of them; these were not looked at
 */
enum mfa_code	enrol_enable_own(const struct mfa_context *ctx,
		    const struct host_user *user, const char *serial,
		    const struct secret *code1, const struct secret *code2,
		    struct mfa_error *err) _must_check_;

/*
 * Learns the drift of the user's device anew, looking for the two codes within
 * WINDOW steps either way of where it is thought to be. Where a clock that was
 * far ahead has spent them, it begins anew with them for root, and for who has
 * a WINDOW of more than RESYNC_WINDOW_USER. (So does enabling.)
 *  MFA_INVALID_INPUT  a security key
 *  MFA_NO_SUCH_ENTITY, MFA_INVALID_AUTHENTICATION_CODE
 */
enum mfa_code	enrol_resync(const struct mfa_context *ctx,
		    const struct host_user *user, const char *serial,
		    const struct secret *code1, const struct secret *code2,
		    unsigned window, struct mfa_error *err) _must_check_;

/* The same, asked for by USER in person; guesses count as above. */
enum mfa_code	enrol_resync_own(const struct mfa_context *ctx,
		    const struct host_user *user, const char *serial,
		    const struct secret *code1, const struct secret *code2,
		    unsigned window, struct mfa_error *err) _must_check_;

/*
 * Takes the device from the user. A token can be enabled by someone else then;
 * a virtual device waits in the inventory again, for a day; a security key is
 * forgotten. With the last device go the recovery codes.
 *  MFA_NO_SUCH_ENTITY
 */
enum mfa_code	enrol_deactivate(const struct mfa_context *ctx,
		    const struct host_user *user, const char *serial,
		    struct mfa_error *err) _must_check_;

/*
 * Deletes a device of TYPE from the inventory, and its seed.
 *  MFA_NO_SUCH_ENTITY   no such device with this serial number
 *  MFA_DELETE_CONFLICT  it is enabled
 */
enum mfa_code	enrol_delete(const struct mfa_context *ctx, const char *serial,
		    enum device_type type, struct mfa_error *err) _must_check_;

/*
 * Who has DEVICE enabled, truly: claimed it, and has it in the device file. A
 * claim that a crash left behind is given up on the way.
 *  MFA_NO_SUCH_ENTITY  nobody
 */
enum mfa_code	enrol_find_holder(const struct mfa_context *ctx,
		    const struct device *device, struct host_user *ret_user,
		    struct mfa_error *err) _must_check_;

#endif
