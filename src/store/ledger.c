#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "store/devfile.h"
#include "store/ledger.h"
#include "store/seal.h"

#define FOLDER	    "ledger"
#define VERSION	    2
#define SLOTS	    2
#define MAGIC_SIZE  8
#define HASH_SIZE   SEAL_DIGEST_SIZE
#define HASHED_SIZE (LEDGER_SLOT_SIZE - HASH_SIZE)
/* Up to the end of the second slot. */
#define READ_SIZE (LEDGER_SLOT_STRIDE + LEDGER_SLOT_SIZE)

static const uint8_t magic[MAGIC_SIZE] = "mfaledg";

/* A slot, apart from its hash and from room that no operation uses yet. */
struct content {
	uint8_t magic[MAGIC_SIZE];
	uint32_t version;
	uint32_t uid;
	uint64_t generation;
	char user[USER_NAME_MAX]; /* filled up with NUL */
	struct ledger_record record;
};

struct ledger {
	int fd;
	char name[NAME_MAX + 1];
	const struct store *store; /* outlives the ledger */
	unsigned current; /* slot that CONTENT is from */
	struct content content;
	uint8_t slot[LEDGER_SLOT_SIZE]; /* as it was read */
	bool failed;
};

/* Encoding and decoding are one walk, so that they can't disagree. */
struct walk {
	uint8_t *at;
	bool encoding;
};

static void
walk_bytes(struct walk *walk, void *bytes, size_t len)
{
	if (walk->encoding)
		memcpy(walk->at, bytes, len);
	else
		memcpy(bytes, walk->at, len);
	walk->at += len;
}

/* LEN octets of *NUMBER, little-endian. */
static void
walk_number(struct walk *walk, uint64_t *number, size_t len)
{
	uint64_t read = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (walk->encoding)
			walk->at[i] = (uint8_t)(*number >> (8 * i));
		else
			read |= (uint64_t)walk->at[i] << (8 * i);
	}
	if (!walk->encoding)
		*number = read;
	walk->at += len;
}

static void
walk_u32(struct walk *walk, uint32_t *number)
{
	uint64_t wide = *number;

	walk_number(walk, &wide, sizeof(*number));
	*number = (uint32_t)wide;
}

static void
walk_i64(struct walk *walk, int64_t *number)
{
	walk_number(walk, (uint64_t *)number, sizeof(*number));
}

static void
walk_device(struct walk *walk, struct ledger_device *device)
{
	walk_bytes(walk, device->id, sizeof(device->id));
	walk_i64(walk, &device->last_step);
	walk_u32(walk, (uint32_t *)&device->drift);
	walk_u32(walk, &device->behind);
	walk_u32(walk, &device->sign_count);
	walk_i64(walk, &device->last_used);
}

/* Came later, and so has its place in the room behind all else. */
static void
walk_hole(struct walk *walk, struct ledger_device *device)
{
	walk_i64(walk, &device->top);
	walk_i64(walk, &device->hole_first);
	walk_i64(walk, &device->hole_last);
}

static void
walk_pass(struct walk *walk, struct ledger_pass *pass)
{
	walk_bytes(walk, pass->hash, sizeof(pass->hash));
	walk_i64(walk, &pass->since);
	walk_i64(walk, &pass->expires);
	walk_u32(walk, &pass->uses);
}

static void
walk_record(struct walk *walk, struct ledger_record *record)
{
	size_t i;

	for (i = 0; i < DEVICES_MAX; i++)
		walk_device(walk, &record->devices[i]);
	for (i = 0; i < LEDGER_DOORS; i++) {
		walk_u32(walk, &record->doors[i].failures);
		walk_i64(walk, &record->doors[i].since);
		walk_i64(walk, &record->doors[i].until);
	}
	walk_number(walk, &record->recovery_set, sizeof(record->recovery_set));
	walk_u32(walk, &record->recovery_used);
	walk_pass(walk, &record->grant);
	walk_pass(walk, &record->invite);
	walk_u32(walk, &record->failed);
	walk_bytes(walk, record->failed_from, sizeof(record->failed_from));
	record->failed_from[sizeof(record->failed_from) - 1] = '\0';
	for (i = 0; i < DEVICES_MAX; i++)
		walk_hole(walk, &record->devices[i]);
}

/* All of CONTENT; the room up to the hash stays as it is in the slot. */
static void
walk_content(uint8_t slot[static LEDGER_SLOT_SIZE], struct content *content,
    bool encoding)
{
	struct walk walk = { .at = slot, .encoding = encoding };

	_Static_assert(sizeof(struct content) <= HASHED_SIZE,
	    "the octets of a content are no more than those of its struct");
	walk_bytes(&walk, content->magic, sizeof(content->magic));
	walk_u32(&walk, &content->version);
	walk_u32(&walk, &content->uid);
	walk_number(&walk, &content->generation, sizeof(content->generation));
	walk_bytes(&walk, content->user, sizeof(content->user));
	walk_record(&walk, &content->record);
}

static bool
hash_slot(const uint8_t slot[static LEDGER_SLOT_SIZE],
    uint8_t ret[static HASH_SIZE])
{
	return seal_digest(slot, HASHED_SIZE, ret);
}

/* Is the slot, which has HASH, whole? Its content is somebody's then. */
static bool
is_whole(const uint8_t slot[static LEDGER_SLOT_SIZE],
    const uint8_t hash[static HASH_SIZE])
{
	return memcmp(slot, magic, sizeof(magic)) == 0 &&
	    memcmp(slot + HASHED_SIZE, hash, HASH_SIZE) == 0;
}

static bool
encode_slot(uint8_t slot[static LEDGER_SLOT_SIZE], struct content *content)
{
	walk_content(slot, content, true);
	return hash_slot(slot, slot + HASHED_SIZE);
}

static enum mfa_code
fail(const struct ledger *ledger, struct mfa_error *err, int sys_errno,
    const char *what)
{
	(void)mfa_error_set(err, MFA_SERVICE_FAILURE, sys_errno, "%s: %s",
	    ledger->name, what);
	return store_error_in(ledger->store, FOLDER, err);
}

/* A whole slot that is of another format, or of someone else, refuses all. */
static enum mfa_code
check_content(const struct ledger *ledger, const struct content *content,
    const struct host_user *user, struct mfa_error *err)
{
	if (content->version != VERSION)
		return fail(ledger, err, 0, "is of another version");
	if (strncmp(content->user, user->name, sizeof(content->user)) != 0)
		return fail(ledger, err, 0, "is the ledger of another user");
	if (content->uid != user->uid)
		return fail(ledger, err, 0, "is the ledger of another uid");
	return MFA_OK;
}

static enum mfa_code
choose_slot(struct ledger *ledger, uint8_t file[static READ_SIZE],
    const struct host_user *user, struct mfa_error *err)
{
	struct content content;
	uint8_t hash[HASH_SIZE];
	bool found = false;
	enum mfa_code code;
	unsigned i;

	for (i = 0; i < SLOTS; i++) {
		uint8_t *slot = file + i * LEDGER_SLOT_STRIDE;

		/* Were it for damage, an older slot would rule. */
		if (!hash_slot(slot, hash))
			return fail(ledger, err, 0,
			    "libcrypto could not hash it");
		if (!is_whole(slot, hash))
			continue;
		walk_content(slot, &content, false);
		code = check_content(ledger, &content, user, err);
		if (code != MFA_OK)
			return code;
		if (found && content.generation == ledger->content.generation)
			return fail(ledger, err, 0,
			    "damaged: two slots of one generation");
		if (found && content.generation < ledger->content.generation)
			continue;
		ledger->current = i;
		ledger->content = content;
		memcpy(ledger->slot, slot, LEDGER_SLOT_SIZE);
		found = true;
	}
	if (!found)
		return fail(ledger, err, 0, "damaged: neither slot is whole");
	return MFA_OK;
}

static enum mfa_code
read_slots(struct ledger *ledger, const struct host_user *user,
    struct mfa_error *err)
{
	uint8_t file[READ_SIZE];
	size_t used = 0;
	ssize_t n;

	while (used < sizeof(file)) {
		n = pread(ledger->fd, file + used, sizeof(file) - used,
		    (off_t)used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(ledger, err, errno, "read");
		if (n == 0)
			return fail(ledger, err, 0, "damaged: cut short");
		used += (size_t)n;
	}
	return choose_slot(ledger, file, user, err);
}

/* Is the file that is locked now the one that the path names, and whole? */
static enum mfa_code
check_locked(const struct ledger *ledger, struct mfa_error *err)
{
	struct stat locked, named;

	if (fstat(ledger->fd, &locked) != 0)
		return fail(ledger, err, errno, "fstat");
	if (fstatat(ledger->store->ledger_fd, ledger->name, &named,
		AT_SYMLINK_NOFOLLOW) != 0)
		return fail(ledger, err, errno, "stat");
	if (locked.st_dev != named.st_dev || locked.st_ino != named.st_ino)
		return fail(ledger, err, 0, "was replaced while waiting");
	if (locked.st_size != LEDGER_FILE_SIZE)
		return fail(ledger, err, 0, "damaged: not of its size");
	return MFA_OK;
}

/* An empty ledger in slot 0, the rest written zeros. Losing a race is fine. */
static enum mfa_code
create(const struct ledger *ledger, const struct host_user *user,
    struct mfa_error *err)
{
	uint8_t file[LEDGER_FILE_SIZE] = { 0 };
	struct content content = {
		.version = VERSION,
		.uid = user->uid,
		.generation = 1,
	};
	enum mfa_code code;
	size_t i;

	memcpy(content.magic, magic, sizeof(magic));
	memcpy(content.user, user->name, strlen(user->name));
	for (i = 0; i < DEVICES_MAX; i++)
		content.record.devices[i].last_step = STEP_NONE;
	if (!encode_slot(file, &content))
		return fail(ledger, err, 0, "libcrypto could not hash it");
	code = file_create(ledger->store->ledger_fd, ledger->name, file,
	    sizeof(file), err);
	if (code == MFA_OK || code == MFA_ENTITY_ALREADY_EXISTS)
		return MFA_OK;
	return store_error_in(ledger->store, FOLDER, err);
}

static enum mfa_code
open_file(struct ledger *ledger, struct mfa_error *err)
{
	struct file_trust trust = store_trust(ledger->store);
	enum mfa_code code;

	code = file_open(ledger->store->ledger_fd, ledger->name, O_RDWR, &trust,
	    &ledger->fd, err);
	return code == MFA_OK ? code
			      : store_error_in(ledger->store, FOLDER, err);
}

static struct ledger *
new_ledger(const struct store *store)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (ledger == NULL)
		return NULL;
	ledger->fd = -1;
	ledger->store = store;
	return ledger;
}

enum mfa_code
ledger_open(const struct store *store, const struct host_user *user,
    bool create_it, unsigned timeout_ms, struct ledger **ret,
    struct mfa_error *err)
{
	_cleanup_(ledger_freep) struct ledger *ledger = new_ledger(store);
	enum mfa_code code;

	if (ledger == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM,
		    "no memory for a ledger");
	if (!devfile_is_user(user->name) ||
	    !text_file_name(user->name, ledger->name))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the user's name can't be the name of a file");
	code = open_file(ledger, err);
	if (code == MFA_NO_SUCH_ENTITY && create_it) {
		code = create(ledger, user, err);
		if (code == MFA_OK)
			code = open_file(ledger, err);
	}
	if (code != MFA_OK)
		return code;
	code = file_lock(ledger->fd, ledger->name, timeout_ms, err);
	if (code != MFA_OK)
		return store_error_in(store, FOLDER, err);
	code = check_locked(ledger, err);
	if (code == MFA_OK)
		code = read_slots(ledger, user, err);
	if (code != MFA_OK)
		return code;
	*ret = steal(&ledger);
	return MFA_OK;
}

enum mfa_code
ledger_open_enrolled(const struct store *store, const struct host_user *user,
    struct ledger **ret, struct mfa_error *err)
{
	enum mfa_code code;

	code = ledger_open(store, user, false, LEDGER_LOCK_MS, ret, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the ledger of %s is missing beside the devices",
		    user->name);
	return code;
}

void
ledger_freep(struct ledger **ledger)
{
	if (ledger == NULL || *ledger == NULL)
		return;
	closep(&(*ledger)->fd);
	explicit_bzero(*ledger, sizeof(**ledger));
	free(*ledger);
	*ledger = NULL;
}

struct ledger_record *
ledger_record(struct ledger *ledger)
{
	return &ledger->content.record;
}

/* One write and one fdatasync; anything less is a failure. */
static enum mfa_code
write_slot(const struct ledger *ledger, unsigned index, struct mfa_error *err)
{
	off_t offset = (off_t)index * LEDGER_SLOT_STRIDE;
	ssize_t n;

	do
		n = pwrite(ledger->fd, ledger->slot, sizeof(ledger->slot),
		    offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(ledger, err, errno, "write");
	if ((size_t)n != sizeof(ledger->slot))
		return fail(ledger, err, 0, "written in part only");
	if (fdatasync(ledger->fd) != 0)
		return fail(ledger, err, errno, "fdatasync");
	return MFA_OK;
}

enum mfa_code
ledger_commit(struct ledger *ledger, struct mfa_error *err)
{
	unsigned other = 1 - ledger->current;
	enum mfa_code code;

	if (ledger->failed)
		return fail(ledger, err, 0, "an earlier commit failed");
	/* What is in doubt from here on is not to be committed to again. */
	ledger->failed = true;
	if (ledger->content.generation == UINT64_MAX)
		return fail(ledger, err, 0, "damaged: no generation is left");
	ledger->content.generation++;
	if (!encode_slot(ledger->slot, &ledger->content))
		return fail(ledger, err, 0, "libcrypto could not hash it");
	code = write_slot(ledger, other, err);
	if (code != MFA_OK)
		return code;
	ledger->current = other;
	ledger->failed = false;
	return MFA_OK;
}

struct ledger_device *
ledger_find(struct ledger_record *record,
    const uint8_t id[static DEVICE_ID_SIZE])
{
	size_t i;

	for (i = 0; i < DEVICES_MAX; i++) {
		if (memcmp(record->devices[i].id, id, DEVICE_ID_SIZE) == 0)
			return &record->devices[i];
	}
	return NULL;
}

struct ledger_device *
ledger_find_free(struct ledger_record *record)
{
	static const uint8_t free_id[DEVICE_ID_SIZE];

	return ledger_find(record, free_id);
}

enum mfa_code
ledger_find_enrolled(struct ledger_record *record, const struct host_user *user,
    const struct device *device, struct ledger_device **ret,
    struct mfa_error *err)
{
	struct ledger_device *entry = ledger_find(record, device->id);

	if (entry == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the ledger of %s has no entry for %s: deactivate the "
		    "device and enable it again",
		    user->name, device->serial);
	*ret = entry;
	return MFA_OK;
}
