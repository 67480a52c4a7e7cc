#include <stdlib.h>
#include <string.h>

#include "mfatest.h"

#include "mfa/enrol.h"
#include "mfa/signin.h"
#include "store/inventory.h"

static int64_t
now(void *ctx)
{
	return ((struct mfatest *)ctx)->now;
}

static bool
fill_random(void *ctx, void *ret, size_t len)
{
	(void)ctx;
	return world_host.random(world_host.ctx, ret, len);
}

static enum mfa_code
find_user(void *ctx, const char *name, struct host_user *ret,
    struct mfa_error *err)
{
	static const struct host_user users[] = { { "alice", 1001 },
		{ "bob", 1002 }, { "root", 0 } };
	size_t i;

	(void)ctx;
	if (strcmp(name, "ldapdown") == 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "no LDAP");
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

int
mfatest_setup(void **state)
{
	struct mfatest *m = calloc(1, sizeof(*m));
	void *t = NULL;

	if (m == NULL || storetest_setup(&t) != 0)
		return -1;
	m->t = t;
	m->now = MFATEST_NOW;
	m->world = (struct world){ .now = now,
		.boottime = now,
		.boot_id = storetest_world.boot_id,
		.random = fill_random,
		.find_user = find_user,
		.find_groups = find_groups,
		.ctx = m };
	m->t->store->world = &m->world;
	settings_default(&m->settings);
	m->ctx = (struct mfa_context){ .store = m->t->store,
		.settings = &m->settings,
		.world = &m->world };
	*state = m;
	return 0;
}

int
mfatest_teardown(void **state)
{
	struct mfatest *m = *state;
	void *t = m->t;

	free(m);
	return storetest_teardown(&t);
}

void
mfatest_import(struct mfatest *m, unsigned number, char ret_serial[SERIAL_NUMBER_MAX + 1])
{
	struct device *device = storetest_device(number);
	struct inventory_record record = { .device = device };

	device->spent_step = STEP_NONE;
	device->drift = 0;
	device->enabled = 0;
	device->otp = (struct otp_params){ OTP_SHA1, 6, 30 };
	assert_int_equal(inventory_add(m->t->store, &record, &m->err), MFA_OK);
	strcpy(ret_serial, device->serial);
	device_freep(&device);
}

void
mfatest_code(struct mfatest *m, unsigned number, int offset,
    struct secret *ret)
{
	struct device *device = storetest_device(number);

	device->otp = (struct otp_params){ OTP_SHA1, 6, 30 };
	assert_int_equal(hotp_code(&device->otp, &device->seed,
	    (uint64_t)(totp_step(&device->otp, m->now) + offset), ret,
	    &m->err), MFA_OK);
	device_freep(&device);
}

enum mfa_code
mfatest_enable(struct mfatest *m, const struct host_user *user,
    unsigned number, int offset)
{
	struct device *device = storetest_device(number);
	struct secret code1, code2;
	enum mfa_code code;

	mfatest_code(m, number, offset, &code1);
	mfatest_code(m, number, offset + 1, &code2);
	code = enrol_enable(&m->ctx, user, device->serial, &code1, &code2,
	    &m->err);
	device_freep(&device);
	return code;
}

void
mfatest_enrol(struct mfatest *m, const struct host_user *user,
    unsigned number)
{
	char serial[SERIAL_NUMBER_MAX + 1];

	mfatest_import(m, number, serial);
	assert_int_equal(mfatest_enable(m, user, number, -1), MFA_OK);
	m->now += 30;
}

enum mfa_code
mfatest_signin(struct mfatest *m, const char *user, const char *text,
    size_t len)
{
	struct signin *signin = NULL;
	struct proof proof;
	enum mfa_code code;

	assert_int_equal(signin_begin(&m->ctx, user, LEDGER_LOGIN, &signin,
	    &m->err), MFA_OK);
	code = signin_verify(signin, text, len, &proof, &m->err);
	signin_freep(&signin);
	return code;
}

enum mfa_code
mfatest_signin_code(struct mfatest *m, const char *user, unsigned number,
    int offset)
{
	struct secret code;

	mfatest_code(m, number, offset, &code);
	return mfatest_signin(m, user, (const char *)code.bytes, code.len);
}

void
mfatest_says(const struct mfatest *m, const char *part)
{
	if (strstr(m->err.detail, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, m->err.detail);
}
