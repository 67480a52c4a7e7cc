#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "store/devfile.h"
#include "store/seal.h"
#include "store/store.h"

#define DEVICES "devices"

struct file_trust
store_trust(const struct store *store)
{
	return (struct file_trust){
		.owner = store->owner,
		.owner_too = store->owner,
		.forbidden = 0077,
	};
}

/* "DIR/" before the detail. */
static enum mfa_code
error_under(struct mfa_error *err, const char *dir)
{
	struct mfa_error old = *err;

	return mfa_error_set(err, old.code, 0, "%s/%s", dir, old.detail);
}

enum mfa_code
store_error_in(const struct store *store, const char *folder,
    struct mfa_error *err)
{
	(void)error_under(err, folder);
	return error_under(err, store->root);
}

/* What init makes is missing; anything else that is wrong is told as it is. */
static enum mfa_code
init_error(struct mfa_error *err, const char *path)
{
	if (err->code != MFA_NO_SUCH_ENTITY)
		return err->code;
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
	    "%s is missing; run \"awsmfa init\"", path);
}

static enum mfa_code
open_folders(int root_fd, struct store *store, struct mfa_error *err)
{
	const struct {
		const char *name;
		int *fd;
	} folders[] = {
		{ DEVICES, &store->devices_fd },
		{ "ledger", &store->ledger_fd },
		{ "claims", &store->claims_fd },
		{ "inventory", &store->inventory_fd },
	};
	struct file_trust trust = store_trust(store);
	enum mfa_code code;
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		code = file_open_dir(root_fd, folders[i].name, &trust,
		    folders[i].fd, err);
		if (code == MFA_OK)
			continue;
		(void)init_error(err, folders[i].name);
		return error_under(err, store->root);
	}
	return MFA_OK;
}

/* The folder that PATH is in, by descriptor, and PATH's last component. */
static enum mfa_code
open_parent(const char *path, const struct file_trust *trust, int *ret_fd,
    const char **ret_name, struct mfa_error *err)
{
	_cleanup_(freep) char *parent = NULL;
	const char *slash = strrchr(path, '/');
	enum mfa_code code;

	if (slash == NULL || slash == path)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: not the path of a file in a folder", path);
	parent = strndup(path, (size_t)(slash - path));
	if (parent == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM, "%s",
		    path);
	code = file_open_dir(AT_FDCWD, parent, trust, ret_fd, err);
	if (code != MFA_OK)
		return init_error(err, parent);
	*ret_name = slash + 1;
	return MFA_OK;
}

/* Reads SIZE octets, or as many as there are; -1 and errno on failure. */
static ssize_t
read_up_to(int fd, uint8_t *bytes, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size) {
		n = read(fd, bytes + used, size - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

static enum mfa_code
read_key(const char *path, struct store *store, struct mfa_error *err)
{
	/* The administrator's folder, with settings that all may read. */
	struct file_trust parent_trust = {
		.owner = 0,
		.owner_too = store->owner,
		.forbidden = 0022,
	};
	struct file_trust trust = store_trust(store);
	_cleanup_(closep) int parent_fd = -1;
	_cleanup_(closep) int fd = -1;
	/* One octet more tells a longer file. */
	uint8_t bytes[HOST_KEY_SIZE + 1];
	const char *name = NULL;
	enum mfa_code code;
	ssize_t n;

	code = open_parent(path, &parent_trust, &parent_fd, &name, err);
	if (code != MFA_OK)
		return code;
	code = file_open(parent_fd, name, O_RDONLY, &trust, &fd, err);
	if (code != MFA_OK)
		return init_error(err, path);
	n = read_up_to(fd, bytes, sizeof(bytes));
	if (n == HOST_KEY_SIZE && secret_set(&store->key, bytes, HOST_KEY_SIZE))
		code = MFA_OK;
	else
		code = mfa_error_set(err, MFA_SERVICE_FAILURE,
		    n < 0 ? errno : 0, "%s: not %d octets", path,
		    HOST_KEY_SIZE);
	explicit_bzero(bytes, sizeof(bytes));
	return code;
}

enum mfa_code
store_open(const char *root, const char *key_path, uid_t owner,
    const struct world *world, struct store **ret, struct mfa_error *err)
{
	_cleanup_(store_freep) struct store *store = NULL;
	_cleanup_(closep) int root_fd = -1;
	struct file_trust trust;
	enum mfa_code code;

	store = calloc(1, sizeof(*store));
	if (store == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM, "%s",
		    root);
	store->devices_fd = store->ledger_fd = -1;
	store->claims_fd = store->inventory_fd = -1;
	store->sessions = MFA_RUN_DIR "/sessions";
	store->owner = owner;
	store->world = world;
	store->root = strdup(root);
	if (store->root == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM, "%s",
		    root);
	trust = store_trust(store);
	code = file_open_dir(AT_FDCWD, root, &trust, &root_fd, err);
	if (code != MFA_OK)
		return init_error(err, root);
	code = open_folders(root_fd, store, err);
	if (code == MFA_OK)
		code = read_key(key_path, store, err);
	if (code != MFA_OK)
		return code;
	*ret = steal(&store);
	return MFA_OK;
}

void
store_freep(struct store **store)
{
	if (store == NULL || *store == NULL)
		return;
	closep(&(*store)->devices_fd);
	closep(&(*store)->ledger_fd);
	closep(&(*store)->claims_fd);
	closep(&(*store)->inventory_fd);
	secret_wipe(&(*store)->key);
	free((*store)->root);
	free(*store);
	*store = NULL;
}

/*
 * No device file means "not enrolled" only in the folder that the path still
 * names: one that was removed or replaced has no files either.
 */
static enum mfa_code
check_folder(const struct store *store, struct mfa_error *err)
{
	_cleanup_(freep) char *path = NULL;
	struct stat opened, named;

	if (asprintf(&path, "%s/%s", store->root, DEVICES) < 0) {
		path = NULL;
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM, "%s",
		    DEVICES);
	}
	if (fstat(store->devices_fd, &opened) != 0 ||
	    fstatat(AT_FDCWD, path, &named, AT_SYMLINK_NOFOLLOW) != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno, "%s",
		    path);
	if (opened.st_dev != named.st_dev || opened.st_ino != named.st_ino)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s was replaced while in use", path);
	return MFA_OK;
}

static enum mfa_code
name_file(const struct host_user *user, char ret[static NAME_MAX + 1],
    struct mfa_error *err)
{
	if (!devfile_is_user(user->name) || !text_file_name(user->name, ret))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the user's name can't be the name of a file");
	return MFA_OK;
}

static enum mfa_code
read_file(const struct store *store, const char *name, char **ret_text,
    size_t *ret_len, struct mfa_error *err)
{
	struct file_trust trust = store_trust(store);
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;

	code = file_open(store->devices_fd, name, O_RDONLY, &trust, &fd, err);
	if (code == MFA_OK)
		return file_read_text(fd, name, DEVFILE_MAX, ret_text, ret_len,
		    err);
	return code;
}

/* The devices in the file NAME, and whose they are. */
static enum mfa_code
parse_file(const struct store *store, const char *name,
    struct devfile_owner *ret_owner, struct device_list *ret_list,
    struct mfa_error *err)
{
	_cleanup_(freep) char *text = NULL;
	enum mfa_code code;
	size_t len;

	code = read_file(store, name, &text, &len, err);
	if (code != MFA_OK)
		return code;
	code = devfile_parse(text, len, &store->key, ret_owner, ret_list, err);
	if (code != MFA_OK) {
		struct mfa_error why = *err;

		return mfa_error_set(err, code, 0, "%s: %s", name, why.detail);
	}
	return MFA_OK;
}

/* The devices in the file NAME, if it is USER's. */
static enum mfa_code
load_list(const struct store *store, const struct host_user *user,
    const char *name, struct device_list *ret, struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	struct devfile_owner owner;
	enum mfa_code code;

	code = parse_file(store, name, &owner, &list, err);
	if (code != MFA_OK)
		return code;
	if (strcmp(owner.user, user->name) != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: is the file of user %s", name, owner.user);
	if (owner.uid != (int64_t)user->uid)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: is the file of uid %lld, not %lld", name,
		    (long long)owner.uid, (long long)user->uid);
	*ret = list;
	list = (struct device_list){ 0 };
	return MFA_OK;
}

enum mfa_code
store_load(const struct store *store, const struct host_user *user,
    struct device_list *ret_list, struct mfa_error *err)
{
	char name[NAME_MAX + 1];
	struct device_list list = { 0 };
	enum mfa_code code;

	code = name_file(user, name, err);
	if (code != MFA_OK)
		return code;
	code = load_list(store, user, name, &list, err);
	if (code == MFA_NO_SUCH_ENTITY) {
		code = check_folder(store, err);
		if (code != MFA_OK)
			return code;
		return mfa_error_set(err, MFA_NOT_ENROLLED, 0, "no device");
	}
	if (code != MFA_OK)
		return store_error_in(store, DEVICES, err);
	if (list.count == 0)
		return mfa_error_set(err, MFA_NOT_ENROLLED, 0, "no device");
	*ret_list = list;
	return MFA_OK;
}

enum mfa_code
store_find_owner(const struct store *store, const char *name,
    struct host_user *ret_user, struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	char file[NAME_MAX + 1];
	struct devfile_owner owner;
	enum mfa_code code;

	if (!devfile_is_user(name) || !text_file_name(name, file))
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "not a user's name");
	code = parse_file(store, file, &owner, &list, err);
	if (code == MFA_NO_SUCH_ENTITY)
		return code;
	if (code != MFA_OK)
		return store_error_in(store, DEVICES, err);
	if (strcmp(owner.user, name) != 0 || owner.uid < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s/%s/%s: is the file of user %s", store->root, DEVICES,
		    file, owner.user);
	strcpy(ret_user->name, owner.user);
	ret_user->uid = (uid_t)owner.uid;
	return MFA_OK;
}

enum mfa_code
store_save(const struct store *store, const struct host_user *user,
    const struct device_list *list, struct mfa_error *err)
{
	struct devfile_owner owner = { .uid = user->uid };
	_cleanup_(freep) char *text = NULL;
	char name[NAME_MAX + 1];
	enum mfa_code code;
	size_t len;

	code = name_file(user, name, err);
	if (code != MFA_OK)
		return code;
	memcpy(owner.user, user->name, strlen(user->name) + 1);
	code = devfile_format(list, &owner, &store->key, store->world, &text,
	    &len, err);
	if (code != MFA_OK)
		return code;
	code = file_replace(store->devices_fd, name, text, len, err);
	return code == MFA_OK ? code : store_error_in(store, DEVICES, err);
}
