/* Which keys an agent is asked to sign with, and what the person is told. */
#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint/agent_signer.h"
#include "fido/ssh_key.h"
#include "fido/ssh_wire.h"
#include "wire/frame.h"

#define SIZE		8192
#define CHALLENGE	"awsmfa host=h user=u service=s time=t nonce=0"

static int fds[2], person_fds[2];
static struct mfa_error err;
static struct agent_signer signer;
static struct device first, second;
static struct fido_credential keys[2], stranger;
static struct device_list devices;
static unsigned shown, waited;

static enum mfa_code
show(void *ctx, const char *text, struct mfa_error *ignored)
{
	(void)ctx;
	(void)ignored;
	assert_string_equal(text, AGENT_SIGNER_SENTENCE);
	shown++;
	return MFA_OK;
}

static enum mfa_code
wait_for(void *ctx, unsigned seconds, struct mfa_error *ignored)
{
	(void)ctx;
	(void)ignored;
	assert_in_range(seconds, 1, 20);
	waited++;
	return MFA_OK;
}

static struct person
person(void)
{
	return (struct person){ .show = show, .wait = wait_for,
		.fd = person_fds[0] };
}

static void
fill_key(struct fido_credential *key, uint8_t octet)
{
	*key = (struct fido_credential){ .rp_id = "ssh:",
		.algorithm = FIDO_EDDSA, .format = FIDO_SSH, .key_len = 32 };
	memset(key->key, octet, key->key_len);
}

static int
setup(void **state)
{
	(void)state;
	shown = waited = 0;
	fill_key(&keys[0], 0x11);
	fill_key(&keys[1], 0x22);
	fill_key(&stranger, 0x33);
	first = (struct device){ .type = DEVICE_SECURITY_KEY,
		.credential = &keys[0] };
	second = (struct device){ .type = DEVICE_SECURITY_KEY,
		.credential = &keys[1] };
	devices = (struct device_list){ .count = 2,
		.devices = { &first, &second } };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    person_fds), 0);
	signer = (struct agent_signer){ .fd = fds[0],
		.deadline = wire_now() + 20000 };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	closep(&fds[0]);
	closep(&fds[1]);
	closep(&person_fds[0]);
	closep(&person_fds[1]);
	return 0;
}

/* A certificate of KEY. */
static size_t
certify(const struct fido_credential *key, uint8_t ret[static SIZE])
{
	struct ssh_buffer out = { .bytes = ret, .size = SIZE };
	size_t i;

	ssh_put_text(&out, "sk-ssh-ed25519-cert-v01@openssh.com");
	ssh_put_text(&out, "nonce");
	ssh_put_string(&out, key->key, key->key_len);
	ssh_put_text(&out, key->rp_id);
	for (i = 0; i < 2; i++)			/* a serial number */
		ssh_put_u32(&out, 0);
	ssh_put_u32(&out, 1);			/* a user's */
	ssh_put_text(&out, "id");
	ssh_put_text(&out, "");
	for (i = 0; i < 4; i++)			/* after, before */
		ssh_put_u32(&out, 0);
	for (i = 0; i < 5; i++)
		ssh_put_text(&out, "x");
	assert_false(out.overflown);
	return out.len;
}

enum kind { KEY, CERTIFICATE, JUNK };

struct listed {
	enum kind			kind;
	const struct fido_credential	*key;
};

static size_t
blob_of(const struct listed *listed, uint8_t ret[static SIZE])
{
	uint8_t blob[SSH_KEY_BLOB_SIZE];
	size_t len = 0;

	switch (listed->kind) {
	case KEY:
		assert_int_equal(ssh_key_format(listed->key, blob, &len, &err),
		    MFA_OK);
		memcpy(ret, blob, len);
		break;
	case CERTIFICATE:
		return certify(listed->key, ret);
	case JUNK:
		memset(ret, 0xff, len = 40);
		break;
	}
	return len;
}

static void
say(struct ssh_buffer *out)
{
	uint8_t length[4] = { 0, 0, (uint8_t)(out->len >> 8),
		(uint8_t)out->len };

	assert_false(out->overflown);
	assert_int_equal(send(fds[1], length, 4, MSG_NOSIGNAL), 4);
	assert_int_equal(send(fds[1], out->bytes, out->len, MSG_NOSIGNAL),
	    out->len);
}

/* The agent's list: it has said so before it is asked. */
static void
list(const struct listed *listed, size_t count)
{
	uint8_t bytes[SIZE], blob[SIZE];
	struct ssh_buffer out = { .bytes = bytes, .size = sizeof(bytes) };
	size_t i;

	ssh_put_byte(&out, 12);
	ssh_put_u32(&out, (uint32_t)count);
	for (i = 0; i < count; i++) {
		ssh_put_string(&out, blob, blob_of(&listed[i], blob));
		ssh_put_text(&out, "a comment");
	}
	say(&out);
}

/* A signature of the right shape. */
static void
sign_anything(void)
{
	uint8_t bytes[SIZE], inner[SIZE], nothing[64] = { 0 };
	struct ssh_buffer out = { .bytes = bytes, .size = sizeof(bytes) };
	struct ssh_buffer sig = { .bytes = inner, .size = sizeof(inner) };

	ssh_put_text(&sig, "sk-ssh-ed25519@openssh.com");
	ssh_put_string(&sig, nothing, sizeof(nothing));
	ssh_put_byte(&sig, 1);
	ssh_put_u32(&sig, 7);
	ssh_put_byte(&out, 14);
	ssh_put_string(&out, sig.bytes, sig.len);
	say(&out);
}

static void
keys_of_the_user_are_found_in_the_agents_order_and_once(void **state)
{
	const struct listed listed[] = { { JUNK, NULL }, { KEY, &stranger },
		{ CERTIFICATE, &keys[1] }, { KEY, &keys[1] },
		{ CERTIFICATE, &stranger }, { KEY, &keys[0] },
		{ KEY, &keys[0] }, { JUNK, NULL } };
	const struct device *found[DEVICES_MAX] = { NULL };
	const struct person who = person();
	size_t count = 9;

	(void)state;
	list(listed, sizeof(listed) / sizeof(listed[0]));
	assert_int_equal(agent_signer_find(&signer, &who, &devices, found,
	    &count, &err), MFA_OK);
	assert_int_equal(count, 2);
	assert_ptr_equal(found[0], &second);
	assert_ptr_equal(found[1], &first);
	assert_int_equal(shown + waited, 0);
}

static void
agent_of_a_stranger_has_none(void **state)
{
	const struct listed listed[] = { { KEY, &stranger }, { JUNK, NULL } };
	const struct device *found[DEVICES_MAX] = { NULL };
	const struct person who = person();
	size_t count = 9;

	(void)state;
	list(listed, 2);
	assert_int_equal(agent_signer_find(&signer, &who, &devices, found,
	    &count, &err), MFA_OK);
	assert_int_equal(count, 0);
}

/* Does the agent get asked to sign with what LISTED is in its list? */
static void
signs_with(const struct listed *listed, size_t count, size_t which)
{
	uint8_t heard[SIZE], blob[SIZE];
	const struct person who = person();
	size_t len = blob_of(&listed[which], blob);
	struct ssh_octets request, key;
	struct sshsig sig;
	uint8_t type = 0;
	ssize_t n;

	list(listed, count);
	sign_anything();
	assert_int_equal(agent_signer_sign(&signer, &keys[0], CHALLENGE, &who,
	    &sig, &err), MFA_OK);
	assert_true(ssh_key_is_same(&sig.key, &keys[0]));
	assert_int_equal(sig.signature.count, 7);
	n = recv(fds[1], heard, sizeof(heard), MSG_DONTWAIT);
	assert_true(n > 5 + 5);
	request = (struct ssh_octets){ heard + 5 + 4, (size_t)n - 5 - 4 };
	assert_true(ssh_take_byte(&request, &type));
	assert_int_equal(type, 13);
	assert_true(ssh_take_string(&request, &key));
	assert_int_equal(key.len, len);
	assert_memory_equal(key.bytes, blob, len);
}

static void
key_is_asked_for_by_the_agents_own_name(void **state)
{
	const struct listed plain[] = { { KEY, &stranger },
		{ KEY, &keys[1] }, { KEY, &keys[0] } };
	const struct listed certified[] = { { CERTIFICATE, &keys[1] },
		{ CERTIFICATE, &keys[0] } };

	(void)state;
	signs_with(plain, 3, 2);
	signs_with(certified, 2, 1);
}

static void
person_is_told_once_and_waits_each_time(void **state)
{
	const struct listed listed[] = { { KEY, &keys[0] } };

	(void)state;
	signs_with(listed, 1, 0);
	signs_with(listed, 1, 0);
	assert_int_equal(shown, 1);
	assert_int_equal(waited, 2);
}

static void
key_that_the_agent_does_not_have_is_not_asked_for(void **state)
{
	const struct listed listed[] = { { KEY, &keys[1] } };
	const struct person who = person();
	struct sshsig sig;
	bool has = true;

	(void)state;
	list(listed, 1);
	assert_int_equal(agent_signer_sign(&signer, &keys[0], CHALLENGE, &who,
	    &sig, &err), MFA_ACCESS_DENIED);
	assert_non_null(strstr(err.detail, "does not have this key"));
	assert_int_equal(shown + waited, 0);
	list(listed, 1);
	assert_int_equal(agent_signer_has(&signer, &who, &keys[0], &has, &err),
	    MFA_OK);
	assert_false(has);
	list(listed, 1);
	assert_int_equal(agent_signer_has(&signer, &who, &keys[1], &has, &err),
	    MFA_OK);
	assert_true(has);
}

static void
signature_that_is_none_is_refused(void **state)
{
	const struct listed listed[] = { { KEY, &keys[0] } };
	uint8_t bytes[64];
	struct ssh_buffer out = { .bytes = bytes, .size = sizeof(bytes) };
	const struct person who = person();
	struct sshsig sig;

	(void)state;
	list(listed, 1);
	ssh_put_byte(&out, 14);
	ssh_put_text(&out, "no signature");
	say(&out);
	assert_int_equal(agent_signer_sign(&signer, &keys[0], CHALLENGE, &who,
	    &sig, &err), MFA_ACCESS_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(keys_of_the_user_are_found_in_the_agents_order_and_once),
		TEST(agent_of_a_stranger_has_none),
		TEST(key_is_asked_for_by_the_agents_own_name),
		TEST(person_is_told_once_and_waits_each_time),
		TEST(key_that_the_agent_does_not_have_is_not_asked_for),
		TEST(signature_that_is_none_is_refused),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
