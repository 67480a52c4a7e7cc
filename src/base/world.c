#include <sys/random.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/world.h"

#define ENTRY_FIRST 4096 /* octets; most entries fit */
#define ENTRY_MAX   (1024 * 1024)

bool
host_user_is_same(const struct host_user *a, const struct host_user *b)
{
	return a->uid == b->uid && strcmp(a->name, b->name) == 0;
}

static int64_t
host_now(void *ctx)
{
	struct timespec now;

	(void)ctx;
	/* Before the epoch no step exists, so that no code is right. */
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	return now.tv_sec;
}

static bool
host_random(void *ctx, void *ret, size_t len)
{
	uint8_t *out = ret;

	(void)ctx;
	while (len > 0) {
		ssize_t n = getrandom(out, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		out += n;
		len -= n;
	}
	return true;
}

/* getpwnam_r(3) with as much room as the entry needs; *BUF is the caller's. */
static int
read_entry(const char *name, struct passwd *entry, char **buf,
    struct passwd **ret_found)
{
	size_t size = ENTRY_FIRST;
	int r;

	for (;;) {
		freep(buf);
		*buf = malloc(size);
		if (*buf == NULL)
			return ENOMEM;
		r = getpwnam_r(name, entry, *buf, size, ret_found);
		if (r == ERANGE && size < ENTRY_MAX)
			size *= 2;
		else if (r != EINTR)
			return r;
	}
}

static enum mfa_code
host_find_user(void *ctx, const char *name, struct host_user *ret_user,
    struct mfa_error *err)
{
	_cleanup_(freep) char *buf = NULL;
	struct passwd entry, *found = NULL;
	size_t len = strnlen(name, USER_NAME_MAX + 1);
	int r;

	(void)ctx;
	/* What can't be a user's name is no question for a directory server. */
	if (len == 0 || len > USER_NAME_MAX)
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "a user name has 1 to %d octets", USER_NAME_MAX);
	r = read_entry(name, &entry, &buf, &found);
	/* Some name services say ENOENT or ESRCH for a user unknown. */
	if (found == NULL && (r == 0 || r == ENOENT || r == ESRCH))
		return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0,
		    "user unknown");
	if (r != 0 || found == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, r,
		    "user database");
	len = strnlen(entry.pw_name, USER_NAME_MAX + 1);
	if (len == 0 || len > USER_NAME_MAX)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "user database: the user's name is too long");
	memset(ret_user, 0, sizeof(*ret_user));
	memcpy(ret_user->name, entry.pw_name, len);
	ret_user->uid = entry.pw_uid;
	return MFA_OK;
}

static int64_t
host_boottime(void *ctx)
{
	struct timespec now;

	(void)ctx;
	if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
		return -1;
	return now.tv_sec;
}

static bool
host_boot_id(void *ctx, char ret[static BOOT_ID_SIZE])
{
	_cleanup_(closep) int fd = -1;

	(void)ctx;
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd == -1 || read(fd, ret, BOOT_ID_SIZE) != BOOT_ID_SIZE)
		return false;
	ret[BOOT_ID_SIZE - 1] = '\0'; /* in place of the line's end */
	return true;
}

/* The name of GID; "" where it has none. False: it can't be told. */
static bool
find_group(gid_t gid, char ret[static GROUP_NAME_SIZE])
{
	_cleanup_(freep) char *buf = malloc(ENTRY_MAX);
	struct group entry, *found = NULL;
	int r;

	ret[0] = '\0';
	if (buf == NULL)
		return false;
	r = getgrgid_r(gid, &entry, buf, ENTRY_MAX, &found);
	if (found == NULL)
		return r == 0 || r == ENOENT || r == ESRCH;
	if (strlen(entry.gr_name) >= GROUP_NAME_SIZE)
		return false;
	strcpy(ret, entry.gr_name);
	return true;
}

static enum mfa_code
host_find_groups(void *ctx, const char *name,
    char ret[static GROUPS_MAX][GROUP_NAME_SIZE], size_t *ret_count,
    struct mfa_error *err)
{
	_cleanup_(freep) char *buf = NULL;
	struct passwd entry, *found = NULL;
	gid_t gids[GROUPS_MAX];
	int i, count = GROUPS_MAX;
	size_t n = 0;

	(void)ctx;
	if (read_entry(name, &entry, &buf, &found) != 0 || found == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "user database: the groups of a user");
	if (getgrouplist(name, entry.pw_gid, gids, &count) == -1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "user database: a user with more than %d groups",
		    GROUPS_MAX);
	for (i = 0; i < count; i++) {
		/* One that is passed over could be one that is denied. */
		if (!find_group(gids[i], ret[n]))
			return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
			    "user database: the name of group %u",
			    (unsigned)gids[i]);
		n += ret[n][0] != '\0';
	}
	*ret_count = n;
	return MFA_OK;
}

const struct world world_host = {
	.now = host_now,
	.boottime = host_boottime,
	.boot_id = host_boot_id,
	.find_groups = host_find_groups,
	.random = host_random,
	.find_user = host_find_user,
};
