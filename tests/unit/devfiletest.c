#include <stdlib.h>
#include <string.h>

#include "devfiletest.h"

const struct secret devfiletest_key = { .len = 32, .bytes = { 7 } };
const struct devfile_owner devfiletest_alice = {
	.user = "alice", .uid = 1001,
};

char *
devfiletest_format(const struct device_list *list,
    const struct devfile_owner *owner)
{
	struct mfa_error err;
	char *text = NULL;
	size_t len;

	if (devfile_format(list, owner, &devfiletest_key, &storetest_world,
	    &text, &len,
	    &err) != MFA_OK)
		fail_msg("%s", err.detail);
	assert_int_equal(strlen(text), len);
	return text;
}

enum mfa_code
devfiletest_parse(const char *text, struct device_list *list,
    struct mfa_error *err)
{
	struct devfile_owner owner;

	return devfile_parse(text, strlen(text), &devfiletest_key, &owner, list,
	    err);
}

void
devfiletest_fill(struct device_list *list, unsigned count)
{
	struct mfa_error err;
	struct device *d;
	unsigned i;

	for (i = 0; i < count; i++) {
		d = storetest_device(i);
		assert_int_equal(device_list_add(list, &d, &err), MFA_OK);
	}
}

char *
devfiletest_sample(unsigned count)
{
	struct device_list list = { 0 };
	char *text;

	devfiletest_fill(&list, count);
	text = devfiletest_format(&list, &devfiletest_alice);
	device_list_clear(&list);
	return text;
}

char *
devfiletest_change(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from), *changed;

	if (at == NULL)
		fail_msg("%s is not in the file", from);
	assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to,
	    at + strlen(from)) > 0);
	free(text);
	return changed;
}

void
devfiletest_refused(char *text, const char *says)
{
	struct device_list list = { 0 };
	struct mfa_error err;

	if (devfiletest_parse(text, &list, &err) != MFA_SERVICE_FAILURE)
		fail_msg("taken, but should say: %s", says);
	assert_int_equal(list.count, 0);
	if (strstr(err.detail, says) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", says, err.detail);
	free(text);
}
