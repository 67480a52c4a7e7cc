/*
 * One MFA device, and the list of a user's, capped at eight, with the recovery
 * codes beside them.
 */
#ifndef STORE_DEVICE_H
#define STORE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/world.h"
#include "fido/credential.h"
#include "otp/totp.h"
#include "store/recovery.h"

#define DEVICES_MAX	8		/* MFADevicesPerUser */
#define TAGS_MAX	50
#define DEVICE_ID_SIZE	16		/* octets, random */
#define STEP_NONE	((int64_t)-1)	/* no step was accepted yet */

#define CERTIFICATIONS_MAX	8	/* of one security key */
#define CERTIFICATION_NAME_MAX	128	/* octets */

enum device_type { DEVICE_VIRTUAL, DEVICE_HARDWARE, DEVICE_SECURITY_KEY };

struct tag {
	char	key[TAG_KEY_SIZE];
	char	value[TAG_VALUE_SIZE];
};

/* What a security key's getInfo said (CTAP 2.1, 7.3.1: names and levels). */
struct device_certification {
	char		name[CERTIFICATION_NAME_MAX + 1];
	uint64_t	level;
};

/*
 * A virtual device and a hardware token show codes; a security key has a
 * credential instead: no seed, nothing spent, and its otp counts for nothing.
 */
struct device {
	uint8_t			id[DEVICE_ID_SIZE];	/* its ledger entry's */
	enum device_type	type;
	char			serial[SERIAL_NUMBER_MAX + 1];
	char			name[DEVICE_NAME_MAX + 1]; /* "": hardware */
	int64_t			created;	/* epoch: imported, created */
	int64_t			enabled;	/* epoch; 0: not enabled */
	struct otp_params	otp;
	struct secret		seed;
	/*
	 * What the ledger knew when the device was last taken out of it, so
	 * that a spent code stays spent when it is enabled again.
	 */
	int64_t			spent_step;	/* or STEP_NONE */
	int32_t			drift;		/* steps */
	struct fido_credential	*credential;	/* owned; NULL: shows codes */
	size_t			certification_count;	/* at enrolment */
	struct device_certification certifications[CERTIFICATIONS_MAX];
	size_t			tag_count;
	struct tag		*tags;		/* owned; NULL where none */
};

struct device_list {
	size_t		count;
	struct device	*devices[DEVICES_MAX];	/* owned */
	/* Of the user; goes with the last device. */
	struct recovery_set recovery;
};

/* "virtual", "hardware", "security-key" */
const char	*device_type_name(enum device_type type);
bool	device_type_parse(const char *name, enum device_type *ret) _must_check_;

/* A device with a random id, STEP_NONE and defaults, or NULL. */
struct device	*device_new(const struct world *world);
/* Wipes and frees *DEVICE, and leaves NULL. NULL and *NULL are fine. */
void	device_freep(struct device **device);

/* Is every field within its limits? */
bool	device_is_valid(const struct device *device);
/* Does it show codes? True for a virtual device and a hardware token. */
bool	device_has_codes(const struct device *device);
/*
 * Is it a security key that only SSH's programs can ask for a signature, or one
 * that awsmfa-key can? Neither is true of what shows codes.
 */
bool	device_is_ssh_key(const struct device *device);
bool	device_is_ctap_key(const struct device *device);
/*
 * Can a credential be for it? 1 to FIDO_RP_ID_MAX of [A-Za-z0-9.:/-]: a name of
 * no host, a host's, and what other programs have ("ssh:", "pam://HOST").
 */
bool	device_is_rp_id(const char *rp_id);

/*
 * Adds what a security key says of itself. False, and nothing added, where NAME
 * is not 1 to CERTIFICATION_NAME_MAX octets of UTF-8 without control
 * characters, is there already, or is the ninth.
 */
bool	device_add_certification(struct device *device, const char *name,
		    uint64_t level) _must_check_;

/*
 * Sets KEY to VALUE, replacing the value of a key that is there.
 *  MFA_INVALID_INPUT   key or value outside the pattern
 *  MFA_LIMIT_EXCEEDED  a fifty-first key
 *  MFA_SERVICE_FAILURE no memory
 */
enum mfa_code	device_set_tag(struct device *device, const char *key,
		    const char *value, struct mfa_error *err) _must_check_;
/* Removes KEY; one that is not there is no error (as in IAM). */
void	device_remove_tag(struct device *device, const char *key);

/* Wipes and frees all devices; the list is empty then. */
void	device_list_clear(struct device_list *list);

/*
 * Adds *DEVICE and takes it over (leaves NULL).
 *  MFA_LIMIT_EXCEEDED  a ninth: "Cannot exceed quota for MFADevicesPerUser: 8"
 *  MFA_ENTITY_ALREADY_EXISTS  the serial number is in the list, or the device
 *                      name (without regard to case), or the credential
 * *DEVICE is still the caller's on failure.
 */
enum mfa_code	device_list_add(struct device_list *list,
		    struct device **device, struct mfa_error *err)
		    _must_check_;

/* The device with this serial number (owned by the list), or NULL. */
struct device	*device_list_find(const struct device_list *list,
		    const char *serial);

/* How many devices of the list show codes. */
size_t	device_list_count_codes(const struct device_list *list);
/* How many are security keys of the one kind, and of the other. */
size_t	device_list_count_ctap_keys(const struct device_list *list);
size_t	device_list_count_ssh_keys(const struct device_list *list);

/*
 * Takes the device out of the list; the caller owns it. NULL where not in it.
 */
struct device	*device_list_remove(struct device_list *list,
		    const char *serial) _must_check_;

#endif
