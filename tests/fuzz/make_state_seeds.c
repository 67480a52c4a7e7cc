/*
 * Makes the corpora of state: "make_state_seeds FOLDER", of tests/fuzz. The
 * same at every run, as the world of fuzzbed.h is.
 */
#include <err.h>
#include <string.h>

#include "base/cleanup.h"
#include "store/devfile.h"
#include "store/ledger.h"
#include "store/record.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzzbed.h"

#define FILE_MAX	(64 * 1024)
#define ROOM		992	/* of a slot, without its hash */

static const char *folder;
static struct fuzzbed *bed;
static struct store *store;

static void
save(const char *name, const void *data, size_t len)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/corpus/%s", folder, name);
	if ((file = fopen(path, "we")) == NULL)
		err(1, "%s", path);
	must(fwrite(data, 1, len, file) == len);
	must(fclose(file) == 0);
}

/* Devices */

static struct device *
make_device(enum device_type type, const char *serial, const char *name)
{
	struct device *device = device_new(&bed->world);

	must(device != NULL);
	device->type = type;
	strcpy(device->serial, serial);
	strcpy(device->name, name);
	device->created = 1600000000;
	device->enabled = 1600000001;
	return device;
}

/* A hardware token, its serial number "TEST0000000" and NUMBER. */
static struct device *
make_token(unsigned number)
{
	char serial[32];
	struct device *device;

	snprintf(serial, sizeof(serial), "TEST%08u", number);
	device = make_device(DEVICE_HARDWARE, serial, "");
	must(secret_set(&device->seed, "12345678901234567890", 20));
	device->seed.bytes[0] = (uint8_t)('0' + number);
	return device;
}

static struct device *
make_virtual(void)
{
	struct device *device = make_device(DEVICE_VIRTUAL,
	    "arn:aws:iam::000000000000:mfa/alice/phone", "phone");
	struct mfa_error err;

	must(secret_set(&device->seed, "abcdefghijklmnopqrst", 20));
	must(device_set_tag(device, "team", "Müller \\ \"x\"", &err) == MFA_OK);
	must(device_set_tag(device, "empty", "", &err) == MFA_OK);
	device->spent_step = 53333333;
	device->drift = -2;
	return device;
}

static struct device *
make_key(bool is_ssh)
{
	struct device *device = make_device(DEVICE_SECURITY_KEY,
	    is_ssh ? "arn:aws:iam::000000000000:u2f/user/alice/ssh-0123"
		   : "arn:aws:iam::000000000000:u2f/user/alice/key-0123",
	    is_ssh ? "ssh" : "key");
	struct fido_credential *c = calloc(1, sizeof(*c));

	must(c != NULL);
	memset(&device->otp, 0, sizeof(device->otp));
	device->credential = c;
	c->sign_count = 7;
	c->key_len = is_ssh ? 32 : 64;
	memset(c->key, 0x32, c->key_len);
	if (is_ssh) {
		strcpy(c->rp_id, "ssh:");
		c->format = FIDO_SSH;
		c->algorithm = FIDO_EDDSA;
		return device;
	}
	strcpy(c->rp_id, "awsmfa");
	c->id_len = 16;
	memset(c->id, 0x31, c->id_len);
	c->certificate_len = 40;
	memset(c->certificate, 0x30, c->certificate_len);
	must(device_add_certification(device, "FIDO", 2));
	must(device_add_certification(device, "FIPS-CMVP-3", 1));
	return device;
}

static void
add(struct device_list *list, struct device *device)
{
	struct mfa_error err;

	must(device_list_add(list, &device, &err) == MFA_OK);
}

static void
add_recovery(struct device_list *list)
{
	list->recovery.number = 3;
	list->recovery.count = 2;
	memset(list->recovery.hashes[0], 0x41, RECOVERY_HASH_SIZE);
	memset(list->recovery.hashes[1], 0x42, RECOVERY_HASH_SIZE);
}

static void
save_list(const char *name, struct device_list *list, const char *user,
    int64_t uid)
{
	struct devfile_owner owner = { .uid = uid };
	_cleanup_(freep) char *text = NULL;
	struct mfa_error err;
	size_t len;

	strcpy(owner.user, user);
	must(devfile_format(list, &owner, &store->key, &bed->world, &text,
	    &len, &err) == MFA_OK);
	save(name, text, len);
	device_list_clear(list);
}

static void
make_devfiles(void)
{
	struct device_list list = { 0 };
	unsigned i;

	save_list("devfile/valid_none", &list, "alice", 1001);
	add(&list, make_token(1));
	save_list("devfile/valid_token", &list, "", -1);
	add(&list, make_virtual());
	save_list("devfile/valid_virtual", &list, "alice", 1001);
	add(&list, make_key(false));
	save_list("devfile/valid_key", &list, "alice", 1001);
	add(&list, make_token(1));
	add(&list, make_virtual());
	add(&list, make_key(false));
	add(&list, make_key(true));
	add_recovery(&list);
	save_list("devfile/valid_mixed", &list, "alice", 1001);
	for (i = 1; i <= DEVICES_MAX; i++)
		add(&list, make_token(i));
	save_list("devfile/valid_eight", &list, "Jane Döe", 1001);
}

/* Ledgers */

static void
save_ledger(const char *name, uint8_t flags)
{
	static uint8_t file[LEDGER_FILE_SIZE];
	uint8_t seed[1 + 2 * ROOM] = { flags };
	char path[PATH_MAX];
	FILE *in;

	fuzzbed_path(bed, "ledger", "alice", path);
	must((in = fopen(path, "re")) != NULL);
	must(fread(file, 1, sizeof(file), in) == sizeof(file));
	must(fclose(in) == 0);
	memcpy(seed + 1, file, ROOM);
	memcpy(seed + 1 + ROOM, file + LEDGER_SLOT_STRIDE, ROOM);
	save(name, seed, sizeof(seed));
}

static void
fill_record(struct ledger_record *record)
{
	memset(record->devices[0].id, 0x17, DEVICE_ID_SIZE);
	record->devices[0].last_step = 56666666;
	record->devices[0].drift = -1;
	record->devices[0].last_used = FUZZBED_NOW - 60;
	record->doors[LEDGER_LOGIN] = (struct ledger_throttle){ 6,
		FUZZBED_NOW - 10, FUZZBED_NOW + 50 };
	record->recovery_set = 3;
	record->recovery_used = 5;
	memset(record->grant.hash, 0x55, LEDGER_HASH_SIZE);
	record->grant.since = FUZZBED_NOW - 10;
	record->grant.expires = FUZZBED_NOW + 3600;
	record->grant.uses = 1;
	record->failed = 2;
	strcpy(record->failed_from, "192.0.2.7");
}

static void
make_ledgers(void)
{
	struct ledger *ledger = NULL;
	struct mfa_error err;

	must(ledger_open(store, &FUZZBED_ALICE, true, 0, &ledger, &err) ==
	    MFA_OK);
	save_ledger("ledger/valid_new", 3);
	save_ledger("ledger/unhashed", 0);
	fill_record(ledger_record(ledger));
	must(ledger_commit(ledger, &err) == MFA_OK);
	save_ledger("ledger/valid_both", 3);
	save_ledger("ledger/valid_torn", 1);
	save_ledger("ledger/cut", 7);
	ledger_freep(&ledger);
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		errx(1, "usage: make_state_seeds FOLDER");
	folder = argv[1];
	bed = fuzzbed();
	store = fuzzbed_store(bed);
	make_devfiles();
	make_ledgers();
	store_freep(&store);
	return 0;
}
