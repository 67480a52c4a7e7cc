/*
 * What a security key has in a device file and other devices have not: its
 * credential, and the certifications that it told of.
 */
#ifndef STORE_DEVKEY_H
#define STORE_DEVKEY_H

#include <stdio.h>

#include <libconfig.h>

#include "base/error.h"
#include "store/device.h"
#include "store/devgroup.h"

/* The fields, for a table of all that a key's group has. */
#define DEVKEY_FIELDS					\
	{ "rp_id", CONFIG_TYPE_STRING },		\
	{ "algorithm", CONFIG_TYPE_STRING },		\
	{ "format", CONFIG_TYPE_STRING },		\
	{ "user_verified", CONFIG_TYPE_BOOL },		\
	{ "aaguid", CONFIG_TYPE_STRING },		\
	{ "sign_count", CONFIG_TYPE_STRING },		\
	{ "credential_id", CONFIG_TYPE_STRING },	\
	{ "public_key", CONFIG_TYPE_STRING },		\
	{ "certificate", CONFIG_TYPE_STRING },		\
	{ "certifications", CONFIG_TYPE_LIST }

/*
 * Reads them from GROUP, which has them, into DEVICE, which has no credential
 * yet. device_is_valid() says whether they go together.
 *  MFA_SERVICE_FAILURE  one is not valid, and the detail says which; no memory
 */
enum mfa_code	devkey_read(const config_setting_t *group,
		    struct device *device, struct mfa_error *err) _must_check_;

/* Writes the fields of a valid security key. */
void		devkey_write(FILE *out, const struct device *device);

#endif
