#include <string.h>
#include <time.h>

#include "endpoint/warm.h"
#include "store/devfile.h"
#include "store/seal.h"
#include "wire/frame.h"

#define SEED_SIZE  20
#define PAGE_SIZE  4096 /* or more */
#define STACK_SIZE (8 * PAGE_SIZE)

/* A device file of no one's, and the key that it is sealed under. */
static struct {
	struct secret key;
	char *text; /* NULL: could not be made */
	size_t len;
} sample = { .key = { .len = HOST_KEY_SIZE } };

static enum mfa_code
make_device(const struct world *world, struct device_list *list,
    struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = device_new(world);

	if (device == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "no memory");
	device->type = DEVICE_HARDWARE;
	strcpy(device->serial, "SAMPLE000");
	device->created = device->enabled = world->now(world->ctx);
	device->seed.len = SEED_SIZE;
	return device_list_add(list, &device, err);
}

/* libcrypto fetches each algorithm at its first use. */
static void
try_algorithms(void)
{
	static const enum otp_algorithm algorithms[] = { OTP_SHA256,
		OTP_SHA512 };
	const struct secret seed = { .len = SEED_SIZE };
	struct otp_params params = { .digits = 6, .period = 30 };
	struct mfa_error ignored;
	struct secret digits;
	size_t i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		params.algorithm = algorithms[i];
		(void)!hotp_code(&params, &seed, 0, &digits, &ignored);
	}
}

void
warm_begin(const struct world *world)
{
	const struct devfile_owner owner = { .user = MFA_ACCOUNT };
	_cleanup_(device_list_clear) struct device_list list = { .count = 0 };
	struct mfa_error ignored;

	if (make_device(world, &list, &ignored) == MFA_OK)
		(void)!devfile_format(&list, &owner, &sample.key, world,
		    &sample.text, &sample.len, &ignored);
	try_algorithms();
	warm(world);
}

/* A sign-in's calls go so deep. */
static void
touch_stack(void)
{
	volatile char room[STACK_SIZE];
	size_t i;

	for (i = 0; i < sizeof(room); i += PAGE_SIZE)
		room[i] = 0;
}

/*
 * libc loads its NSS modules at their first use and, for a log line, the time
 * zone.
 */
void
warm(const struct world *world)
{
	_cleanup_(device_list_clear) struct device_list list = { .count = 0 };
	uint8_t digest[SEAL_DIGEST_SIZE];
	struct devfile_owner owner;
	struct host_user user;
	struct mfa_error ignored;
	struct secret digits;
	const time_t epoch = 0;
	struct tm tm;

	(void)world->find_user(world->ctx, MFA_ACCOUNT, &user, &ignored);
	if (sample.text != NULL &&
	    devfile_parse(sample.text, sample.len, &sample.key, &owner, &list,
		&ignored) == MFA_OK)
		(void)!hotp_code(&list.devices[0]->otp, &list.devices[0]->seed,
		    0, &digits, &ignored);
	(void)!seal_digest("", 0, digest);
	tzset();
	(void)localtime_r(&epoch, &tm);
	(void)wire_now();
	touch_stack();
}
