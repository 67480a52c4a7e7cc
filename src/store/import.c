/*
 * Importing tokens into the inventory, all or nothing. Records are staged in
 * the folder STAGED; renaming it to COMMITTED is the moment from which the
 * import has happened; then each record moves to its place. Whoever holds the
 * lock may drop STAGED and finish COMMITTED, so a crash at any point leaves all
 * or none.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/folder.h"
#include "store/inventory.h"
#include "store/record.h"

#define FOLDER	  "inventory"
#define STAGED	  ".import.new"
#define COMMITTED ".import.commit"
#define LOCK	  ".import.lock"

struct inventory_import {
	const struct store *store; /* outlives the import */
	int lock_fd;
	int folder_fd; /* STAGED */
	bool failed;
};

/* A step of the work in a folder beside the records. */
struct step {
	const struct store *store;
	int from_fd;
};

static enum mfa_code
fail(const struct store *store, struct mfa_error *err, const char *name)
{
	(void)mfa_error_set(err, MFA_SERVICE_FAILURE, errno, "%s", name);
	return store_error_in(store, FOLDER, err);
}

static enum mfa_code
lock(const struct store *store, int *ret_fd, struct mfa_error *err)
{
	struct file_trust trust = store_trust(store);
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;

	code = file_open(store->inventory_fd, LOCK, O_RDWR, &trust, &fd, err);
	if (code == MFA_NO_SUCH_ENTITY) {
		code = file_create(store->inventory_fd, LOCK, "", 0, err);
		if (code == MFA_OK || code == MFA_ENTITY_ALREADY_EXISTS)
			code = file_open(store->inventory_fd, LOCK, O_RDWR,
			    &trust, &fd, err);
	}
	if (code == MFA_OK)
		code = file_lock(fd, LOCK, 0, err);
	if (code == MFA_CONCURRENT_MODIFICATION)
		return mfa_error_set(err, code, 0,
		    "another import of tokens is running");
	if (code != MFA_OK)
		return store_error_in(store, FOLDER, err);
	*ret_fd = fd;
	fd = -1;
	return MFA_OK;
}

static int
sync_inventory(const struct store *store)
{
	return fsync(store->inventory_fd);
}

/* Opens the folder NAME; where there is none *ret_fd is -1. */
static enum mfa_code
open_left_over(const struct store *store, const char *name, int *ret_fd,
    struct mfa_error *err)
{
	struct file_trust trust = store_trust(store);
	enum mfa_code code;

	*ret_fd = -1;
	code = file_open_dir(store->inventory_fd, name, &trust, ret_fd, err);
	if (code == MFA_OK || code == MFA_NO_SUCH_ENTITY)
		return MFA_OK;
	return store_error_in(store, FOLDER, err);
}

static enum mfa_code
remove_one(void *ctx, const char *name, struct mfa_error *err)
{
	const struct step *step = ctx;

	if (unlinkat(step->from_fd, name, 0) == 0 || errno == ENOENT)
		return MFA_OK;
	return fail(step->store, err, name);
}

/*
 * Moves a record to its place. One that is there already is what a link that a
 * crash interrupted left, or was added meanwhile: it stays.
 */
static enum mfa_code
move_one(void *ctx, const char *name, struct mfa_error *err)
{
	const struct step *step = ctx;
	int to_fd = step->store->inventory_fd, r;

	r = renameat2(step->from_fd, name, to_fd, name, RENAME_NOREPLACE);
	if (r == 0 || errno == ENOENT)
		return MFA_OK;
	/* Some file systems can't refuse to replace. */
	if (errno == EINVAL || errno == ENOSYS)
		r = linkat(step->from_fd, name, to_fd, name, 0);
	if (r != 0 && errno != EEXIST)
		return fail(step->store, err, name);
	return remove_one(ctx, name, err);
}

/*
 * Empties the folder NAME by EACH and removes it. Again where something is
 * left, since reading a folder that changes may miss names.
 */
static enum mfa_code
empty_folder(const struct store *store, const char *name, int fd,
    enum mfa_code (*each)(void *ctx, const char *name, struct mfa_error *err),
    struct mfa_error *err)
{
	struct step step = { .store = store, .from_fd = fd };
	enum mfa_code code;

	do {
		code = folder_each(fd, name, each, &step, err);
		if (code != MFA_OK)
			return code;
		if (sync_inventory(store) != 0)
			return fail(store, err, name);
		if (unlinkat(store->inventory_fd, name, AT_REMOVEDIR) == 0 ||
		    errno == ENOENT)
			return MFA_OK;
	} while (errno == ENOTEMPTY || errno == EEXIST);
	return fail(store, err, name);
}

static enum mfa_code
finish_folder(const struct store *store, const char *name,
    enum mfa_code (*each)(void *ctx, const char *name, struct mfa_error *err),
    struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;

	code = open_left_over(store, name, &fd, err);
	if (code != MFA_OK || fd < 0)
		return code;
	return empty_folder(store, name, fd, each, err);
}

/* The caller holds the lock. */
static enum mfa_code
recover_locked(const struct store *store, struct mfa_error *err)
{
	enum mfa_code code;

	code = finish_folder(store, COMMITTED, move_one, err);
	if (code == MFA_OK)
		code = finish_folder(store, STAGED, remove_one, err);
	return code;
}

static bool
is_there(const struct store *store, const char *name)
{
	return faccessat(store->inventory_fd, name, F_OK,
		   AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT;
}

enum mfa_code
inventory_recover(const struct store *store, struct mfa_error *err)
{
	_cleanup_(closep) int lock_fd = -1;
	enum mfa_code code;

	if (!is_there(store, COMMITTED) && !is_there(store, STAGED))
		return MFA_OK;
	code = lock(store, &lock_fd, err);
	if (code != MFA_OK)
		return code;
	return recover_locked(store, err);
}

enum mfa_code
inventory_import_begin(const struct store *store, struct inventory_import **ret,
    struct mfa_error *err)
{
	_cleanup_(
	    inventory_import_freep) struct inventory_import *import = NULL;
	enum mfa_code code;

	import = calloc(1, sizeof(*import));
	if (import == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM,
		    "no memory for an import");
	import->store = store;
	import->lock_fd = import->folder_fd = -1;
	code = lock(store, &import->lock_fd, err);
	if (code == MFA_OK)
		code = recover_locked(store, err);
	if (code != MFA_OK)
		return code;
	if (mkdirat(store->inventory_fd, STAGED, 0700) != 0)
		return fail(store, err, STAGED);
	code = open_left_over(store, STAGED, &import->folder_fd, err);
	if (code != MFA_OK)
		return code;
	if (import->folder_fd < 0)
		return fail(store, err, STAGED);
	*ret = steal(&import);
	return MFA_OK;
}

static int
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Not synced: a commit does that for all of them at once. */
static enum mfa_code
stage(struct inventory_import *import, const char *name, const char *text,
    size_t len, struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;

	fd = openat(import->folder_fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return mfa_error_set(err, MFA_ENTITY_ALREADY_EXISTS, 0,
		    "the serial number is in this import already");
	if (fd < 0 || fchmod(fd, 0600) != 0 || write_all(fd, text, len) != 0) {
		import->failed = true;
		return fail(import->store, err, STAGED);
	}
	return MFA_OK;
}

enum mfa_code
inventory_import_add(struct inventory_import *import,
    const struct device *device, struct mfa_error *err)
{
	/* It is only read; a record that owns its device has it writable. */
	const struct inventory_record record = {
		.device = (struct device *)device,
	};
	_cleanup_(freep) char *text = NULL;
	char name[RECORD_NAME_SIZE];
	enum mfa_code code;
	size_t len;

	code = record_check_absent(import->store, device->serial, err);
	if (code == MFA_OK)
		code = record_name(device->serial, device->type, name, err);
	if (code == MFA_OK)
		code = record_format(import->store, &record, &text, &len, err);
	if (code == MFA_OK)
		code = stage(import, name, text, len, err);
	return code;
}

enum mfa_code
inventory_import_commit(struct inventory_import *import, struct mfa_error *err)
{
	const struct store *store = import->store;
	int fd = store->inventory_fd;

	if (import->failed)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "an earlier step of the import failed");
	import->failed = true;
	/*
	 * One for all records, where an fsync of each takes minutes. It tells
	 * of failed writes since Linux 5.8, to a descriptor opened before them.
	 */
	if (syncfs(import->folder_fd) != 0)
		return fail(store, err, STAGED);
	if (renameat(fd, STAGED, fd, COMMITTED) != 0)
		return fail(store, err, COMMITTED);
	if (sync_inventory(store) != 0) {
		(void)fail(store, err, COMMITTED);
		(void)renameat(fd, COMMITTED, fd, STAGED);
		return err->code;
	}
	return empty_folder(store, COMMITTED, import->folder_fd, move_one, err);
}

void
inventory_import_freep(struct inventory_import **import)
{
	struct mfa_error ignored;

	if (import == NULL || *import == NULL)
		return;
	/* By its name: what was committed has another. */
	if ((*import)->folder_fd >= 0)
		(void)!finish_folder((*import)->store, STAGED, remove_one,
		    &ignored);
	closep(&(*import)->folder_fd);
	closep(&(*import)->lock_fd);
	free(*import);
	*import = NULL;
}
