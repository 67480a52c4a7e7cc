/* What is in the store of fuzzbed.h. */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "mfa/context.h"
#include "mfa/enrol.h"
#include "otp/totp.h"
#include "store/inventory.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzzbed.h"

#define FILES_MAX	64
#define FILE_SIZE	(16 * 1024)

static const char *const folders[] = { "devices", "ledger", "claims",
	"inventory" };

#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static struct kept {
	char	path[PATH_MAX];
	size_t	len;
	uint8_t	bytes[FILE_SIZE];
} files[FILES_MAX];
static size_t file_count;

/* Tokens */

static struct device *
make_token(const struct fuzzbed *bed, unsigned number)
{
	struct device *device = device_new(&bed->world);

	must(device != NULL);
	device->type = DEVICE_HARDWARE;
	snprintf(device->serial, sizeof(device->serial), "TEST%08u", number);
	device->created = FUZZBED_NOW - 1000;
	must(secret_set(&device->seed, "12345678901234567890", 20));
	device->seed.bytes[0] = (uint8_t)('0' + number);
	return device;
}

void
fuzzbed_import(struct fuzzbed *bed, unsigned number)
{
	_cleanup_(store_freep) struct store *store = fuzzbed_store(bed);
	_cleanup_(device_freep) struct device *device = make_token(bed, number);
	struct inventory_record record = { .device = device };
	struct mfa_error err;

	must(inventory_add(store, &record, &err) == MFA_OK);
}

void
fuzzbed_code(const struct fuzzbed *bed, unsigned number, int offset,
    struct secret *ret)
{
	_cleanup_(device_freep) struct device *device = make_token(bed, number);
	struct mfa_error err;

	must(hotp_code(&device->otp, &device->seed,
	    (uint64_t)(totp_step(&device->otp, bed->now) + offset), ret,
	    &err) == MFA_OK);
}

void
fuzzbed_enrol(struct fuzzbed *bed, const char *name, uid_t uid, unsigned number)
{
	_cleanup_(store_freep) struct store *store = fuzzbed_store(bed);
	struct host_user user = { .uid = uid };
	struct settings settings;
	const struct mfa_context ctx = { .store = store,
		.settings = &settings,
		.world = &bed->world };
	struct secret code1, code2;
	char serial[32];
	struct mfa_error err;

	strcpy(user.name, name);
	settings_default(&settings);
	fuzzbed_import(bed, number);
	snprintf(serial, sizeof(serial), "TEST%08u", number);
	fuzzbed_code(bed, number, -3, &code1);
	fuzzbed_code(bed, number, -2, &code2);
	must(enrol_enable(&ctx, &user, serial, &code1, &code2, &err) ==
	    MFA_OK);
}

/* The whole store */

static size_t
read_file(const char *path, uint8_t bytes[static FILE_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, bytes, FILE_SIZE);
	must(n >= 0 && n < FILE_SIZE);
	close(fd);
	return (size_t)n;
}

static void
keep_folder(const struct fuzzbed *bed, const char *folder)
{
	char path[PATH_MAX];
	const struct dirent *entry;
	DIR *dir;

	fuzzbed_path(bed, folder, "", path);
	must((dir = opendir(path)) != NULL);
	while ((entry = readdir(dir)) != NULL) {
		struct kept *file = &files[file_count];

		if (entry->d_type != DT_REG)
			continue;
		must(file_count < FILES_MAX);
		fuzzbed_path(bed, folder, entry->d_name, file->path);
		file->len = read_file(file->path, file->bytes);
		file_count++;
	}
	closedir(dir);
}

void
fuzzbed_keep(struct fuzzbed *bed)
{
	size_t i;

	file_count = 0;
	for (i = 0; i < FOLDERS; i++)
		keep_folder(bed, folders[i]);
}

void
fuzzbed_restore(struct fuzzbed *bed)
{
	size_t i;

	fuzzbed_empty(bed);
	for (i = 0; i < file_count; i++)
		fuzzbed_write(files[i].path, files[i].bytes, files[i].len);
}

bool
fuzzbed_is_kept(struct fuzzbed *bed, const char *user)
{
	static uint8_t bytes[FILE_SIZE];
	char devices[PATH_MAX], ledger[PATH_MAX];
	size_t i, len;

	fuzzbed_path(bed, "devices", user, devices);
	fuzzbed_path(bed, "ledger", user, ledger);
	for (i = 0; i < file_count; i++) {
		if (strcmp(files[i].path, devices) != 0 &&
		    strcmp(files[i].path, ledger) != 0)
			continue;
		len = read_file(files[i].path, bytes);
		if (len != files[i].len ||
		    memcmp(bytes, files[i].bytes, len) != 0)
			return false;
	}
	return true;
}
