/*
 * A device file, which is the form of an inventory record too. What was read is
 * written in one way, and is read back the same.
 */
#include <string.h>

#include "base/cleanup.h"
#include "store/devfile.h"
#include "store/record.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzzbed.h"

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 1000;

/* Wiped memory of its own, with the NUL that its contract asks for. */
static char *
copy_text(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	must(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	return text;
}

static bool
parse(const struct store *store, const char *text, size_t len,
    struct devfile_owner *ret_owner, struct device_list *ret)
{
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = devfile_parse(text, len, &store->key, ret_owner, ret, &err);
	must(code == MFA_OK || code == MFA_SERVICE_FAILURE);
	must(code == MFA_OK || (ret->count == 0 && err.detail[0] != '\0'));
	return code == MFA_OK;
}

/* The same nonces each time, so that what is the same is so to the octet. */
static char *
format(const struct store *store, const struct device_list *list,
    const struct devfile_owner *owner, size_t *ret_len)
{
	struct fuzzbed *bed = fuzzbed();
	struct mfa_error err;
	enum mfa_code code;
	char *text = NULL;

	code = devfile_format(list, owner, &store->key, &bed->world, &text,
	    ret_len, &err);
	must(code == MFA_OK || code == MFA_LIMIT_EXCEEDED);
	must(code != MFA_OK || *ret_len <= DEVFILE_MAX);
	return text;
}

static void
check_written(const struct store *store, const struct device_list *list,
    const struct devfile_owner *owner)
{
	_cleanup_(device_list_clear) struct device_list again = { 0 };
	_cleanup_(freep) char *first = NULL;
	_cleanup_(freep) char *second = NULL;
	struct devfile_owner other;
	size_t len, n;

	if ((first = format(store, list, owner, &len)) == NULL)
		return;
	must(parse(store, first, len, &other, &again));
	must(strcmp(owner->user, other.user) == 0 && owner->uid == other.uid);
	second = format(store, &again, &other, &n);
	must(second != NULL && n == len && memcmp(first, second, n) == 0);
}

static void
check_list(const struct device_list *list, const struct devfile_owner *owner)
{
	size_t i;

	must(devfile_is_user(owner->user) || owner->uid == -1);
	must(list->count <= DEVICES_MAX);
	must(recovery_is_valid(&list->recovery));
	for (i = 0; i < list->count; i++) {
		must(device_is_valid(list->devices[i]));
		must(device_list_find(list, list->devices[i]->serial) ==
		    list->devices[i]);
	}
}

/* One device alone may be a record, in a file of its own name only. */
static void
try_record(const struct store *store, const struct device *device,
    const char *text, size_t len)
{
	struct inventory_record record = { 0 };
	char name[RECORD_NAME_SIZE];
	struct mfa_error err;

	if (record_name(device->serial, device->type, name, &err) != MFA_OK)
		return;
	if (record_parse(store, name, text, len, &record, &err) == MFA_OK) {
		must(strcmp(record.device->serial, device->serial) == 0);
		must(record.device->type != DEVICE_SECURITY_KEY);
		inventory_record_clear(&record);
	}
	name[strlen(name) - 1] ^= 1;
	must(record_parse(store, name, text, len, &record, &err) ==
	    MFA_SERVICE_FAILURE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct store *store;
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	_cleanup_(freep) char *text = NULL;
	struct devfile_owner owner;

	fuzz_accepted = false;
	if (store == NULL)
		store = fuzzbed_store(fuzzbed());
	if (len > 0 && memchr(data, '\0', len) != NULL)
		return 0;
	text = copy_text(data, len);
	fuzz_accepted = parse(store, text, len, &owner, &list);
	if (!fuzz_accepted)
		return 0;
	check_list(&list, &owner);
	check_written(store, &list, &owner);
	if (list.count == 1)
		try_record(store, list.devices[0], text, len);
	return 0;
}
