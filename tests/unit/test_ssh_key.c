/* Public keys that ssh-keygen made, and what is made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "fido/base64.h"
#include "fido/ssh_key.h"
#include "fido/ssh_wire.h"
#include "ssh_vectors.h"

static const struct {
	const char		*line, *certificate, *fingerprint;
	enum fido_algorithm	algorithm;
	size_t			key_len;
} kinds[] = {
	{ ssh_ed25519_key, ssh_ed25519_certificate, ssh_ed25519_fingerprint,
	    FIDO_EDDSA, 32 },
	{ ssh_ecdsa_key, ssh_ecdsa_certificate, ssh_ecdsa_fingerprint,
	    FIDO_ES256, 64 },
};

/* Is refused, and *RET left alone; returns the code. */
static enum mfa_code
parse_line(const char *line, struct fido_credential *ret, const char *detail)
{
	struct fido_credential before = *ret;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = ssh_key_parse_line(line, ret, &err);
	if (code != MFA_OK)
		assert_memory_equal(ret, &before, sizeof(before));
	if (detail != NULL && strstr(err.detail, detail) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", detail, err.detail);
	return code;
}

static void
refused(const char *line, const char *detail)
{
	struct fido_credential key = { .key_len = 7 };

	assert_int_equal(parse_line(line, &key, detail), MFA_INVALID_INPUT);
}

/* The octets of the second word of LINE. */
static size_t
decode(const char *line, uint8_t ret[static SSH_KEY_INPUT_MAX])
{
	char text[SSH_KEY_TEXT_MAX];
	size_t len;

	strcpy(text, strchr(line, ' ') + 1);
	text[strcspn(text, " ")] = '\0';
	assert_true(base64_decode(text, ret, SSH_KEY_INPUT_MAX, &len));
	return len;
}

static void
key_of_either_type_is_read(void **state)
{
	struct fido_credential key = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(parse_line(kinds[i].line, &key, NULL),
		    MFA_OK);
		assert_int_equal(key.algorithm, kinds[i].algorithm);
		assert_int_equal(key.format, FIDO_SSH);
		assert_int_equal(key.key_len, kinds[i].key_len);
		assert_int_equal(key.id_len, 0);
		assert_int_equal(key.certificate_len, 0);
		assert_string_equal(key.rp_id, "ssh:");
	}
}

static void
key_is_written_as_it_was_read(void **state)
{
	uint8_t blob[SSH_KEY_INPUT_MAX], again[SSH_KEY_BLOB_SIZE];
	struct fido_credential key = { 0 };
	char line[SSH_KEY_LINE_SIZE];
	struct mfa_error err;
	size_t i, len, again_len;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(parse_line(kinds[i].line, &key, NULL),
		    MFA_OK);
		len = decode(kinds[i].line, blob);
		assert_int_equal(ssh_key_format(&key, again, &again_len,
		    &err), MFA_OK);
		assert_int_equal(again_len, len);
		assert_memory_equal(again, blob, len);
		assert_int_equal(ssh_key_format_line(&key, line, &err),
		    MFA_OK);
		assert_memory_equal(line, kinds[i].line, strlen(line));
		assert_string_equal(kinds[i].line + strlen(line) + 1,
		    i == 0 ? "ed25519@bed" : "ecdsa@bed");
	}
}

static void
fingerprint_is_that_of_ssh_keygen(void **state)
{
	char print[SSH_KEY_FINGERPRINT_SIZE];
	struct fido_credential key = { 0 };
	struct mfa_error err;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(parse_line(kinds[i].line, &key, NULL),
		    MFA_OK);
		assert_int_equal(ssh_key_fingerprint(&key, print, &err),
		    MFA_OK);
		assert_string_equal(print, kinds[i].fingerprint);
	}
}

static void
certificate_is_the_key_in_it(void **state)
{
	struct fido_credential key = { 0 }, certified = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(parse_line(kinds[i].line, &key, NULL),
		    MFA_OK);
		assert_int_equal(parse_line(kinds[i].certificate, &certified,
		    NULL), MFA_OK);
		assert_memory_equal(&key, &certified, sizeof(key));
		assert_true(ssh_key_is_same(&key, &certified));
	}
}

static void
other_key_is_not_the_same(void **state)
{
	struct fido_credential a = { 0 }, b = { 0 };

	(void)state;
	assert_int_equal(parse_line(ssh_ed25519_key, &a, NULL), MFA_OK);
	assert_int_equal(parse_line(ssh_ecdsa_key, &b, NULL), MFA_OK);
	assert_false(ssh_key_is_same(&a, &b));
	b = a;
	assert_true(ssh_key_is_same(&a, &b));
	b.key[31] ^= 1;
	assert_false(ssh_key_is_same(&a, &b));
	b = a;
	strcpy(b.rp_id, "ssh:other");
	assert_false(ssh_key_is_same(&a, &b));
	b = a;
	b.format = FIDO_PACKED;
	assert_false(ssh_key_is_same(&a, &b));
}

static void
application_of_a_name_is_kept(void **state)
{
	struct fido_credential key = { 0 };

	(void)state;
	assert_int_equal(parse_line(ssh_named_key, &key, NULL), MFA_OK);
	assert_string_equal(key.rp_id, "ssh:work_key");
}

static void
application_begins_with_ssh(void **state)
{
	char longest[FIDO_RP_ID_MAX + 2];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "ssh:", 4);
	longest[FIDO_RP_ID_MAX + 1] = '\0';
	assert_false(ssh_key_is_application(longest));
	longest[FIDO_RP_ID_MAX] = '\0';
	assert_true(ssh_key_is_application(longest));
	assert_true(ssh_key_is_application("ssh:"));
	assert_false(ssh_key_is_application(""));
	assert_false(ssh_key_is_application("ssh"));
	assert_false(ssh_key_is_application("awsmfa"));
	assert_false(ssh_key_is_application("ssh:\n"));
	assert_false(ssh_key_is_application("ssh:\xc3\xa9"));
}

static void
plain_key_is_refused(void **state)
{
	(void)state;
	refused(ssh_plain_key, "type of a security key");
}

static void
line_that_is_not_one_is_refused(void **state)
{
	static const char *const prefixes[] = { " ", "no-touch-required ",
		"cert-authority ", "\t", "# ", "x" };
	char line[2 * SSH_KEY_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		strcpy(line, prefixes[i]);
		strcat(line, ssh_ed25519_key);
		refused(line, NULL);
	}
	refused("", NULL);
	refused("sk-ssh-ed25519@openssh.com", NULL);
	refused("sk-ssh-ed25519@openssh.com ", NULL);
	refused("sk-ssh-ed25519@openssh.com  AAAA", NULL);
	refused("sk-ssh-ed25519@openssh.com AAA", NULL);
	refused("sk-ssh-ed25519@openssh.com AAAA", NULL);
	strcpy(line, ssh_ed25519_key);
	strcat(line, "\n");
	refused(line, "more than one line");
	strcpy(line, ssh_ed25519_key);
	memset(line + strlen(line), 'x', SSH_KEY_TEXT_MAX);
	line[SSH_KEY_TEXT_MAX + 1] = '\0';
	refused(line, "too long");
	line[SSH_KEY_TEXT_MAX] = '\0';
	assert_int_equal(ssh_key_parse_line(line,
	    &(struct fido_credential){ 0 }, &(struct mfa_error){ 0 }), MFA_OK);
}

static void
type_of_the_line_is_that_of_the_key(void **state)
{
	char line[SSH_KEY_TEXT_MAX];

	(void)state;
	strcpy(line, "sk-ecdsa-sha2-nistp256@openssh.com");
	strcat(line, strchr(ssh_ed25519_key, ' '));
	refused(line, "another type");
	strcpy(line, "sk-ssh-ed25519@openssh.com");
	strcat(line, strchr(ssh_ed25519_certificate, ' '));
	refused(line, "another type");
}

/* From its own memory, so that a sanitizer sees what is read beyond it. */
static enum mfa_code
parse_copy(const uint8_t *blob, size_t len, struct fido_credential *ret)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct mfa_error err;
	enum mfa_code code;

	assert_non_null(copy);
	memcpy(copy, blob, len);
	code = ssh_key_parse(copy, len, ret, &err);
	free(copy);
	return code;
}

static void
key_that_is_cut_short_or_too_long_is_refused(void **state)
{
	uint8_t blob[SSH_KEY_INPUT_MAX + 1];
	struct fido_credential key;
	const char *lines[] = { ssh_ed25519_key, ssh_ecdsa_key,
		ssh_ed25519_certificate, ssh_ecdsa_certificate };
	size_t i, len, cut;

	(void)state;
	for (i = 0; i < 4; i++) {
		len = decode(lines[i], blob);
		assert_int_equal(parse_copy(blob, len, &key), MFA_OK);
		for (cut = 0; cut < len; cut++)
			assert_int_equal(parse_copy(blob, cut, &key),
			    MFA_INVALID_INPUT);
		blob[len] = 0;
		assert_int_equal(parse_copy(blob, len + 1, &key),
		    MFA_INVALID_INPUT);
	}
	memset(blob, 0, sizeof(blob));
	assert_int_equal(parse_copy(blob, sizeof(blob), &key),
	    MFA_INVALID_INPUT);
}

/* An altered key is refused, or is another key: never the same one. */
static void
altered_key_is_not_the_same(void **state)
{
	struct fido_credential key = { 0 }, altered;
	uint8_t blob[SSH_KEY_INPUT_MAX];
	size_t i, at, len;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(parse_line(kinds[i].line, &key, NULL),
		    MFA_OK);
		len = decode(kinds[i].line, blob);
		for (at = 0; at < len; at++) {
			blob[at] ^= 1;
			if (parse_copy(blob, len, &altered) == MFA_OK)
				assert_false(ssh_key_is_same(&key, &altered));
			blob[at] ^= 1;
		}
	}
}

static void
application_with_a_nul_is_refused(void **state)
{
	uint8_t blob[SSH_KEY_INPUT_MAX];
	struct fido_credential key;
	size_t len = decode(ssh_named_key, blob);

	(void)state;
	assert_int_equal(parse_copy(blob, len, &key), MFA_OK);
	blob[len - 3] = '\0';
	assert_int_equal(parse_copy(blob, len, &key), MFA_INVALID_INPUT);
}

static void
certificate_of_a_host_is_refused(void **state)
{
	static const uint8_t user[] = { 0, 0, 0, 1, 0, 0, 0, 5, 'a', 'l' };
	uint8_t blob[SSH_KEY_INPUT_MAX], *type;
	struct fido_credential key;
	size_t len = decode(ssh_ed25519_certificate, blob);

	(void)state;
	assert_int_equal(parse_copy(blob, len, &key), MFA_OK);
	type = memmem(blob, len, user, sizeof(user));
	assert_non_null(type);
	type[3] = 2;
	assert_int_equal(parse_copy(blob, len, &key), MFA_INVALID_INPUT);
}

static void
compressed_point_is_refused(void **state)
{
	uint8_t blob[SSH_KEY_INPUT_MAX], *point;
	struct fido_credential key;
	size_t len = decode(ssh_ecdsa_key, blob);

	(void)state;
	point = memmem(blob, len, "\0\0\0\x41\x04", 5);
	assert_non_null(point);
	point[4] = 2;
	assert_int_equal(parse_copy(blob, len, &key), MFA_INVALID_INPUT);
}

static void
what_is_no_ssh_key_is_not_written(void **state)
{
	struct fido_credential key = { .format = FIDO_PACKED,
		.rp_id = "ssh:", .key_len = 64 };
	uint8_t blob[SSH_KEY_BLOB_SIZE];
	struct mfa_error err;
	size_t len = 7;

	(void)state;
	assert_int_equal(ssh_key_format(&key, blob, &len, &err),
	    MFA_SERVICE_FAILURE);
	key.format = FIDO_SSH;
	assert_int_equal(ssh_key_format(&key, blob, &len, &err), MFA_OK);
	len = 7;
	strcpy(key.rp_id, "awsmfa");
	assert_int_equal(ssh_key_format(&key, blob, &len, &err),
	    MFA_SERVICE_FAILURE);
	assert_int_equal(len, 7);
}

static void
longest_key_fits(void **state)
{
	struct fido_credential key = { .format = FIDO_SSH, .key_len = 64 },
	    again;
	uint8_t blob[SSH_KEY_BLOB_SIZE];
	char line[SSH_KEY_LINE_SIZE];
	struct mfa_error err;
	size_t len;

	(void)state;
	memset(key.rp_id, 'x', FIDO_RP_ID_MAX);
	memcpy(key.rp_id, "ssh:", 4);
	assert_int_equal(ssh_key_format(&key, blob, &len, &err), MFA_OK);
	assert_int_equal(parse_copy(blob, len, &again), MFA_OK);
	assert_memory_equal(&again, &key, sizeof(key));
	assert_int_equal(ssh_key_format_line(&key, line, &err), MFA_OK);
	memset(&again, 0, sizeof(again));
	assert_int_equal(parse_line(line, &again, NULL), MFA_OK);
	assert_memory_equal(&again, &key, sizeof(key));
}

static void
what_is_not_there_is_not_taken(void **state)
{
	static const uint8_t octets[] = { 0, 0, 0, 2, 'a', 'b', 'c' };
	struct ssh_octets from = { octets, 3 }, string;
	uint32_t n;
	uint8_t octet;

	(void)state;
	assert_false(ssh_take_u32(&from, &n));
	assert_int_equal(from.len, 3);
	from.len = 5;
	assert_false(ssh_take_string(&from, &string));
	assert_ptr_equal(from.bytes, octets);
	from.len = 7;
	assert_true(ssh_take_string(&from, &string));
	assert_true(ssh_octets_is(&string, "ab"));
	assert_false(ssh_octets_is(&string, "abc"));
	assert_false(ssh_octets_is(&string, "a"));
	assert_true(ssh_take_byte(&from, &octet));
	assert_int_equal(octet, 'c');
	assert_false(ssh_take_byte(&from, &octet));
}

static void
what_does_not_fit_a_buffer_is_told(void **state)
{
	uint8_t octets[8];
	struct ssh_buffer out = { .bytes = octets, .size = sizeof(octets) };

	(void)state;
	ssh_put_text(&out, "abcd");
	assert_false(out.overflown);
	assert_int_equal(out.len, 8);
	ssh_put(&out, "", 0);
	assert_false(out.overflown);
	ssh_put_byte(&out, 1);
	assert_true(out.overflown);
	assert_int_equal(out.len, 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_of_either_type_is_read),
		cmocka_unit_test(key_is_written_as_it_was_read),
		cmocka_unit_test(fingerprint_is_that_of_ssh_keygen),
		cmocka_unit_test(certificate_is_the_key_in_it),
		cmocka_unit_test(other_key_is_not_the_same),
		cmocka_unit_test(application_of_a_name_is_kept),
		cmocka_unit_test(application_begins_with_ssh),
		cmocka_unit_test(plain_key_is_refused),
		cmocka_unit_test(line_that_is_not_one_is_refused),
		cmocka_unit_test(type_of_the_line_is_that_of_the_key),
		cmocka_unit_test(key_that_is_cut_short_or_too_long_is_refused),
		cmocka_unit_test(altered_key_is_not_the_same),
		cmocka_unit_test(application_with_a_nul_is_refused),
		cmocka_unit_test(certificate_of_a_host_is_refused),
		cmocka_unit_test(compressed_point_is_refused),
		cmocka_unit_test(what_is_no_ssh_key_is_not_written),
		cmocka_unit_test(longest_key_fits),
		cmocka_unit_test(what_is_not_there_is_not_taken),
		cmocka_unit_test(what_does_not_fit_a_buffer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
