/*
 * Makes the corpora of state: "make_state_seeds FOLDER", of tests/fuzz. The
 * same at every run, as the world of fuzzbed.h is.
 */
#include <err.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "mfa/recover.h"
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

/* Whole sign-ins */

#define ALICE	"alice\tsshd\t192.0.2.7\tssh\tdeny\n"
#define UNARMED	"alice\tlogin\t\ttty1\t"

/* What the seed below has of the state: alice's two files. */
struct state {
	char	devices[FILE_MAX];
	size_t	devices_len;
	char	ledger[ROOM];
};

static size_t
load_file(const char *sub, char *bytes, size_t size)
{
	char path[PATH_MAX];
	FILE *in;
	size_t n;

	fuzzbed_path(bed, sub, "alice", path);
	if ((in = fopen(path, "re")) == NULL)
		return 0;
	n = fread(bytes, 1, size, in);
	must(fclose(in) == 0);
	return n;
}

/* The newer slot of the two: a seed has but one. */
static void
load_slot(char ret[static ROOM])
{
	static char file[LEDGER_FILE_SIZE];
	const char *second = file + LEDGER_SLOT_STRIDE;

	must(load_file("ledger", file, sizeof(file)) == sizeof(file));
	/* Magic, version and uid come before the generation, all small. */
	memcpy(ret, second[16] > file[16] ? second : file, ROOM);
}

static void
save_signin(const char *name, const char *conf, const char *policy,
    const struct state *state, const char *fmt, ...)
{
	static char seed[2 * FILE_MAX];
	va_list ap;
	size_t len;

	len = (size_t)snprintf(seed, sizeof(seed), "%s\n%%%%\n%s\n%%%%\n",
	    conf, policy);
	if (state != NULL) {
		memcpy(seed + len, state->devices, state->devices_len);
		len += state->devices_len;
	}
	len += (size_t)sprintf(seed + len, "\n%%%%\n");
	if (state != NULL) {
		memcpy(seed + len, state->ledger, ROOM);
		len += ROOM;
	}
	len += (size_t)sprintf(seed + len, "\n%%%%\n");
	va_start(ap, fmt);
	len += (size_t)vsnprintf(seed + len, sizeof(seed) - len, fmt, ap);
	va_end(ap);
	save(name, seed, len);
}

static const char *
code(unsigned number, int offset)
{
	static char texts[4][8];
	static unsigned used;
	char *text = texts[used++ % 4];
	struct secret digits;

	fuzzbed_code(bed, number, offset, &digits);
	snprintf(text, sizeof(texts[0]), "%.6s", (const char *)digits.bytes);
	return text;
}

/* Two tokens, recovery codes, a grant. */
static void
make_state(struct state *ret, struct longcode codes[static RECOVER_CODES],
    struct recover_given *ret_grant)
{
	struct settings settings;
	const struct mfa_context ctx = { .store = store,
		.settings = &settings,
		.world = &bed->world };
	struct mfa_error err;

	fuzzbed_empty(bed);
	settings_default(&settings);
	fuzzbed_enrol(bed, "alice", 1001, 1);
	fuzzbed_enrol(bed, "alice", 1001, 2);
	must(recover_create(&ctx, &FUZZBED_ALICE, codes, &err) == MFA_OK);
	must(recover_grant(&ctx, &FUZZBED_ALICE, 3600, 1, ret_grant, &err) ==
	    MFA_OK);
	ret->devices_len = load_file("devices", ret->devices, FILE_MAX);
	load_slot(ret->ledger);
}

static void
make_policies(const struct state *state)
{
	static const char some[] = "{\"Version\": \"2012-10-17\", "
	    "\"Statement\": [{\"Effect\": \"Allow\", \"Action\": "
	    "\"pam:Authenticate\", \"Resource\": \"*\", \"Condition\": "
	    "{\"StringEquals\": {\"pam:Service\": \"cron\"}}}]}";

	save_signin("signin/valid_policy", "", some, state,
	    "alice\tcron\t\t\tdeny");
	save_signin("signin/denied_policy", "", some, state, ALICE "%s",
	    code(1, 0));
	save_signin("signin/broken_policy", "", "{", state, ALICE "%s",
	    code(1, 0));
}

static void
make_signins(void)
{
	static struct state state;
	struct longcode codes[RECOVER_CODES];
	struct recover_given grant;

	make_state(&state, codes, &grant);
	save_signin("signin/valid_code", "", "", &state, ALICE "%s",
	    code(1, 0));
	save_signin("signin/valid_second", "", "", &state, ALICE "%s",
	    code(2, -1));
	save_signin("signin/valid_pair", "", "", &state, ALICE "%s %s",
	    code(2, 7), code(2, 8));
	save_signin("signin/valid_recovery", "", "", &state, ALICE "%s",
	    codes[3].text);
	save_signin("signin/valid_grant", "", "", &state, ALICE "%s",
	    grant.code.text);
	save_signin("signin/valid_next", "", "", &state, ALICE
	    "%s\n%%%%\n+30\n%%%%\n" ALICE "%s", code(1, 0), code(1, 1));
	save_signin("signin/wrong", "", "", &state, ALICE "000000");
	save_signin("signin/wrong_often", "", "", &state, ALICE
	    "000000\n%%%%\n" ALICE "000000\n%%%%\n" ALICE "000000\n%%%%\n"
	    ALICE "000000\n%%%%\n" ALICE "000000\n%%%%\n" ALICE
	    "000000\n%%%%\n" ALICE "%s", code(1, 0));
	save_signin("signin/used", "", "", &state, ALICE
	    "%s\n%%%%\n" ALICE "%s", code(1, 0), code(1, 0));
	save_signin("signin/other_user", "", "", &state,
	    "bob\tsshd\t\t\tdeny\n%s", code(1, 0));
	save_signin("signin/unknown_user", "", "", &state,
	    "nobody\tsshd\t\t\tallow\n%s", code(1, 0));
	save_signin("signin/valid_conf", "prompt = \"Code? \";\n"
	    "prompt_timeout = 10;\nlocal_services = (\"login\");\n"
	    "keys_for_remote = true;\n", "", &state, ALICE "%s", code(1, 0));
	save_signin("signin/broken_conf", "prompt = 1;\n", "", &state, ALICE
	    "%s", code(1, 0));
	save_signin("signin/valid_allow", "", "", NULL, UNARMED "allow");
	save_signin("signin/valid_reminded", "", "", NULL,
	    UNARMED "deny\t2030-01-01");
	save_signin("signin/unenrolled", "", "", NULL, UNARMED "deny\n000000");
	save_signin("signin/defers", "", "", NULL,
	    "alice\tsshd\t\t\tenroll-open");
	make_policies(&state);
	state.devices_len -= 40;
	save_signin("signin/damaged", "", "", &state, ALICE "%s", code(1, 0));
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
	make_signins();
	store_freep(&store);
	return 0;
}
