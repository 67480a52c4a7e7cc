/*
 * fill STATE KEY PREFIX FIRST_UID COUNT DEVICES SEED
 *
 * Writes users into the store at STATE as enrolment leaves them: PREFIX0,
 * PREFIX1, ..., with DEVICES devices each. The last device of each has the seed
 * SEED (hexadecimal); the others have random ones. Runs as the store's owner.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/claim.h"
#include "store/devfile.h"
#include "store/ledger.h"
#include "store/store.h"

static struct secret seed;

/* One sync at the end does for all of them. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

static void
check(enum mfa_code code, const struct mfa_error *error)
{
	if (code != MFA_OK)
		errx(1, "%s", mfa_error_text(error));
}

static void
parse_seed(const char *text)
{
	unsigned octet;

	for (; sscanf(text, "%2x", &octet) == 1; text += 2)
		seed.bytes[seed.len++] = (uint8_t)octet;
}

static struct device *
make_device(const struct host_user *user, unsigned index, bool last)
{
	struct device *device = device_new(&world_host);

	if (device == NULL)
		errx(1, "no memory");
	device->type = DEVICE_HARDWARE;
	(void)snprintf(device->serial, sizeof(device->serial), "BENCH%09u%u",
	    (unsigned)user->uid, index);
	device->created = device->enabled = world_host.now(NULL);
	device->seed.len = 20;
	if (last)
		device->seed = seed;
	else if (!world_host.random(NULL, device->seed.bytes, 20))
		errx(1, "no randomness");
	return device;
}

/* Claims of the seed that many share would be refused, and cost nothing. */
static void
add_device(const struct store *store, const struct host_user *user,
    struct device_list *list, struct ledger *ledger, struct device *device)
{
	struct ledger_device *entry = ledger_find_free(ledger_record(ledger));
	struct mfa_error error;

	memcpy(entry->id, device->id, sizeof(entry->id));
	entry->last_step = STEP_NONE;
	check(claim_take(store, CLAIM_SERIAL, device, user->name, &error),
	    &error);
	check(device_list_add(list, &device, &error), &error);
}

static void
fill_user(const struct store *store, const struct host_user *user,
    unsigned count)
{
	struct device_list list = { .count = 0 };
	struct ledger *ledger = NULL;
	struct mfa_error error;
	unsigned i;

	check(ledger_open(store, user, true, LEDGER_LOCK_MS, &ledger, &error),
	    &error);
	for (i = 0; i < count; i++)
		add_device(store, user, &list, ledger,
		    make_device(user, i, i + 1 == count));
	check(ledger_commit(ledger, &error), &error);
	check(store_save(store, user, &list, &error), &error);
	ledger_freep(&ledger);
	device_list_clear(&list);
}

int
main(int argc, char **argv)
{
	struct store *store = NULL;
	struct host_user user;
	struct mfa_error error;
	unsigned long i, first, count, devices;
	int fd;

	if (argc != 8)
		errx(2, "see the head of fill.c");
	first = strtoul(argv[4], NULL, 10);
	count = strtoul(argv[5], NULL, 10);
	devices = strtoul(argv[6], NULL, 10);
	parse_seed(argv[7]);
	check(store_open(argv[1], argv[2], geteuid(), &world_host, &store,
		  &error),
	    &error);
	for (i = 0; i < count; i++) {
		memset(&user, 0, sizeof(user));
		(void)snprintf(user.name, sizeof(user.name), "%s%lu", argv[3],
		    i);
		user.uid = (uid_t)(first + i);
		fill_user(store, &user, (unsigned)devices);
	}
	store_freep(&store);
	if ((fd = open(argv[1], O_RDONLY | O_CLOEXEC)) == -1 || syncfs(fd) != 0)
		err(1, "%s", argv[1]);
	return 0;
}
