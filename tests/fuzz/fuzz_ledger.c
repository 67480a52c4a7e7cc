/*
 * The ledger of one user. The first octet of an input is a set of the flags
 * below; up to ROOM octets of what follows are the first slot, as many more the
 * second, without their hashes; what is left comes after the file's end.
 */
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "store/ledger.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzzbed.h"

#define HASH_FIRST	1	/* the slot gets the hash that it needs */
#define HASH_SECOND	2
#define CUT		4	/* the file ends where the input does */
#define HASH_SIZE	32
#define ROOM		(LEDGER_SLOT_SIZE - HASH_SIZE)

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 1000;

static void
put_hash(uint8_t *slot)
{
	must(EVP_Digest(slot, ROOM, slot + ROOM, NULL, EVP_sha256(), NULL) ==
	    1);
}

/* The file's octets; how many. */
static size_t
fill(const uint8_t *data, size_t len,
    uint8_t ret[static LEDGER_FILE_SIZE + ROOM])
{
	size_t first = len < ROOM ? len : ROOM, second, rest;

	memset(ret, 0, LEDGER_FILE_SIZE + ROOM);
	second = len - first < ROOM ? len - first : ROOM;
	rest = len - first - second < ROOM ? len - first - second : ROOM;
	memcpy(ret, data, first);
	memcpy(ret + LEDGER_SLOT_STRIDE, data + first, second);
	memcpy(ret + LEDGER_FILE_SIZE, data + first + second, rest);
	return LEDGER_FILE_SIZE + rest;
}

static struct ledger *
open_ledger(const struct store *store)
{
	struct ledger *ledger = NULL;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = ledger_open(store, &FUZZBED_ALICE, false, 0, &ledger, &err);
	must(code == MFA_OK || code == MFA_SERVICE_FAILURE);
	must((code == MFA_OK) == (ledger != NULL));
	must(code == MFA_OK || err.detail[0] != '\0');
	return ledger;
}

static bool
is_same_pass(const struct ledger_pass *a, const struct ledger_pass *b)
{
	return memcmp(a->hash, b->hash, sizeof(a->hash)) == 0 &&
	    a->since == b->since && a->expires == b->expires &&
	    a->uses == b->uses;
}

/* Octets between the members are no one's. */
static bool
is_same(const struct ledger_record *a, const struct ledger_record *b)
{
	size_t i;

	for (i = 0; i < DEVICES_MAX; i++) {
		const struct ledger_device *x = &a->devices[i];
		const struct ledger_device *y = &b->devices[i];

		if (memcmp(x->id, y->id, sizeof(x->id)) != 0 ||
		    x->last_step != y->last_step || x->drift != y->drift ||
		    x->behind != y->behind || x->sign_count != y->sign_count ||
		    x->last_used != y->last_used)
			return false;
	}
	for (i = 0; i < LEDGER_DOORS; i++) {
		if (a->doors[i].failures != b->doors[i].failures ||
		    a->doors[i].since != b->doors[i].since ||
		    a->doors[i].until != b->doors[i].until)
			return false;
	}
	return a->recovery_set == b->recovery_set &&
	    a->recovery_used == b->recovery_used && a->failed == b->failed &&
	    is_same_pass(&a->grant, &b->grant) &&
	    is_same_pass(&a->invite, &b->invite) &&
	    memcmp(a->failed_from, b->failed_from, sizeof(a->failed_from)) == 0;
}

/* What is committed is what is read, whatever it was. */
static void
check_commit(const struct store *store, struct ledger *ledger)
{
	struct ledger_record record;
	struct mfa_error err;
	int i;

	for (i = 0; i < 2; i++) {
		ledger_record(ledger)->doors[LEDGER_LOGIN].failures += 1;
		record = *ledger_record(ledger);
		if (ledger_commit(ledger, &err) != MFA_OK) {
			/* The last generation that there can be. */
			ledger_freep(&ledger);
			return;
		}
		ledger_freep(&ledger);
		must((ledger = open_ledger(store)) != NULL);
		must(is_same(&record, ledger_record(ledger)));
	}
	ledger_freep(&ledger);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct store *store;
	static uint8_t file[LEDGER_FILE_SIZE + ROOM];
	struct fuzzbed *bed = fuzzbed();
	struct ledger *ledger;
	char path[PATH_MAX];
	size_t size;

	fuzz_accepted = false;
	if (store == NULL)
		store = fuzzbed_store(bed);
	if (len == 0)
		return 0;
	size = fill(data + 1, len - 1, file);
	if (data[0] & HASH_FIRST)
		put_hash(file);
	if (data[0] & HASH_SECOND)
		put_hash(file + LEDGER_SLOT_STRIDE);
	if (data[0] & CUT)
		size = len - 1 < size ? len - 1 : size;
	fuzzbed_path(bed, "ledger", "alice", path);
	fuzzbed_write(path, file, size);
	ledger = open_ledger(store);
	fuzz_accepted = ledger != NULL;
	if (ledger != NULL)
		check_commit(store, ledger);
	return 0;
}
