/* Records of the inventory: their file names and their text. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include <stddef.h>

#include "base/error.h"
#include "store/device.h"
#include "store/inventory.h"
#include "store/seal.h"
#include "store/store.h"

#define RECORD_VIRTUAL		"v."	/* before a virtual device's hash */
#define RECORD_NAME_SIZE	(sizeof(RECORD_VIRTUAL) - 1 + HASH_NAME_SIZE)

/*
 * The file name of SERIAL's record.
 *  MFA_SERVICE_FAILURE  libcrypto failed; a security key, which has none
 */
enum mfa_code	record_name(const char *serial, enum device_type type,
		    char ret[static RECORD_NAME_SIZE], struct mfa_error *err)
		    _must_check_;

/*
 * The record as text, freed by the caller with freep().
 *  MFA_LIMIT_EXCEEDED, MFA_SERVICE_FAILURE (see devfile_format())
 */
enum mfa_code	record_format(const struct store *store,
		    const struct inventory_record *record, char **ret_text,
		    size_t *ret_len, struct mfa_error *err) _must_check_;

/*
 * The reverse, for TEXT of the file NAME. *ret is the caller's.
 *  MFA_SERVICE_FAILURE  damage, or a device of another name
 */
enum mfa_code	record_parse(const struct store *store, const char *name,
		    const char *text, size_t len, struct inventory_record *ret,
		    struct mfa_error *err) _must_check_;

/*
 * Makes sure that SERIAL has no record, under either type's name.
 *  MFA_ENTITY_ALREADY_EXISTS, MFA_SERVICE_FAILURE
 */
enum mfa_code	record_check_absent(const struct store *store,
		    const char *serial, struct mfa_error *err) _must_check_;

#endif
