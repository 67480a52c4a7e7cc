#include <sys/random.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storetest.h"

/* libconfig 1.5 loses the strings before a syntax error. */
const char	*__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig_yy\nleak:libconfig.so\n";
}

static int64_t
test_now(void *ctx)
{
	(void)ctx;
	return 1700000000;
}

static bool
test_random(void *ctx, void *ret, size_t len)
{
	(void)ctx;
	return getrandom(ret, len, 0) == (ssize_t)len;
}

static bool
test_boot_id(void *ctx, char ret[static BOOT_ID_SIZE])
{
	(void)ctx;
	strcpy(ret, "00000000-0000-4000-8000-000000000000");
	return true;
}

const struct world storetest_world = {
	.now = test_now,
	.boottime = test_now,
	.boot_id = test_boot_id,
	.random = test_random,
};

static int
remove_entry(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
storetest_setup(void **state)
{
	static const char *const folders[] = {
		"devices", "ledger", "claims", "inventory",
	};
	struct storetest *t = calloc(1, sizeof(*t));
	uint8_t key[32];
	char path[PATH_MAX];
	size_t i;

	assert_non_null(t);
	strcpy(t->dir, "/tmp/awsmfa-test.XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	snprintf(t->root, sizeof(t->root), "%s/lib", t->dir);
	snprintf(t->key, sizeof(t->key), "%s/host.key", t->dir);
	snprintf(t->sessions, sizeof(t->sessions), "%s/sessions", t->dir);
	assert_int_equal(mkdir(t->root, 0700), 0);
	assert_int_equal(mkdir(t->sessions, 0700), 0);
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		storetest_path(t, folders[i], "", path);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	memset(key, 0x5a, sizeof(key));
	storetest_write(t->key, key, sizeof(key));
	t->store = storetest_reopen(t);
	*state = t;
	return 0;
}

int
storetest_teardown(void **state)
{
	struct storetest *t = *state;

	store_freep(&t->store);
	nftw(t->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(t);
	return 0;
}

struct store *
storetest_reopen(struct storetest *t)
{
	struct store *store = NULL;

	if (store_open(t->root, t->key, geteuid(), &storetest_world, &store,
	    &t->err) != MFA_OK)
		fail_msg("store_open: %s", t->err.detail);
	store->sessions = t->sessions;
	return store;
}

struct device *
storetest_device(unsigned number)
{
	struct device *device = device_new(&storetest_world);

	assert_non_null(device);
	device->type = DEVICE_HARDWARE;
	snprintf(device->serial, sizeof(device->serial), "TEST%08u", number);
	device->created = 1600000000;
	device->enabled = 1600000000 + (int64_t)number;
	device->seed.len = 20;
	memset(device->seed.bytes, 0x21, 20);
	memcpy(device->seed.bytes, &number, sizeof(number));
	return device;
}

struct device *
storetest_key(unsigned number)
{
	struct device *device = device_new(&storetest_world);
	struct fido_credential *c = calloc(1, sizeof(*c));

	assert_non_null(device);
	assert_non_null(c);
	device->type = DEVICE_SECURITY_KEY;
	snprintf(device->name, sizeof(device->name), "key%u", number);
	snprintf(device->serial, sizeof(device->serial),
	    "arn:aws:iam::000000000000:u2f/user/alice/key%u-%08X", number,
	    number);
	device->created = device->enabled = 1600000000 + (int64_t)number;
	memset(&device->otp, 0, sizeof(device->otp));
	strcpy(c->rp_id, "awsmfa");
	c->sign_count = number;
	c->id_len = 16;
	memset(c->id, 0x31, c->id_len);
	memcpy(c->id, &number, sizeof(number));
	c->key_len = 64;
	memset(c->key, 0x32, c->key_len);
	device->credential = c;
	return device;
}

struct device *
storetest_ssh_key(unsigned number)
{
	struct device *device = storetest_key(number);
	struct fido_credential *c = device->credential;

	strcpy(c->rp_id, "ssh:");
	c->format = FIDO_SSH;
	c->algorithm = FIDO_EDDSA;
	c->key_len = 32;
	memcpy(c->key, &number, sizeof(number));
	c->id_len = 0;
	memset(c->id, 0, sizeof(c->id));
	return device;
}

static bool
same_credential(const struct fido_credential *a,
    const struct fido_credential *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a->rp_id, b->rp_id) == 0 &&
	    a->algorithm == b->algorithm && a->format == b->format &&
	    a->user_verified == b->user_verified &&
	    memcmp(a->aaguid, b->aaguid, sizeof(a->aaguid)) == 0 &&
	    a->sign_count == b->sign_count && a->id_len == b->id_len &&
	    memcmp(a->id, b->id, a->id_len) == 0 &&
	    a->key_len == b->key_len &&
	    memcmp(a->key, b->key, a->key_len) == 0 &&
	    a->certificate_len == b->certificate_len &&
	    memcmp(a->certificate, b->certificate, a->certificate_len) == 0;
}

static bool
same_certifications(const struct device *a, const struct device *b)
{
	size_t i;

	if (a->certification_count != b->certification_count)
		return false;
	for (i = 0; i < a->certification_count; i++) {
		if (strcmp(a->certifications[i].name,
		    b->certifications[i].name) != 0 ||
		    a->certifications[i].level != b->certifications[i].level)
			return false;
	}
	return true;
}

bool
storetest_same(const struct device *a, const struct device *b)
{
	size_t i;

	if (memcmp(a->id, b->id, sizeof(a->id)) != 0 || a->type != b->type ||
	    strcmp(a->serial, b->serial) != 0 ||
	    strcmp(a->name, b->name) != 0 || a->created != b->created ||
	    a->enabled != b->enabled ||
	    a->otp.algorithm != b->otp.algorithm ||
	    a->otp.digits != b->otp.digits || a->otp.period != b->otp.period ||
	    !secret_is_equal(&a->seed, &b->seed) ||
	    a->spent_step != b->spent_step || a->drift != b->drift ||
	    !same_credential(a->credential, b->credential) ||
	    !same_certifications(a, b) ||
	    a->tag_count != b->tag_count)
		return false;
	for (i = 0; i < a->tag_count; i++) {
		if (strcmp(a->tags[i].key, b->tags[i].key) != 0 ||
		    strcmp(a->tags[i].value, b->tags[i].value) != 0)
			return false;
	}
	return true;
}

void
storetest_path(const struct storetest *t, const char *folder, const char *name,
    char ret[static PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/%s/%s", t->root, folder, name);
}

void
storetest_write(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(close(fd), 0);
}

char *
storetest_read(const char *path, size_t *ret_len)
{
	struct stat st;
	char *data;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	data = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(data);
	assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
	close(fd);
	if (ret_len != NULL)
		*ret_len = (size_t)st.st_size;
	return data;
}

size_t
storetest_count(const struct storetest *t, const char *folder)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	storetest_path(t, folder, "", path);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		count += strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0;
	}
	closedir(dir);
	return count;
}

bool
storetest_fork(pid_t *ret_pid)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		return true;
	*ret_pid = pid;
	return false;
}

int
storetest_wait(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

void
storetest_says(const struct storetest *t, const char *part)
{
	if (strstr(t->err.detail, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, t->err.detail);
}
