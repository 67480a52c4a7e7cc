#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzzbed.h"

#define RANDOM_SEED	88172645463325252u

static const char *const folders[] = { "devices", "ledger", "claims",
	"inventory" };

#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static struct fuzzbed bed;

/* libconfig 1.5 loses the strings before a syntax error. */
const char	*__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig_yy\nleak:libconfig.so\n";
}

static int64_t
now(void *ctx)
{
	return ((struct fuzzbed *)ctx)->now;
}

static int64_t
boottime(void *ctx)
{
	return ((struct fuzzbed *)ctx)->now - FUZZBED_NOW + 1000;
}

static bool
boot_id(void *ctx, char ret[static BOOT_ID_SIZE])
{
	(void)ctx;
	strcpy(ret, "11111111-1111-4111-8111-111111111111");
	return true;
}

/* Xorshift: all that is wanted of it is to be the same again. */
static bool
fill_random(void *ctx, void *ret, size_t len)
{
	uint64_t *state = &((struct fuzzbed *)ctx)->random;
	size_t i;

	for (i = 0; i < len; i++) {
		*state ^= *state << 13;
		*state ^= *state >> 7;
		*state ^= *state << 17;
		((uint8_t *)ret)[i] = (uint8_t)*state;
	}
	return true;
}

static enum mfa_code
find_user(void *ctx, const char *name, struct host_user *ret,
    struct mfa_error *err)
{
	static const struct host_user users[] = { { "alice", 1001 },
		{ "bob", 1002 }, { "daemon", 1 }, { "root", 0 } };
	size_t i;

	(void)ctx;
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		if (strcmp(users[i].name, name) == 0) {
			*ret = users[i];
			return MFA_OK;
		}
	}
	return mfa_error_set(err, MFA_NO_SUCH_ENTITY, 0, "nobody");
}

/* Everyone is in a group of their own name. */
static enum mfa_code
find_groups(void *ctx, const char *name,
    char ret[static GROUPS_MAX][GROUP_NAME_SIZE], size_t *ret_count,
    struct mfa_error *err)
{
	(void)ctx;
	(void)err;
	strcpy(ret[0], name);
	*ret_count = 1;
	return MFA_OK;
}

static void
empty_folder(const char *path)
{
	char name[PATH_MAX];
	const struct dirent *entry;
	DIR *dir = opendir(path);

	must(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		must(snprintf(name, sizeof(name), "%s/%s", path,
		    entry->d_name) < (int)sizeof(name));
		if (entry->d_type == DT_DIR) {
			empty_folder(name);
			must(rmdir(name) == 0);
		} else {
			must(unlink(name) == 0);
		}
	}
	closedir(dir);
}

void
fuzzbed_path(const struct fuzzbed *b, const char *folder, const char *name,
    char ret[static PATH_MAX])
{
	must(snprintf(ret, PATH_MAX, "%s/%s/%s", b->root, folder, name) <
	    PATH_MAX);
}

void
fuzzbed_write(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0);
	must(write(fd, data, len) == (ssize_t)len);
	must(close(fd) == 0);
}

void
fuzzbed_empty(struct fuzzbed *b)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < FOLDERS; i++) {
		fuzzbed_path(b, folders[i], "", path);
		empty_folder(path);
	}
	empty_folder(b->sessions);
	unlink(b->conf);
	unlink(b->policy);
}

static void
remove_bed(void)
{
	empty_folder(bed.dir);
	rmdir(bed.dir);
}

static void
make_folders(void)
{
	char path[PATH_MAX];
	size_t i;

	must(mkdir(bed.root, 0700) == 0 && mkdir(bed.sessions, 0700) == 0);
	for (i = 0; i < FOLDERS; i++) {
		fuzzbed_path(&bed, folders[i], "", path);
		must(mkdir(path, 0700) == 0);
	}
}

static void
make_bed(void)
{
	const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	uint8_t key[32];

	snprintf(bed.dir, sizeof(bed.dir), "%s/awsmfa-fuzz.XXXXXX", top);
	must(mkdtemp(bed.dir) != NULL);
	must(atexit(remove_bed) == 0);
	snprintf(bed.root, sizeof(bed.root), "%s/lib", bed.dir);
	snprintf(bed.key, sizeof(bed.key), "%s/host.key", bed.dir);
	snprintf(bed.sessions, sizeof(bed.sessions), "%s/sessions", bed.dir);
	snprintf(bed.conf, sizeof(bed.conf), "%s/awsmfa.conf", bed.dir);
	snprintf(bed.policy, sizeof(bed.policy), "%s/policy.json", bed.dir);
	make_folders();
	memset(key, 0x5a, sizeof(key));
	fuzzbed_write(bed.key, key, sizeof(key));
	bed.world = (struct world){ .now = now,
		.boottime = boottime,
		.boot_id = boot_id,
		.random = fill_random,
		.find_user = find_user,
		.find_groups = find_groups,
		.ctx = &bed };
}

struct fuzzbed *
fuzzbed(void)
{
	if (bed.dir[0] == '\0')
		make_bed();
	bed.now = FUZZBED_NOW;
	bed.random = RANDOM_SEED;
	return &bed;
}

struct store *
fuzzbed_store(struct fuzzbed *b)
{
	struct store *store = NULL;
	struct mfa_error err;

	must(store_open(b->root, b->key, geteuid(), &b->world, &store, &err) ==
	    MFA_OK);
	store->sessions = b->sessions;
	return store;
}
