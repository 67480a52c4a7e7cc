#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "store/claim.h"
#include "store/devfile.h"
#include "store/seal.h"

#define FOLDER	  "claims"
#define CLAIM_MAX 1024 /* octets; the longest has 413 */
#define TRIES	  8

void
claim_kinds(const struct device *device,
    enum claim_kind ret[static CLAIM_KINDS])
{
	ret[0] = CLAIM_SERIAL;
	ret[1] = device_has_codes(device) ? CLAIM_SEED : CLAIM_CREDENTIAL;
}

static enum mfa_code
name_seed(const struct store *store, const struct secret *seed,
    char ret[static HASH_NAME_SIZE], struct mfa_error *err)
{
	size_t len = seed->len;

	if (len == 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a device without a seed");
	/*
	 * HMAC fills its key up with zeros (RFC 2104 section 2): seeds that
	 * differ in zeros at their end show the same codes.
	 */
	while (len > 0 && seed->bytes[len - 1] == 0)
		len--;
	return seal_keyed_hash(&store->key, "seed", seed->bytes, len, ret, err);
}

static enum mfa_code
no_credential(struct mfa_error *err)
{
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "a device without a credential");
}

static enum mfa_code
name_credential(const struct fido_credential *credential,
    char ret[static HASH_NAME_SIZE], struct mfa_error *err)
{
	const char *kind = "credential";
	const uint8_t *octets;
	size_t len;

	if (credential == NULL)
		return no_credential(err);
	octets = credential->id;
	len = credential->id_len;
	/*
	 * An SSH key has no id to know it by. The octets of its public half
	 * tell the two types apart by their number; under another application
	 * it is still the same key.
	 */
	if (credential->format == FIDO_SSH) {
		kind = "ssh-key";
		octets = credential->key;
		len = credential->key_len;
	}
	if (len == 0)
		return no_credential(err);
	return seal_hash(kind, octets, len, ret, err);
}

static enum mfa_code
name_claim(const struct store *store, enum claim_kind kind,
    const struct device *device, char ret[static HASH_NAME_SIZE],
    struct mfa_error *err)
{
	switch (kind) {
	case CLAIM_SERIAL:
		return seal_hash("serial", device->serial,
		    strlen(device->serial), ret, err);
	case CLAIM_SEED:
		return name_seed(store, &device->seed, ret, err);
	case CLAIM_CREDENTIAL:
		return name_credential(device->credential, ret, err);
	}
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "a claim of no known kind");
}

static bool
parse(const char *text, struct claim *ret)
{
	char version[2];

	return text_take(&text, "claim ", '\n', version, sizeof(version)) &&
	    strcmp(version, "1") == 0 &&
	    text_take(&text, "user ", '\n', ret->user, sizeof(ret->user)) &&
	    devfile_is_user(ret->user) &&
	    text_take(&text, "serial ", '\n', ret->serial,
		sizeof(ret->serial)) &&
	    text_is_serial_number(ret->serial) && *text == '\0';
}

static enum mfa_code
read_name(const struct store *store, const char *name, struct claim *ret,
    struct mfa_error *err)
{
	struct file_trust trust = store_trust(store);
	_cleanup_(freep) char *text = NULL;
	_cleanup_(closep) int fd = -1;
	struct claim claim;
	enum mfa_code code;
	size_t len;

	code = file_open(store->claims_fd, name, O_RDONLY, &trust, &fd, err);
	if (code == MFA_OK)
		code = file_read_text(fd, name, CLAIM_MAX, &text, &len, err);
	if (code == MFA_OK && !parse(text, &claim))
		code = mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: not the text of a claim", name);
	if (code != MFA_OK)
		return store_error_in(store, FOLDER, err);
	*ret = claim;
	return MFA_OK;
}

enum mfa_code
claim_read(const struct store *store, enum claim_kind kind,
    const struct device *device, struct claim *ret, struct mfa_error *err)
{
	char name[HASH_NAME_SIZE];
	struct claim claim;
	enum mfa_code code;

	code = name_claim(store, kind, device, name, err);
	if (code == MFA_OK)
		code = read_name(store, name, &claim, err);
	if (code != MFA_OK)
		return code;
	if (kind == CLAIM_SERIAL && strcmp(claim.serial, device->serial) != 0) {
		(void)mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: claims another serial number than its name says",
		    name);
		return store_error_in(store, FOLDER, err);
	}
	*ret = claim;
	return MFA_OK;
}

/*
 * A claim that is there: is it this user's for this device? It may be what a
 * crash left, in a folder that was not synced yet.
 */
static enum mfa_code
take_again(const struct store *store, const struct claim *claim,
    const struct device *device, const char *user, struct mfa_error *err)
{
	if (strcmp(claim->user, user) != 0 ||
	    strcmp(claim->serial, device->serial) != 0)
		return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
		    "the device %s is assigned already, or one with its %s",
		    device->serial,
		    device_has_codes(device) ? "seed" : "credential");
	if (fsync(store->claims_fd) != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "%s/%s: fsync", store->root, FOLDER);
	return MFA_OK;
}

enum mfa_code
claim_take(const struct store *store, enum claim_kind kind,
    const struct device *device, const char *user, struct mfa_error *err)
{
	char name[HASH_NAME_SIZE], text[CLAIM_MAX];
	struct claim claim;
	enum mfa_code code;
	int i, len;

	if (!devfile_is_user(user) || !text_is_serial_number(device->serial))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a user or serial number that can't be in a claim");
	code = name_claim(store, kind, device, name, err);
	if (code != MFA_OK)
		return code;
	len = snprintf(text, sizeof(text), "claim 1\nuser %s\nserial %s\n",
	    user, device->serial);
	/* Between the two steps its holder may drop it. */
	for (i = 0; i < TRIES; i++) {
		code = file_create(store->claims_fd, name, text, (size_t)len,
		    err);
		if (code == MFA_SERVICE_FAILURE)
			return store_error_in(store, FOLDER, err);
		if (code != MFA_ENTITY_ALREADY_EXISTS)
			return code;
		code = claim_read(store, kind, device, &claim, err);
		if (code == MFA_OK)
			return take_again(store, &claim, device, user, err);
		if (code != MFA_NO_SUCH_ENTITY)
			return code;
	}
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "%s/%s/%s: does not stay as it is", store->root, FOLDER, name);
}

enum mfa_code
claim_drop(const struct store *store, enum claim_kind kind,
    const struct device *device, const char *user, struct mfa_error *err)
{
	char name[HASH_NAME_SIZE];
	struct claim claim;
	enum mfa_code code;

	code = claim_read(store, kind, device, &claim, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return MFA_OK;
	if (code != MFA_OK)
		return code;
	if (strcmp(claim.user, user) != 0 ||
	    strcmp(claim.serial, device->serial) != 0)
		return MFA_OK;
	/* Only its holder, under the lock of the ledger, can change it now. */
	code = name_claim(store, kind, device, name, err);
	if (code != MFA_OK)
		return code;
	code = file_remove(store->claims_fd, name, err);
	return code == MFA_OK ? code : store_error_in(store, FOLDER, err);
}
