#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "store/devfile.h"
#include "store/seal.h"
#include "store/session.h"

#define KIND	     "session" /* of the MAC */
#define LOCK	     "lock" /* not the name of a session */
#define LOCK_MS	     2000
#define FILE_MAX     1024 /* octets; the longest has under 400 */
#define NAME_SIZE    11 /* ten digits and a NUL */
#define NUMBER_SIZE  21 /* of 64 bits */
#define ID_HEX_SIZE  (2 * DEVICE_ID_SIZE + 1)

/* "SESSIONS/" before the detail, which begins with a file's name. */
static enum mfa_code
error_in(const struct store *store, struct mfa_error *err)
{
	struct mfa_error old = *err;

	return mfa_error_set(err, old.code, 0, "%s/%s", store->sessions,
	    old.detail);
}

/* MFA_NO_SUCH_ENTITY: there is no such folder. */
static enum mfa_code
find_folder(const struct store *store, int *ret_fd, struct mfa_error *err)
{
	struct file_trust trust = store_trust(store);

	return file_open_dir(AT_FDCWD, store->sessions, &trust, ret_fd, err);
}

static enum mfa_code
open_folder(const struct store *store, int *ret_fd, struct mfa_error *err)
{
	enum mfa_code code = find_folder(store, ret_fd, err);

	if (code == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s is missing, so that there are no MFA sessions; run "
		    "\"awsmfa init\"",
		    store->sessions);
	return code;
}

/* Files are replaced under this lock. */
static enum mfa_code
lock_folder(int folder_fd, int *ret_fd, struct mfa_error *err)
{
	_cleanup_(closep) int fd = -1;
	enum mfa_code code;

	fd = openat(folder_fd, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno, LOCK);
	if ((code = file_lock(fd, LOCK, LOCK_MS, err)) != MFA_OK)
		return code;
	*ret_fd = fd;
	fd = -1;
	return MFA_OK;
}

static void
name_file(uint32_t audit, char ret[static NAME_SIZE])
{
	(void)snprintf(ret, NAME_SIZE, "%" PRIu32, audit);
}

/*
 * The MAC of BODY (LEN octets). The boot is in it and not in the file: there is
 * none to compare with but this one.
 */
static enum mfa_code
make_mac(const struct store *store, const char *body, size_t len,
    char ret[static HASH_NAME_SIZE], struct mfa_error *err)
{
	const struct world *world = store->world;
	char text[BOOT_ID_SIZE + FILE_MAX];

	if (len > FILE_MAX || !world->boot_id(world->ctx, text))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "this boot has no number");
	memcpy(text + BOOT_ID_SIZE - 1, body, len);
	return seal_keyed_hash(&store->key, KIND, text, BOOT_ID_SIZE - 1 + len,
	    ret, err);
}

/* The whole text of SESSION. */
static enum mfa_code
format(const struct store *store, const struct session *session,
    char ret[static FILE_MAX], struct mfa_error *err)
{
	char device[ID_HEX_SIZE], mac[HASH_NAME_SIZE];
	enum mfa_code code;
	int len;

	text_hex(device, session->device, sizeof(session->device));
	len = snprintf(ret, FILE_MAX,
	    "session 1\naudit %" PRIu32 "\nuser %s\nuid %u\ndevice %s\n"
	    "proved %" PRId64 "\nexpires %" PRId64 "\n",
	    session->audit, session->user.name, (unsigned)session->user.uid,
	    device, session->proved, session->expires);
	code = make_mac(store, ret, (size_t)len, mac, err);
	if (code == MFA_OK)
		(void)snprintf(ret + len, (size_t)(FILE_MAX - len), "mac %s\n",
		    mac);
	return code;
}

static bool
take_number(const char **text, const char *label, uint64_t max, uint64_t *ret)
{
	char number[NUMBER_SIZE];
	uint64_t n;

	if (!text_take(text, label, '\n', number, sizeof(number)) ||
	    !text_parse_u64(number, &n) || n > max)
		return false;
	*ret = n;
	return true;
}

/* The session that TEXT is up to its MAC, which *TEXT is moved to. */
static bool
parse(const char **text, struct session *ret)
{
	char version[2], device[ID_HEX_SIZE];
	uint64_t audit, uid, proved, expires;

	if (!text_take(text, "session ", '\n', version, sizeof(version)) ||
	    strcmp(version, "1") != 0 ||
	    !take_number(text, "audit ", SESSION_UNSET - 1, &audit) ||
	    !text_take(text, "user ", '\n', ret->user.name,
		sizeof(ret->user.name)) ||
	    !take_number(text, "uid ", (uid_t)-1, &uid) ||
	    !text_take(text, "device ", '\n', device, sizeof(device)) ||
	    !text_unhex(ret->device, sizeof(ret->device), device) ||
	    !take_number(text, "proved ", INT64_MAX, &proved) ||
	    !take_number(text, "expires ", INT64_MAX, &expires))
		return false;
	ret->audit = (uint32_t)audit;
	ret->user.uid = (uid_t)uid;
	ret->proved = (int64_t)proved;
	ret->expires = (int64_t)expires;
	return true;
}

/* A MAC of another boot is no damage: the file has outlived it. */
static enum mfa_code
check(const struct store *store, const char *name, const char *text,
    struct session *ret, struct mfa_error *err)
{
	char mac[HASH_NAME_SIZE], wanted[HASH_NAME_SIZE];
	const char *rest = text;
	size_t len;
	enum mfa_code code;

	if (!parse(&rest, ret))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: not the text of a session", name);
	len = (size_t)(rest - text);
	if (!text_take(&rest, "mac ", '\n', mac, sizeof(mac)) || *rest != '\0')
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%s: not the text of a session", name);
	if ((code = make_mac(store, text, len, wanted, err)) != MFA_OK)
		return code;
	if (!seal_is_equal(mac, wanted))
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "%s: changed, or of another boot or host", name);
	return MFA_OK;
}

static enum mfa_code
read_session(const struct store *store, const char *name, struct session *ret,
    struct mfa_error *err)
{
	struct file_trust trust = store_trust(store);
	_cleanup_(closep) int folder_fd = -1, fd = -1;
	_cleanup_(freep) char *text = NULL;
	enum mfa_code code;
	size_t len;

	if ((code = open_folder(store, &folder_fd, err)) != MFA_OK)
		return code;
	code = file_open(folder_fd, name, O_RDONLY, &trust, &fd, err);
	if (code == MFA_OK)
		code = file_read_text(fd, name, FILE_MAX, &text, &len, err);
	if (code == MFA_OK)
		code = check(store, name, text, ret, err);
	return code == MFA_OK ? code : error_in(store, err);
}

enum mfa_code
session_load(const struct store *store, uint32_t audit,
    const struct host_user *user, struct session *ret, struct mfa_error *err)
{
	int64_t now = store->world->boottime(store->world->ctx);
	char name[NAME_SIZE];
	struct session session = { 0 };
	enum mfa_code code;

	if (audit == SESSION_UNSET)
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "not in a login session");
	name_file(audit, name);
	code = read_session(store, name, &session, err);
	if (code != MFA_OK)
		return code;
	if (session.audit != audit || !host_user_is_same(&session.user, user))
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "the MFA session is of another login session or user");
	if (now < session.proved || now >= session.expires)
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "the MFA session has expired");
	*ret = session;
	return MFA_OK;
}

enum mfa_code
session_save(const struct store *store, const struct session *session,
    struct mfa_error *err)
{
	_cleanup_(closep) int folder_fd = -1, lock_fd = -1;
	char name[NAME_SIZE], text[FILE_MAX];
	enum mfa_code code;

	if (session->audit == SESSION_UNSET)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "not in a login session");
	if (!devfile_is_user(session->user.name) || session->proved < 0 ||
	    session->expires <= session->proved)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "a session of such a user or time can't be kept");
	if ((code = format(store, session, text, err)) != MFA_OK)
		return code;
	if ((code = open_folder(store, &folder_fd, err)) != MFA_OK)
		return code;
	name_file(session->audit, name);
	if ((code = lock_folder(folder_fd, &lock_fd, err)) == MFA_OK)
		code = file_replace(folder_fd, name, text, strlen(text), err);
	return code == MFA_OK ? code : error_in(store, err);
}

enum mfa_code
session_end(const struct store *store, uint32_t audit, struct mfa_error *err)
{
	_cleanup_(closep) int folder_fd = -1, lock_fd = -1;
	char name[NAME_SIZE];
	enum mfa_code code;

	if (audit == SESSION_UNSET)
		return MFA_OK;
	code = find_folder(store, &folder_fd, err);
	if (code != MFA_OK)
		return code == MFA_NO_SUCH_ENTITY ? MFA_OK : code;
	name_file(audit, name);
	if ((code = lock_folder(folder_fd, &lock_fd, err)) == MFA_OK)
		code = file_remove(folder_fd, name, err);
	return code == MFA_OK ? code : error_in(store, err);
}
