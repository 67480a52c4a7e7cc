/* What sshd has verified, and whether it proves anything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mfatest.h"

#include "fido/base64.h"
#include "fido/ssh_key.h"
#include "fido/ssh_wire.h"
#include "mfa/holding.h"
#include "mfa/ssh_info.h"
#include "store/ledger.h"

#define TEXT_SIZE	(128 * 1024)
#define ALICES		0x11	/* the octets of her key of EdDSA */
#define ALICES_OTHER	0x22	/* ES256 */
#define STRANGERS	0x33

/* Settings of the one service that there is. */
enum { VERIFIED = 1, PASSWORD = 2, SINGLE = 4, IN_STACK = 8 };

static struct device_list devices;
static struct settings settings;
static struct mfa_error err;

static struct fido_credential
key_of(enum fido_algorithm algorithm, uint8_t octet)
{
	struct fido_credential key = { .rp_id = "ssh:",
		.algorithm = algorithm, .format = FIDO_SSH,
		.key_len = algorithm == FIDO_EDDSA ? 32 : 64 };

	memset(key.key, octet, key.key_len);
	return key;
}

static void
put_base64(char *out, const char *type, const uint8_t *blob, size_t len)
{
	char text[BASE64_SIZE(SSH_KEY_INPUT_MAX)];

	base64_encode(blob, len, text);
	sprintf(out, "%s %s", type, text);
}

/* A key of TYPE with one string, KEY_LEN times OCTET. */
static void
put_plain(char *out, const char *type, uint8_t octet, size_t key_len)
{
	uint8_t blob[SSH_KEY_INPUT_MAX], key[512];
	struct ssh_buffer buffer = { .bytes = blob, .size = sizeof(blob) };

	memset(key, octet, sizeof(key));
	ssh_put_text(&buffer, type);
	ssh_put_string(&buffer, key, key_len);
	assert_false(buffer.overflown);
	put_base64(out, type, blob, buffer.len);
}

/* A certificate of the key of EdDSA with OCTET, for a host where IS_HOST. */
static void
put_certificate(char *out, uint8_t octet, bool is_host)
{
	static const char type[] = "sk-ssh-ed25519-cert-v01@openssh.com";
	uint8_t blob[SSH_KEY_INPUT_MAX], key[32];
	struct ssh_buffer buffer = { .bytes = blob, .size = sizeof(blob) };
	size_t i;

	memset(key, octet, sizeof(key));
	ssh_put_text(&buffer, type);
	ssh_put_text(&buffer, "a nonce");
	ssh_put_string(&buffer, key, sizeof(key));
	ssh_put_text(&buffer, "ssh:");
	ssh_put_text(&buffer, "");		/* with the next: a serial */
	ssh_put_u32(&buffer, 7);
	ssh_put_u32(&buffer, is_host ? 2 : 1);
	ssh_put_text(&buffer, "an id");
	ssh_put_text(&buffer, "");
	for (i = 0; i < 4; i++)			/* after, before */
		ssh_put_u32(&buffer, 9);
	for (i = 0; i < 5; i++)
		ssh_put_text(&buffer, "something");
	assert_false(buffer.overflown);
	put_base64(out, type, blob, buffer.len);
}

/* One word of a template. */
static void
put_word(char *out, const char *word, size_t len)
{
	const struct fido_credential alices = key_of(FIDO_EDDSA, ALICES),
	    other = key_of(FIDO_ES256, ALICES_OTHER),
	    strangers = key_of(FIDO_EDDSA, STRANGERS);
	struct fido_credential elsewhere = alices;

	strcpy(elsewhere.rp_id, "ssh:elsewhere");
#define IS(name)	(len == strlen(name) && memcmp(word, name, len) == 0)
	if (IS("ALICES"))
		assert_int_equal(ssh_key_format_line(&alices, out, &err), 0);
	else if (IS("ALICES2"))
		assert_int_equal(ssh_key_format_line(&other, out, &err), 0);
	else if (IS("STRANGERS"))
		assert_int_equal(ssh_key_format_line(&strangers, out, &err),
		    0);
	else if (IS("ELSEWHERE"))
		assert_int_equal(ssh_key_format_line(&elsewhere, out, &err),
		    0);
	else if (IS("CERTIFICATE"))
		put_certificate(out, ALICES, false);
	else if (IS("HOSTCERTIFICATE"))
		put_certificate(out, ALICES, true);
	else if (IS("PLAIN"))
		put_plain(out, "ssh-ed25519", 0x44, 32);
	else if (IS("RSA"))
		put_plain(out, "ssh-rsa", 0x55, 512);
	else if (IS("SAMEPLAIN"))
		put_plain(out, "ssh-ed25519", ALICES, 32);
	else
		sprintf(out, "%.*s", (int)len, word);
#undef IS
}

/* TEMPLATE with its words in capitals for keys. */
static const char *
expand(const char *template)
{
	static char text[TEXT_SIZE];
	char *out = text;
	size_t len;

	for (text[0] = '\0'; *template != '\0'; template += len) {
		assert_true(out - text < TEXT_SIZE - 16 * 1024);
		len = strspn(template, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
		if (len > 0)
			put_word(out, template, len);
		else
			sprintf(out, "%.*s", (int)(len = 1), template);
		out += strlen(out);
	}
	return text;
}

static void
add_device(struct mfatest *m, enum fido_algorithm algorithm, uint8_t octet,
    const char *serial)
{
	_cleanup_(device_freep) struct device *device = device_new(&m->world);

	assert_non_null(device);
	device->type = DEVICE_SECURITY_KEY;
	strcpy(device->serial, serial);
	strcpy(device->name, strrchr(serial, '/') + 1);
	device->enabled = MFATEST_NOW;
	device->credential = calloc(1, sizeof(*device->credential));
	assert_non_null(device->credential);
	*device->credential = key_of(algorithm, octet);
	assert_int_equal(device_list_add(&devices, &device, &err), MFA_OK);
}

#define SERIAL	"arn:aws:iam::000000000000:u2f/user/alice/"

static int
setup(void **state)
{
	struct mfatest *m;

	if (mfatest_setup(state) != 0)
		return -1;
	m = *state;
	settings = m->settings;
	add_device(m, FIDO_EDDSA, ALICES, SERIAL "k1");
	add_device(m, FIDO_ES256, ALICES_OTHER, SERIAL "k2");
	return 0;
}

static int
teardown(void **state)
{
	device_list_clear(&devices);
	return mfatest_teardown(state);
}

static void
set(struct service_list *list, bool has)
{
	list->count = has;
	strcpy(list->names[0], "sshd");
}

static enum mfa_code
judge(unsigned how, const char *lines, const struct device **ret)
{
	const struct ssh_info info = { .service = "sshd", .lines = lines,
		.in_stack = how & IN_STACK };

	set(&settings.ssh_verified_keys, how & VERIFIED);
	set(&settings.password_services, how & PASSWORD);
	set(&settings.single_factor_ok, how & SINGLE);
	memset(&err, 0, sizeof(err));
	return ssh_info_judge(&settings, &devices, &info, ret, &err);
}

#define ALONE	"would be the only factor"
#define NONE	"no SSH key that sshd verified is a device"
#define ODD	"not as sshd writes it"
#define OFF	"not in ssh_verified_keys"
#define K1	SERIAL "k1"
#define K2	SERIAL "k2"

static const struct {
	unsigned how;
	const char *lines;
	const char *expected; /* serial number, or part of the reason */
} cases[] = {
	/* Nothing at all where the setting does not have the service. */
	{ 0, "publickey ALICES\n", OFF },
	{ PASSWORD | SINGLE | IN_STACK, "publickey ALICES\n", OFF },

	/* One key is not two factors. */
	{ VERIFIED, "publickey ALICES\n", ALONE },
	{ VERIFIED | IN_STACK, "publickey ALICES\n", ALONE },
	{ VERIFIED | PASSWORD, "publickey ALICES\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey ALICES\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey CERTIFICATE\n", ALONE },
	{ VERIFIED, "publickey CERTIFICATE\n", ALONE },
	{ VERIFIED, "publickey CERTIFICATE\npublickey ALICES\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey SAMEPLAIN\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey ELSEWHERE\n", ALONE },
	/* Such a line may be there because this very key was accepted. */
	{ VERIFIED, "publickey ALICES\nkeyboard-interactive/pam\n", ALONE },
	{ VERIFIED, "publickey ALICES\npassword\n", ALONE },

	/* It is where the administrator says so. */
	{ VERIFIED | SINGLE, "publickey ALICES\n", K1 },
	{ VERIFIED | SINGLE, "publickey ALICES", K1 },
	{ VERIFIED | SINGLE, "publickey ALICES2\n", K2 },
	{ VERIFIED | SINGLE, "publickey CERTIFICATE\n", K1 },
	{ VERIFIED | SINGLE | IN_STACK, "publickey ALICES\n", K1 },

	/* A second key. */
	{ VERIFIED, "publickey ALICES\npublickey PLAIN\n", K1 },
	{ VERIFIED, "publickey PLAIN\npublickey ALICES\n", K1 },
	{ VERIFIED, "publickey RSA\npublickey CERTIFICATE\n", K1 },
	{ VERIFIED, "publickey ALICES\npublickey STRANGERS\n", K1 },
	{ VERIFIED, "publickey STRANGERS\npublickey ALICES\n", K1 },
	{ VERIFIED, "publickey ALICES\npublickey ALICES2\n", K1 },
	{ VERIFIED, "publickey ALICES2\npublickey ALICES\n", K2 },

	/* A password, where the stack verifies one. */
	{ VERIFIED | PASSWORD | IN_STACK, "publickey ALICES\n", K1 },
	{ VERIFIED | PASSWORD, "publickey ALICES\nkeyboard-interactive/pam\n",
	    K1 },
	{ VERIFIED | PASSWORD, "keyboard-interactive/pam\npublickey ALICES\n",
	    K1 },
	{ VERIFIED | PASSWORD, "publickey ALICES\npassword\n", K1 },
	/* PAM serves none of these, or not so. */
	{ VERIFIED | PASSWORD, "publickey ALICES\nkeyboard-interactive\n",
	    ALONE },
	{ VERIFIED | PASSWORD,
	    "publickey ALICES\nkeyboard-interactive/bsdauth\n", ALONE },
	{ VERIFIED | PASSWORD,
	    "publickey ALICES\nkeyboard-interactive/pam x\n", ALONE },
	{ VERIFIED | PASSWORD, "publickey ALICES\npassword/x\n", ALONE },
	{ VERIFIED | PASSWORD, "publickey ALICES\npasswords\n", ALONE },
	{ VERIFIED | PASSWORD, "publickey ALICES\nPassword\n", ALONE },
	{ VERIFIED | PASSWORD, "publickey ALICES\nhostbased RSA\n", ALONE },
	{ VERIFIED | PASSWORD,
	    "publickey ALICES\ngssapi-with-mic alice@EXAMPLE\n", ALONE },
	{ VERIFIED, "publickey ALICES\nhostbased RSA\n", ALONE },

	/* No key of hers. */
	{ VERIFIED | PASSWORD | SINGLE | IN_STACK, "", NONE },
	{ VERIFIED | PASSWORD | SINGLE, "password\n", NONE },
	{ VERIFIED | PASSWORD | SINGLE, "keyboard-interactive/pam\n", NONE },
	{ VERIFIED | PASSWORD | SINGLE, "publickey PLAIN\n", NONE },
	{ VERIFIED | PASSWORD | SINGLE, "publickey SAMEPLAIN\n", NONE },
	{ VERIFIED | PASSWORD | SINGLE, "publickey STRANGERS\n", NONE },
	{ VERIFIED | PASSWORD | SINGLE, "publickey ELSEWHERE\n", NONE },
	{ VERIFIED | PASSWORD | SINGLE, "publickey HOSTCERTIFICATE\n", NONE },

	/* Her key where no key of publickey's is. */
	{ VERIFIED | SINGLE, "ALICES\n", NONE },
	{ VERIFIED | SINGLE, "hostbased ALICES\n", NONE },
	{ VERIFIED | SINGLE, "keyboard-interactive/pam ALICES\n", NONE },
	{ VERIFIED | SINGLE, "gssapi-with-mic publickey ALICES\n", NONE },
	{ VERIFIED | SINGLE, "publickey/x ALICES\n", NONE },
	{ VERIFIED | SINGLE, "publickeys ALICES\n", NONE },
	{ VERIFIED | SINGLE, "Publickey ALICES\n", NONE },
	{ VERIFIED | SINGLE, "publickey\n", NONE },
	{ VERIFIED | SINGLE, "publickey  ALICES\n", NONE },
	{ VERIFIED | SINGLE, "publickey ALICES comment\n", NONE },
	{ VERIFIED | SINGLE, "publickey x ALICES\n", NONE },
	{ VERIFIED | SINGLE, "publickey ALICESx\n", NONE },
	{ VERIFIED | SINGLE, "publickey sk-ssh-ed25519@openssh.com\n", NONE },
	{ VERIFIED | SINGLE, "publickey sk-ssh-ed25519@openssh.com @@@@\n",
	    NONE },

	/* A second key that is none. */
	{ VERIFIED, "publickey ALICES\npublickey\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey ssh-rsa\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey ssh-rsa @@@@\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey ssh-rsa AAAA\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey PLAIN comment\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey PLAIN RSA\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey/x PLAIN\n", ALONE },
	{ VERIFIED, "publickey ALICES\nhostbased PLAIN\n", ALONE },
	/* "AAAAB3NzaC1yc2E=" is the type ssh-rsa, and nothing after it. */
	{ VERIFIED, "publickey ALICES\npublickey ssh-rsa "
	    "AAAAB3NzaC1yc2E=\n", ALONE },
	{ VERIFIED, "publickey ALICES\npublickey ssh-dss "
	    "AAAAB3NzaC1yc2E=\n", ALONE },

	/* What sshd does not write. */
	{ VERIFIED | SINGLE, "\n", ODD },
	{ VERIFIED | SINGLE, "\npublickey ALICES\n", ODD },
	{ VERIFIED | SINGLE, "publickey ALICES\n\n", ODD },
	{ VERIFIED | SINGLE, "password\n\npublickey ALICES\n", ODD },
	{ VERIFIED | SINGLE, " publickey ALICES\n", ODD },
	{ VERIFIED | SINGLE, "publickey ALICES \n", ODD },
	{ VERIFIED | SINGLE, "publickey\tALICES\n", ODD },
	{ VERIFIED | SINGLE, "publickey ALICES\r\n", ODD },
	{ VERIFIED | SINGLE, "publickey ALICES\npassword\x1b[2J\n", ODD },
	{ VERIFIED | SINGLE, "publickey ALICES\npassword\x7f\n", ODD },
};

static void
each_case_is_judged_as_it_should_be(void **state)
{
	const struct device *device;
	const char *said;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		device = NULL;
		said = judge(cases[i].how, expand(cases[i].lines), &device) ==
		    MFA_OK ? device->serial : err.detail;
		if (strstr(said, cases[i].expected) == NULL)
			fail_msg("case %zu, %u \"%s\": %s", i, cases[i].how,
			    cases[i].lines, said);
		assert_int_equal(device == NULL, err.code != MFA_OK);
		if (device == NULL)
			assert_int_equal(err.code, MFA_ACCESS_DENIED);
	}
}

static void
more_lines_than_there_are_methods_are_refused(void **state)
{
	char lines[TEXT_SIZE] = "";
	const struct device *device = NULL;
	size_t i;

	(void)state;
	strcpy(lines, expand("publickey ALICES\n"));
	for (i = 1; i < SSH_INFO_LINES_MAX; i++)
		strcat(lines, "password\n");
	assert_int_equal(judge(VERIFIED | SINGLE, lines, &device), MFA_OK);
	strcat(lines, "password\n");
	assert_int_equal(judge(VERIFIED | SINGLE, lines, &device),
	    MFA_ACCESS_DENIED);
	assert_non_null(strstr(err.detail, ODD));
}

static void
key_line_over_the_limit_is_no_key(void **state)
{
	char lines[TEXT_SIZE] = "publickey sk-ssh-ed25519@openssh.com ";
	const struct device *device = NULL;

	(void)state;
	memset(lines + strlen(lines), 'A', SSH_KEY_TEXT_MAX + 100);
	assert_int_equal(judge(VERIFIED | SINGLE, lines, &device),
	    MFA_ACCESS_DENIED);
	assert_non_null(strstr(err.detail, NONE));
}

static void
another_service_is_not_one_of_those_named(void **state)
{
	const struct ssh_info info = { .service = "sshd-x",
		.lines = expand("publickey ALICES\n") };
	const struct device *device = NULL;

	(void)state;
	set(&settings.ssh_verified_keys, true);
	set(&settings.single_factor_ok, true);
	assert_true(ssh_info_is_wanted(&settings, "sshd"));
	assert_false(ssh_info_is_wanted(&settings, "sshd-x"));
	assert_int_equal(ssh_info_judge(&settings, &devices, &info, &device,
	    &err), MFA_ACCESS_DENIED);
	assert_non_null(strstr(err.detail, OFF));
	/* Each setting counts for the services that it names, and no other. */
	strcpy(settings.ssh_verified_keys.names[0], "sshd-x");
	assert_int_equal(ssh_info_judge(&settings, &devices, &info, &device,
	    &err), MFA_ACCESS_DENIED);
	assert_non_null(strstr(err.detail, ALONE));
}

static void
every_octet_of_the_key_counts(void **state)
{
	const struct device *device = NULL;
	char lines[TEXT_SIZE];
	size_t i, len;

	(void)state;
	strcpy(lines, expand("publickey ALICES"));
	len = strlen(lines);
	for (i = 0; i < len; i++) {
		lines[i]++;
		if (judge(VERIFIED | SINGLE, lines, &device) == MFA_OK)
			fail_msg("octet %zu does not count", i);
		lines[i]--;
	}
	assert_int_equal(judge(VERIFIED | SINGLE, lines, &device), MFA_OK);
}

static const struct host_user alice = { "alice", 1001 };
static const struct host_user bob = { "bob", 1002 };

/* Her key of EdDSA as a device in the store, that has signed five times. */
static void
enrol(struct mfatest *m, const struct host_user *user)
{
	_cleanup_(holding_clear) struct holding holding = { .ctx = &m->ctx,
		.user = user };
	struct ledger_device start = { .last_step = STEP_NONE,
		.sign_count = 5 };
	struct device *device = storetest_key(3);

	*device->credential = key_of(FIDO_EDDSA, ALICES);
	assert_int_equal(holding_open(&holding, &m->err), MFA_OK);
	assert_int_equal(holding_add(&holding, &device, &start, &m->err),
	    MFA_OK);
}

static enum mfa_code
verify(struct mfatest *m, const struct host_user *user, struct proof *ret)
{
	_cleanup_(device_list_clear) struct device_list kept = { 0 };
	const struct ssh_info info = { .service = "sshd",
		.lines = expand("publickey ALICES\n") };
	enum mfa_code code;

	set(&m->settings.ssh_verified_keys, true);
	set(&m->settings.single_factor_ok, true);
	code = store_load(m->ctx.store, user, &kept, &m->err);
	assert_true(code == MFA_OK || code == MFA_NOT_ENROLLED);
	return ssh_info_verify(&m->ctx, user, &kept, &info, ret, &m->err);
}

static void
use_of_the_key_is_recorded_and_its_counter_stays(void **state)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct mfatest *m = *state;
	struct proof proof = { .kind = PROOF_NONE };
	const struct ledger_device *entry;

	enrol(m, &alice);
	m->now += 1000;
	assert_int_equal(verify(m, &alice, &proof), MFA_OK);
	assert_int_equal(proof.kind, PROOF_SECURITY_KEY);
	assert_int_equal(ledger_open_enrolled(m->ctx.store, &alice, &ledger,
	    &m->err), MFA_OK);
	entry = ledger_find(ledger_record(ledger), proof.device);
	assert_non_null(entry);
	assert_int_equal(entry->last_used, m->now);
	assert_int_equal(entry->sign_count, 5);
	assert_int_equal(ledger_record(ledger)->doors[LEDGER_LOGIN].failures,
	    0);
}

static void
key_of_another_user_proves_nothing(void **state)
{
	struct mfatest *m = *state;
	struct proof proof = { .kind = PROOF_NONE };

	enrol(m, &alice);
	assert_int_equal(verify(m, &bob, &proof), MFA_ACCESS_DENIED);
	assert_int_equal(proof.kind, PROOF_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(each_case_is_judged_as_it_should_be),
		TEST(more_lines_than_there_are_methods_are_refused),
		TEST(key_line_over_the_limit_is_no_key),
		TEST(another_service_is_not_one_of_those_named),
		TEST(every_octet_of_the_key_counts),
#undef TEST
		mfatest(use_of_the_key_is_recorded_and_its_counter_stays),
		mfatest(key_of_another_user_proves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
