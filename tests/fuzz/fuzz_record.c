/*
 * What else the store has as lines of text. The first octet of an input chooses
 * what the rest is:
 *  C  a claim on a serial number
 *  S  an MFA session, without its last line, which is put after it
 *  s  the same, as it is
 */
#include <string.h>

#include "base/text.h"
#include "store/claim.h"
#include "store/devfile.h"
#include "store/seal.h"
#include "store/session.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzzbed.h"

#define AUDIT		7
#define TEXT_SIZE	4096
#define SEALED_MAX	1024	/* octets that can be under a MAC */

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 1000;

static bool
try_claim(struct fuzzbed *bed, const struct store *store, const uint8_t *data,
    size_t len)
{
	static const struct device device = { .type = DEVICE_HARDWARE,
		.serial = "TEST00000001" };
	char path[PATH_MAX], name[HASH_NAME_SIZE];
	struct mfa_error err = { 0 };
	struct claim claim;
	enum mfa_code code;

	must(seal_hash("serial", device.serial, strlen(device.serial), name,
	    &err) == MFA_OK);
	fuzzbed_path(bed, "claims", name, path);
	fuzzbed_write(path, data, len);
	code = claim_read(store, CLAIM_SERIAL, &device, &claim, &err);
	must(code == MFA_OK || code == MFA_SERVICE_FAILURE);
	if (code != MFA_OK)
		return false;
	must(devfile_is_user(claim.user));
	must(strcmp(claim.serial, device.serial) == 0);
	/* Its holder takes it up again, and no one else can. */
	code = claim_take(store, CLAIM_SERIAL, &device, "alice", &err);
	must((code == MFA_OK) == (strcmp(claim.user, "alice") == 0));
	return true;
}

/*
 * As session.c has it: over this boot and the text. Of more than there can be
 * a MAC of it is of zeros, and the session is to be refused.
 */
static size_t
put_mac(const struct store *store, const uint8_t *data, size_t len,
    char ret[static TEXT_SIZE])
{
	static const uint8_t zeros[SEAL_MAC_SIZE];
	char body[BOOT_ID_SIZE + TEXT_SIZE], mac[HASH_NAME_SIZE];
	const struct world *world = store->world;
	size_t body_len = BOOT_ID_SIZE - 1 + len;
	struct mfa_error err;

	must(world->boot_id(world->ctx, body));
	memcpy(body + BOOT_ID_SIZE - 1, data, len);
	text_hex(mac, zeros, sizeof(zeros));
	must((seal_keyed_hash(&store->key, "session", body, body_len, mac,
	    &err) == MFA_OK) == (body_len <= SEALED_MAX));
	memcpy(ret, data, len);
	return len + (size_t)snprintf(ret + len, TEXT_SIZE - len, "mac %s\n",
	    mac);
}

static bool
load(const struct store *store, const struct host_user *user,
    struct session *ret)
{
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = session_load(store, AUDIT, user, ret, &err);
	must(code == MFA_OK || code == MFA_NO_SUCH_ENTITY ||
	    code == MFA_SERVICE_FAILURE);
	return code == MFA_OK;
}

static bool
try_session(struct fuzzbed *bed, const struct store *store, bool with_mac,
    const uint8_t *data, size_t len)
{
	static const struct host_user bob = { "bob", 1002 };
	struct session session, other;
	char path[PATH_MAX], text[TEXT_SIZE];

	if (len > TEXT_SIZE / 2)
		return false;
	memcpy(text, data, len);
	if (with_mac)
		len = put_mac(store, data, len, text);
	snprintf(path, sizeof(path), "%s/%d", bed->sessions, AUDIT);
	fuzzbed_write(path, text, len);
	if (!load(store, &FUZZBED_ALICE, &session))
		return false;
	must(session.audit == AUDIT);
	must(host_user_is_same(&session.user, &FUZZBED_ALICE));
	must(session.proved <= bed->world.boottime(bed->world.ctx));
	must(session.expires > bed->world.boottime(bed->world.ctx));
	must(!load(store, &bob, &other));
	text[len - 2] ^= 1;
	fuzzbed_write(path, text, len);
	must(!load(store, &FUZZBED_ALICE, &session));
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct store *store;
	struct fuzzbed *bed = fuzzbed();

	fuzz_accepted = false;
	if (store == NULL)
		store = fuzzbed_store(bed);
	if (len == 0)
		return 0;
	if (data[0] == 'C')
		fuzz_accepted = try_claim(bed, store, data + 1, len - 1);
	else if (data[0] == 'S' || data[0] == 's')
		fuzz_accepted = try_session(bed, store, data[0] == 'S',
		    data + 1, len - 1);
	return 0;
}
