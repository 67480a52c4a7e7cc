#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "fido/base64.h"
#include "fido/ssh_private.h"
#include "fido/ssh_wire.h"
#include "fido/u2f_keys.h"

#define SIZE 4096

static uint8_t handle[66], point[65];

static enum mfa_code
read_key(const char *id, const char *key, const char *type,
    struct fido_credential *ret)
{
	struct mfa_error err;

	return u2f_keys_parse(id, key, type, "pam://here", ret, &err);
}

static int
setup(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(handle); i++)
		handle[i] = (uint8_t)(0xf8 + i);
	for (i = 1; i < sizeof(point); i++)
		point[i] = (uint8_t)i;
	point[0] = 4;
	return 0;
}

static void
new_form_is_read(void **state)
{
	char id[BASE64_SIZE(66)], key[BASE64_SIZE(65)], bare[BASE64_SIZE(64)];
	struct fido_credential credential;

	(void)state;
	base64_encode(handle, sizeof(handle), id);
	base64_encode(point, sizeof(point), key);
	base64_encode(point + 1, sizeof(point) - 1, bare);
	assert_int_equal(read_key(id, key, "es256", &credential), MFA_OK);
	assert_int_equal(credential.format, FIDO_NONE);
	assert_int_equal(credential.algorithm, FIDO_ES256);
	assert_string_equal(credential.rp_id, "pam://here");
	assert_int_equal(credential.id_len, sizeof(handle));
	assert_memory_equal(credential.id, handle, sizeof(handle));
	assert_int_equal(credential.key_len, 64);
	assert_memory_equal(credential.key, point + 1, 64);
	assert_int_equal(read_key(id, bare, "es256", &credential), MFA_OK);
	assert_memory_equal(credential.key, point + 1, 64);
	base64_encode(point, 32, key);
	assert_int_equal(read_key(id, key, "eddsa", &credential), MFA_OK);
	assert_int_equal(credential.algorithm, FIDO_EDDSA);
	assert_int_equal(credential.key_len, 32);
}

static void
old_form_is_read(void **state)
{
	char id[BASE64_SIZE(65)], hex[2 * 65 + 1], *c;
	struct fido_credential credential;

	(void)state;
	base64_encode(handle, 65, id);
	for (c = id; *c != '\0'; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	assert_non_null(strpbrk(id, "-_"));
	*strchr(id, '=') = '\0';
	text_hex(hex, point, sizeof(point));
	assert_int_equal(read_key(id, hex, NULL, &credential), MFA_OK);
	assert_int_equal(credential.format, FIDO_U2F);
	assert_int_equal(credential.id_len, 65);
	assert_memory_equal(credential.id, handle, 65);
	assert_memory_equal(credential.key, point + 1, 64);
}

static void
what_is_no_key_is_refused(void **state)
{
	char id[BASE64_SIZE(66)], key[BASE64_SIZE(65)], hex[2 * 65 + 1];
	char endless[2 * FIDO_CREDENTIAL_ID_MAX];
	struct fido_credential credential;

	(void)state;
	base64_encode(handle, sizeof(handle), id);
	base64_encode(point, sizeof(point), key);
	text_hex(hex, point, sizeof(point));
	memset(endless, 'A', sizeof(endless));
	endless[sizeof(endless) - 1] = '\0';
	assert_int_not_equal(read_key("", key, "es256", &credential), MFA_OK);
	assert_int_not_equal(read_key("A", key, "es256", &credential), MFA_OK);
	assert_int_not_equal(read_key("A=B", key, "es256", &credential),
	    MFA_OK);
	assert_int_not_equal(read_key(endless, key, "es256", &credential),
	    MFA_OK);
	assert_int_not_equal(read_key(id, key, "rs256", &credential), MFA_OK);
	assert_int_not_equal(read_key(id, key, "eddsa", &credential), MFA_OK);
	assert_int_not_equal(read_key(id, key, NULL, &credential), MFA_OK);
	assert_int_not_equal(read_key(id, hex, "es256", &credential), MFA_OK);
	hex[1] = '2'; /* a point that is compressed */
	assert_int_not_equal(read_key(id, hex, NULL, &credential), MFA_OK);
}

/* A key's file, with what a test has altered in it. */
struct file {
	const char	*cipher;
	uint32_t	count;
	uint32_t	check2;
	const char	*again;		/* application, the second time */
	uint8_t		padding;
	bool		trailing;
};

static void
put_public(struct ssh_buffer *buffer, const char *application)
{
	ssh_put_text(buffer, "sk-ecdsa-sha2-nistp256@openssh.com");
	ssh_put_text(buffer, "nistp256");
	ssh_put_string(buffer, point, sizeof(point));
	ssh_put_text(buffer, application);
}

static void
write_file(const struct file *file, char ret[static SIZE])
{
	uint8_t all[SIZE], public[SIZE], private[SIZE];
	struct ssh_buffer out = { all, SIZE, 0, false };
	struct ssh_buffer pub = { public, SIZE, 0, false };
	struct ssh_buffer priv = { private, SIZE, 0, false };
	char *at = ret;

	put_public(&pub, "ssh:");
	ssh_put_u32(&priv, 7);
	ssh_put_u32(&priv, file->check2);
	put_public(&priv, file->again);
	ssh_put_byte(&priv, 1);
	ssh_put_string(&priv, handle, sizeof(handle));
	ssh_put_text(&priv, "");
	ssh_put_text(&priv, "a comment");
	ssh_put_byte(&priv, file->padding);
	ssh_put(&out, "openssh-key-v1", 15);
	ssh_put_text(&out, file->cipher);
	ssh_put_text(&out, "none");
	ssh_put_text(&out, "");
	ssh_put_u32(&out, file->count);
	ssh_put_string(&out, public, pub.len);
	ssh_put_string(&out, private, priv.len);
	if (file->trailing)
		ssh_put_byte(&out, 0);
	at = stpcpy(at, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	base64_encode(all, out.len, at);
	at += strlen(at);
	memmove(at - 9, at - 10, 10);	/* it is folded into lines */
	at[-10] = '\n';
	strcpy(at + 1, "\n-----END OPENSSH PRIVATE KEY-----\n");
}

static const struct file good = { "none", 1, 7, "ssh:", 1, false };

static void
file_of_ssh_keygen_is_read(void **state)
{
	struct fido_credential credential;
	struct mfa_error err;
	char text[SIZE];

	(void)state;
	write_file(&good, text);
	if (ssh_private_parse(text, &credential, &err) != MFA_OK)
		fail_msg("%s", err.detail);
	assert_int_equal(credential.format, FIDO_NONE);
	assert_string_equal(credential.rp_id, "ssh:");
	assert_int_equal(credential.id_len, sizeof(handle));
	assert_memory_equal(credential.id, handle, sizeof(handle));
	assert_memory_equal(credential.key, point + 1, 64);
}

static void
altered_file_of_ssh_keygen_is_refused(void **state)
{
	struct file files[] = { good, good, good, good, good, good };
	struct fido_credential credential;
	struct mfa_error err;
	char text[SIZE];
	size_t i, len;

	(void)state;
	files[0].cipher = "aes256-ctr";
	files[1].count = 2;
	files[2].check2 = 8;
	files[3].again = "ssh:x";
	files[4].padding = 2;
	files[5].trailing = true;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		write_file(&files[i], text);
		assert_int_equal(ssh_private_parse(text, &credential, &err),
		    MFA_INVALID_INPUT);
	}
	/* Wherever it is cut. */
	write_file(&good, text);
	for (len = strlen(text) - 2; len > 0; len--) {
		text[len] = '\0';
		assert_int_equal(ssh_private_parse(text, &credential, &err),
		    MFA_INVALID_INPUT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_form_is_read),
		cmocka_unit_test(old_form_is_read),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(file_of_ssh_keygen_is_read),
		cmocka_unit_test(altered_file_of_ssh_keygen_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
