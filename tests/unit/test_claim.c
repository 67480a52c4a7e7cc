#include <sys/resource.h>
#include <sys/stat.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/claim.h"
#include "store/seal.h"
#include "storetest.h"

#define RACERS	8

static const enum claim_kind kinds[] = { CLAIM_SERIAL, CLAIM_SEED };

static enum mfa_code
take(struct storetest *t, enum claim_kind kind, const struct device *d,
    const char *user)
{
	return claim_take(t->store, kind, d, user, &t->err);
}

static void
expect_holder(struct storetest *t, enum claim_kind kind,
    const struct device *d, const char *user)
{
	struct claim claim;
	enum mfa_code code = claim_read(t->store, kind, d, &claim, &t->err);

	if (user == NULL) {
		assert_int_equal(code, MFA_NO_SUCH_ENTITY);
		return;
	}
	if (code != MFA_OK)
		fail_msg("%s", t->err.detail);
	assert_string_equal(claim.user, user);
	assert_string_equal(claim.serial, d->serial);
}

/* The path of the one claim on D's serial number. */
static void
claim_path(struct storetest *t, const struct device *d,
    char path[static PATH_MAX])
{
	char name[HASH_NAME_SIZE];

	assert_int_equal(seal_hash("serial", d->serial, strlen(d->serial),
	    name, &t->err), MFA_OK);
	storetest_path(t, "claims", name, path);
}

static void
claim_is_its_takers_until_dropped(void **state)
{
	struct storetest *t = *state;
	struct device *d = storetest_device(1);
	size_t i;

	for (i = 0; i < 2; i++) {
		expect_holder(t, kinds[i], d, NULL);
		assert_int_equal(take(t, kinds[i], d, "alice"), MFA_OK);
		expect_holder(t, kinds[i], d, "alice");
		assert_int_equal(take(t, kinds[i], d, "alice"), MFA_OK);
		assert_int_equal(take(t, kinds[i], d, "bob"),
		    MFA_ENTITY_ALREADY_EXISTS);
		expect_holder(t, kinds[i], d, "alice");
		assert_int_equal(claim_drop(t->store, kinds[i], d, "bob",
		    &t->err), MFA_OK);
		expect_holder(t, kinds[i], d, "alice");
		assert_int_equal(claim_drop(t->store, kinds[i], d, "alice",
		    &t->err), MFA_OK);
		expect_holder(t, kinds[i], d, NULL);
		assert_int_equal(claim_drop(t->store, kinds[i], d, "alice",
		    &t->err), MFA_OK);
		assert_int_equal(take(t, kinds[i], d, "bob"), MFA_OK);
	}
	assert_int_equal(storetest_count(t, "claims"), 2);
	device_freep(&d);
}

static void
seed_of_another_serial_is_taken(void **state)
{
	struct storetest *t = *state;
	struct device *d = storetest_device(1), *e = storetest_device(2);

	e->seed = d->seed;
	assert_int_equal(take(t, CLAIM_SEED, d, "alice"), MFA_OK);
	assert_int_equal(take(t, CLAIM_SEED, e, "bob"),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(take(t, CLAIM_SEED, e, "alice"),
	    MFA_ENTITY_ALREADY_EXISTS);
	/* Nor does the other device give it up. */
	assert_int_equal(claim_drop(t->store, CLAIM_SEED, e, "alice", &t->err),
	    MFA_OK);
	expect_holder(t, CLAIM_SEED, d, "alice");
	/* Zeros at the end make the same codes. */
	e->seed.bytes[e->seed.len++] = 0;
	assert_int_equal(take(t, CLAIM_SEED, e, "bob"),
	    MFA_ENTITY_ALREADY_EXISTS);
	e->seed.bytes[e->seed.len - 1] = 1;
	assert_int_equal(take(t, CLAIM_SEED, e, "bob"), MFA_OK);
	device_freep(&d);
	device_freep(&e);
}

static void
name_of_a_seeds_claim_depends_on_the_host_key(void **state)
{
	struct storetest *t = *state;
	struct device *d = storetest_device(1);

	assert_int_equal(take(t, CLAIM_SEED, d, "alice"), MFA_OK);
	t->store->key.bytes[0] ^= 1;
	expect_holder(t, CLAIM_SEED, d, NULL);
	device_freep(&d);
}

static void
code_devices_claim_their_seed_and_keys_their_credential(void **state)
{
	struct device *d = storetest_device(1), *k = storetest_key(1);
	enum claim_kind of[CLAIM_KINDS];

	(void)state;
	claim_kinds(d, of);
	assert_int_equal(of[0], CLAIM_SERIAL);
	assert_int_equal(of[1], CLAIM_SEED);
	d->type = DEVICE_VIRTUAL;
	claim_kinds(d, of);
	assert_int_equal(of[1], CLAIM_SEED);
	claim_kinds(k, of);
	assert_int_equal(of[0], CLAIM_SERIAL);
	assert_int_equal(of[1], CLAIM_CREDENTIAL);
	device_freep(&d);
	device_freep(&k);
}

static void
credential_of_another_serial_is_taken(void **state)
{
	struct storetest *t = *state;
	struct device *k = storetest_key(1), *l = storetest_key(2);
	struct fido_credential theirs = *l->credential;

	*l->credential = *k->credential;
	expect_holder(t, CLAIM_CREDENTIAL, k, NULL);
	assert_int_equal(take(t, CLAIM_CREDENTIAL, k, "alice"), MFA_OK);
	assert_int_equal(take(t, CLAIM_CREDENTIAL, k, "alice"), MFA_OK);
	assert_int_equal(take(t, CLAIM_CREDENTIAL, l, "bob"),
	    MFA_ENTITY_ALREADY_EXISTS);
	storetest_says(t, "credential");
	assert_int_equal(take(t, CLAIM_CREDENTIAL, l, "alice"),
	    MFA_ENTITY_ALREADY_EXISTS);
	/* The id is what counts, and all of it. */
	memset(l->credential->key, 0, sizeof(l->credential->key));
	strcpy(l->credential->rp_id, "elsewhere");
	assert_int_equal(take(t, CLAIM_CREDENTIAL, l, "bob"),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_int_equal(claim_drop(t->store, CLAIM_CREDENTIAL, l, "bob",
	    &t->err), MFA_OK);
	expect_holder(t, CLAIM_CREDENTIAL, k, "alice");
	l->credential->id_len--;
	assert_int_equal(take(t, CLAIM_CREDENTIAL, l, "bob"), MFA_OK);
	*l->credential = theirs;
	l->credential->id_len = FIDO_CREDENTIAL_ID_MAX;
	assert_int_equal(take(t, CLAIM_CREDENTIAL, l, "bob"), MFA_OK);
	assert_int_equal(claim_drop(t->store, CLAIM_CREDENTIAL, k, "alice",
	    &t->err), MFA_OK);
	expect_holder(t, CLAIM_CREDENTIAL, k, NULL);
	device_freep(&k);
	device_freep(&l);
}

static void
ssh_key_of_another_serial_is_taken(void **state)
{
	struct storetest *t = *state;
	struct device *k = storetest_ssh_key(1), *l = storetest_ssh_key(2);

	assert_int_equal(take(t, CLAIM_CREDENTIAL, k, "alice"), MFA_OK);
	assert_int_equal(take(t, CLAIM_CREDENTIAL, l, "bob"), MFA_OK);
	assert_int_equal(claim_drop(t->store, CLAIM_CREDENTIAL, l, "bob",
	    &t->err), MFA_OK);
	*l->credential = *k->credential;
	strcpy(l->credential->rp_id, "ssh:other");
	assert_int_equal(take(t, CLAIM_CREDENTIAL, l, "bob"),
	    MFA_ENTITY_ALREADY_EXISTS);
	l->credential->key_len = 0;
	assert_int_equal(take(t, CLAIM_CREDENTIAL, l, "bob"),
	    MFA_SERVICE_FAILURE);
	device_freep(&k);
	device_freep(&l);
}

static void
kind_that_a_device_does_not_have_is_a_failure(void **state)
{
	struct storetest *t = *state;
	struct device *d = storetest_device(1), *k = storetest_key(1);

	/* All keys would be one, by the seed that none of them has. */
	assert_int_equal(take(t, CLAIM_SEED, k, "alice"), MFA_SERVICE_FAILURE);
	assert_int_equal(take(t, CLAIM_CREDENTIAL, d, "alice"),
	    MFA_SERVICE_FAILURE);
	k->credential->id_len = 0;
	assert_int_equal(take(t, CLAIM_CREDENTIAL, k, "alice"),
	    MFA_SERVICE_FAILURE);
	k->credential->id_len = FIDO_CREDENTIAL_ID_MAX + 2;
	assert_int_equal(take(t, CLAIM_CREDENTIAL, k, "alice"),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(storetest_count(t, "claims"), 0);
	device_freep(&d);
	device_freep(&k);
}

static void
race(struct storetest *t, enum claim_kind kind)
{
	struct device *d = kind == CLAIM_CREDENTIAL
	    ? storetest_key((unsigned)kind) : storetest_device((unsigned)kind);
	int go[2], i, won = 0, lost = 0, status;
	struct claim claim;
	char user[16], winner[16] = "", octet;
	pid_t pids[RACERS];

	assert_int_equal(pipe(go), 0);
	for (i = 0; i < RACERS; i++) {
		if (!storetest_fork(&pids[i]))
			continue;
		snprintf(user, sizeof(user), "user%d", i);
		close(go[1]);
		/* All start when the other end closes. */
		if (read(go[0], &octet, 1) != 0)
			_exit(99);
		_exit(take(t, kind, d, user));
	}
	close(go[0]);
	close(go[1]);
	for (i = 0; i < RACERS; i++) {
		status = storetest_wait(pids[i]);
		won += status == MFA_OK;
		lost += status == MFA_ENTITY_ALREADY_EXISTS;
		if (status == MFA_OK)
			snprintf(winner, sizeof(winner), "user%d", i);
	}
	assert_int_equal(won, 1);
	assert_int_equal(lost, RACERS - 1);
	assert_int_equal(claim_read(t->store, kind, d, &claim, &t->err),
	    MFA_OK);
	assert_string_equal(claim.user, winner);
	device_freep(&d);
}

static void
exactly_one_of_eight_racers_gets_it(void **state)
{
	struct storetest *t = *state;

	race(t, CLAIM_SERIAL);
	race(t, CLAIM_SEED);
	race(t, CLAIM_CREDENTIAL);
	assert_int_equal(storetest_count(t, "claims"), 3);
}

static void
damaged_claim_is_a_failure(void **state)
{
	static const char *const texts[] = {
		"", "\x7f\x45LF", "claim 1\n",
		"claim 2\nuser a\nserial TEST00000001\n",
		"claim 1\nuser \nserial TEST00000001\n",
		"claim 1\nuser alice\nserial TEST00000001",
		"claim 1\nuser alice\nserial TEST00000001\n\n",
		"claim 1\nuser alice\nserial TEST\n",
		"claim 1\nuser alice\nserial TEST00000002\n",
		"claim 1\nuser a\tb\nserial TEST00000001\n",
		"claim 1\nserial TEST00000001\nuser alice\n",
		"claim 1\r\nuser alice\r\nserial TEST00000001\r\n",
	};
	struct storetest *t = *state;
	struct device *d = storetest_device(1);
	char path[PATH_MAX], large[2048];
	struct claim claim;
	size_t i;

	claim_path(t, d, path);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		storetest_write(path, texts[i], strlen(texts[i]));
		if (claim_read(t->store, CLAIM_SERIAL, d, &claim, &t->err) !=
		    MFA_SERVICE_FAILURE)
			fail_msg("number %zu is taken", i);
		assert_int_equal(take(t, CLAIM_SERIAL, d, "alice"),
		    MFA_SERVICE_FAILURE);
		assert_int_equal(claim_drop(t->store, CLAIM_SERIAL, d, "alice",
		    &t->err), MFA_SERVICE_FAILURE);
		storetest_says(t, t->root);
	}
	memset(large, 'x', sizeof(large));
	storetest_write(path, large, sizeof(large));
	assert_int_equal(take(t, CLAIM_SERIAL, d, "alice"),
	    MFA_SERVICE_FAILURE);
	storetest_write(path, "claim 1\nuser \0", 14);
	assert_int_equal(take(t, CLAIM_SERIAL, d, "alice"),
	    MFA_SERVICE_FAILURE);
	device_freep(&d);
}

static void
claim_of_another_kind_owner_or_mode_is_a_failure(void **state)
{
	struct storetest *t = *state;
	struct device *d = storetest_device(1);
	char path[PATH_MAX];
	struct claim claim;

	claim_path(t, d, path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(take(t, CLAIM_SERIAL, d, "alice"),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(take(t, CLAIM_SERIAL, d, "alice"),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(take(t, CLAIM_SERIAL, d, "alice"), MFA_OK);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(claim_read(t->store, CLAIM_SERIAL, d, &claim,
	    &t->err), MFA_SERVICE_FAILURE);
	assert_int_equal(chmod(path, 0600), 0);
	t->store->owner = geteuid() + 1;
	assert_int_equal(claim_read(t->store, CLAIM_SERIAL, d, &claim,
	    &t->err), MFA_SERVICE_FAILURE);
	device_freep(&d);
}

static void
user_that_is_no_line_of_text_claims_nothing(void **state)
{
	struct storetest *t = *state;
	struct device *d = storetest_device(1);

	assert_int_equal(take(t, CLAIM_SERIAL, d, ""), MFA_SERVICE_FAILURE);
	assert_int_equal(take(t, CLAIM_SERIAL, d, "a\nserial x"),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(storetest_count(t, "claims"), 0);
	device_freep(&d);
}

static void
claim_that_can_not_be_written_is_not_there(void **state)
{
	struct storetest *t = *state;
	struct device *d = storetest_device(1);
	struct rlimit none = { 0, 0 };
	pid_t pid;

	if (storetest_fork(&pid)) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &none);
		_exit(take(t, CLAIM_SERIAL, d, "alice"));
	}
	assert_int_equal(storetest_wait(pid), MFA_SERVICE_FAILURE);
	assert_int_equal(storetest_count(t, "claims"), 0);
	device_freep(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		storetest(claim_is_its_takers_until_dropped),
		storetest(seed_of_another_serial_is_taken),
		storetest(name_of_a_seeds_claim_depends_on_the_host_key),
		storetest(
		    code_devices_claim_their_seed_and_keys_their_credential),
		storetest(credential_of_another_serial_is_taken),
		storetest(ssh_key_of_another_serial_is_taken),
		storetest(kind_that_a_device_does_not_have_is_a_failure),
		storetest(exactly_one_of_eight_racers_gets_it),
		storetest(damaged_claim_is_a_failure),
		storetest(claim_of_another_kind_owner_or_mode_is_a_failure),
		storetest(user_that_is_no_line_of_text_claims_nothing),
		storetest(claim_that_can_not_be_written_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
