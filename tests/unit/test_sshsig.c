/* Signatures that ssh-keygen made, verified, and altered in every octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fido/base64.h"
#include "fido/ssh_key.h"
#include "fido/ssh_wire.h"
#include "fido/sshsig.h"
#include "ssh_vectors.h"

#define UNTOUCHED	UINT32_C(0xa5a5a5a5)

struct kind {
	const char	*key, *signature, *sha256, *verified, *absent,
			*uncounted, *of_file, *with_certificate;
};

#define KIND(name) {							\
	ssh_##name##_key, ssh_##name##_signature, ssh_##name##_sha256,	\
	ssh_##name##_verified, ssh_##name##_absent,			\
	ssh_##name##_uncounted, ssh_##name##_of_file,			\
	ssh_##name##_with_certificate }

static const struct kind kinds[] = { KIND(ed25519), KIND(ecdsa) };
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static const char message[] = SSH_VECTOR_MESSAGE;

static struct fido_credential
key_of(const char *line)
{
	struct fido_credential key;
	struct mfa_error err;

	assert_int_equal(ssh_key_parse_line(line, &key, &err), MFA_OK);
	return key;
}

/* What is said to the LEN octets of TEXT by the key of LINE over MESSAGE. */
static enum mfa_code
verify_over(const char *line, const char *text, size_t len, const char *over,
    bool require_uv, uint32_t *ret_count, const char *detail)
{
	struct fido_credential key = key_of(line);
	struct mfa_error err = { 0 };
	struct sshsig sig;
	uint32_t count = UNTOUCHED;
	enum mfa_code code;

	code = sshsig_parse_text(text, len, &sig, &err);
	if (code == MFA_OK)
		code = sshsig_verify(&key, &sig, over, strlen(over),
		    require_uv, &count, &err);
	if (code != MFA_OK)
		assert_int_equal(count, UNTOUCHED);
	if (detail != NULL && strstr(err.detail, detail) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", detail, err.detail);
	if (ret_count != NULL)
		*ret_count = count;
	return code;
}

static enum mfa_code
verify(const char *line, const char *text, const char *detail)
{
	return verify_over(line, text, strlen(text), message, false, NULL,
	    detail);
}

static void
signature_of_either_type_verifies_and_tells_the_counter(void **state)
{
	uint32_t count;
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		assert_int_equal(verify_over(kinds[i].key,
		    kinds[i].signature, strlen(kinds[i].signature), message,
		    false, &count, NULL), MFA_OK);
		assert_int_equal(count, SSH_VECTOR_COUNT);
		assert_int_equal(verify_over(kinds[i].key,
		    kinds[i].uncounted, strlen(kinds[i].uncounted), message,
		    false, &count, NULL), MFA_OK);
		assert_int_equal(count, 0);
	}
}

static void
either_hash_will_do(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++)
		assert_int_equal(verify(kinds[i].key, kinds[i].sha256, NULL),
		    MFA_OK);
}

static void
certificate_for_a_public_key_will_do(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++)
		assert_int_equal(verify(kinds[i].key,
		    kinds[i].with_certificate, NULL), MFA_OK);
}

static void
other_message_is_denied(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		assert_int_equal(verify_over(kinds[i].key,
		    kinds[i].signature, strlen(kinds[i].signature),
		    SSH_VECTOR_MESSAGE " ", false, NULL, "not verified"),
		    MFA_ACCESS_DENIED);
		assert_int_equal(verify_over(kinds[i].key,
		    kinds[i].signature, strlen(kinds[i].signature), "", false,
		    NULL, "not verified"), MFA_ACCESS_DENIED);
	}
}

static void
other_key_is_denied(void **state)
{
	(void)state;
	assert_int_equal(verify(ssh_ecdsa_key, ssh_ed25519_signature,
	    "another key"), MFA_ACCESS_DENIED);
	assert_int_equal(verify(ssh_ed25519_key, ssh_ecdsa_signature,
	    "another key"), MFA_ACCESS_DENIED);
	assert_int_equal(verify(ssh_named_key, ssh_ed25519_signature,
	    "another key"), MFA_ACCESS_DENIED);
}

static void
signature_without_presence_is_denied(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++)
		assert_int_equal(verify(kinds[i].key, kinds[i].absent,
		    "not present"), MFA_ACCESS_DENIED);
}

static void
verification_is_required_where_it_is_said(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		assert_int_equal(verify_over(kinds[i].key,
		    kinds[i].signature, strlen(kinds[i].signature), message,
		    true, NULL, "not verified"), MFA_ACCESS_DENIED);
		assert_int_equal(verify_over(kinds[i].key, kinds[i].verified,
		    strlen(kinds[i].verified), message, true, NULL, NULL),
		    MFA_OK);
	}
}

static void
signature_for_something_else_is_denied(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++)
		assert_int_equal(verify(kinds[i].key, kinds[i].of_file,
		    "for something else"), MFA_ACCESS_DENIED);
}

static void
signature_of_a_plain_key_is_denied(void **state)
{
	(void)state;
	assert_int_equal(verify(ssh_ed25519_key, ssh_plain_signature,
	    "not one of a security key"), MFA_ACCESS_DENIED);
}

/* TEXT without its armour and line ends. */
static void
strip(const char *text, char *ret)
{
	const char *at = strchr(text, '\n');

	for (; strncmp(at, "\n-----END", 9) != 0; at++) {
		if (*at != '\n')
			*ret++ = *at;
	}
	*ret = '\0';
}

static void
text_may_come_in_any_wrapping(void **state)
{
	char bare[SSHSIG_TEXT_MAX], text[2 * SSHSIG_TEXT_MAX];
	size_t i, k;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		strip(kinds[i].signature, bare);
		/* One line that a prompt can take. */
		assert_true(strlen(bare) < 512);
		assert_int_equal(verify(kinds[i].key, bare, NULL), MFA_OK);
		snprintf(text, sizeof(text), "  %s\r\n", bare);
		assert_int_equal(verify(kinds[i].key, text, NULL), MFA_OK);
		strcpy(text, kinds[i].signature);
		for (k = 0; text[k] != '\0'; k++)
			text[k] = text[k] == '\n' ? ' ' : text[k];
		assert_int_equal(verify(kinds[i].key, text, NULL), MFA_OK);
	}
}

static void
text_that_is_none_is_denied(void **state)
{
	char text[SSHSIG_TEXT_MAX + 2];

	(void)state;
	assert_int_equal(verify(ssh_ed25519_key, "", "none was given"),
	    MFA_ACCESS_DENIED);
	assert_int_equal(verify(ssh_ed25519_key, "123456", NULL),
	    MFA_ACCESS_DENIED);
	assert_int_equal(verify(ssh_ed25519_key, "AAAA", NULL),
	    MFA_ACCESS_DENIED);
	strcpy(text, ssh_ed25519_signature);
	*strstr(text, "\n-----END") = '\0';
	assert_int_equal(verify(ssh_ed25519_key, text, "last line"),
	    MFA_ACCESS_DENIED);
	assert_int_equal(verify(ssh_ed25519_key,
	    "-----BEGIN SSH SIGNATURE----------END SSH SIGNATURE-----", NULL),
	    MFA_ACCESS_DENIED);
	memset(text, 'A', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(verify(ssh_ed25519_key, text, "too long"),
	    MFA_ACCESS_DENIED);
	assert_int_equal(verify_over(ssh_ed25519_key, "AAAA\0AAA", 8, message,
	    false, NULL, "not text"), MFA_ACCESS_DENIED);
}

struct raw {
	size_t	len;
	uint8_t	bytes[SSHSIG_TEXT_MAX];
};

static void
decode(const char *text, struct raw *ret)
{
	char bare[SSHSIG_TEXT_MAX];

	strip(text, bare);
	assert_true(base64_decode(bare, ret->bytes, sizeof(ret->bytes),
	    &ret->len));
}

/* From its own memory, so that a sanitizer sees what is read beyond it. */
static enum mfa_code
verify_raw(const char *line, const struct raw *raw, size_t len)
{
	struct fido_credential key = key_of(line);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct mfa_error err;
	struct sshsig sig;
	uint32_t count;
	enum mfa_code code;

	assert_non_null(copy);
	memcpy(copy, raw->bytes, len);
	code = sshsig_parse(copy, len, &sig, &err);
	free(copy);
	if (code == MFA_OK)
		code = sshsig_verify(&key, &sig, message, strlen(message),
		    false, &count, &err);
	return code;
}

static void
every_altered_octet_is_denied(void **state)
{
	static const uint8_t changes[] = { 0x01, 0x80, 0xff };
	struct raw raw;
	size_t i, at, c;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		decode(kinds[i].signature, &raw);
		assert_int_equal(verify_raw(kinds[i].key, &raw, raw.len),
		    MFA_OK);
		for (at = 0; at < raw.len; at++) {
			for (c = 0; c < sizeof(changes); c++) {
				raw.bytes[at] ^= changes[c];
				if (verify_raw(kinds[i].key, &raw, raw.len) !=
				    MFA_ACCESS_DENIED)
					fail_msg("%s: octet %zu", kinds[i].key,
					    at);
				raw.bytes[at] ^= changes[c];
			}
		}
	}
}

static void
cut_or_longer_signature_is_denied(void **state)
{
	struct raw raw;
	size_t i, len;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		decode(kinds[i].signature, &raw);
		for (len = 0; len < raw.len; len++)
			assert_int_equal(verify_raw(kinds[i].key, &raw, len),
			    MFA_ACCESS_DENIED);
		raw.bytes[raw.len] = 0;
		assert_int_equal(verify_raw(kinds[i].key, &raw, raw.len + 1),
		    MFA_ACCESS_DENIED);
	}
}

/* What an agent answers is the last string of the blob. */
static void
take_inner(const char *text, struct raw *ret)
{
	struct ssh_octets from, part = { 0 };
	struct raw raw;

	decode(text, &raw);
	from = (struct ssh_octets){ raw.bytes + 10, raw.len - 10 };
	while (from.len > 0)
		assert_true(ssh_take_string(&from, &part));
	memcpy(ret->bytes, part.bytes, part.len);
	ret->len = part.len;
}

static void
signature_by_an_agent_verifies(void **state)
{
	uint8_t data[SSHSIG_SIGNED_SIZE];
	struct ssh_signature signature;
	struct fido_credential key;
	struct mfa_error err;
	struct raw inner;
	size_t i, at, len;
	uint32_t count;

	(void)state;
	assert_int_equal(sshsig_make_signed(message, strlen(message),
	    SSHSIG_SHA512, data, &len, &err), MFA_OK);
	for (i = 0; i < KINDS; i++) {
		key = key_of(kinds[i].key);
		take_inner(kinds[i].signature, &inner);
		assert_int_equal(ssh_signature_parse(inner.bytes, inner.len,
		    &signature, &err), MFA_OK);
		assert_int_equal(ssh_signature_verify(&key, &signature, data,
		    len, false, &count, &err), MFA_OK);
		assert_int_equal(count, SSH_VECTOR_COUNT);
		assert_false(ssh_signature_has_uv(&signature));
		for (at = 0; at < len; at++) {
			data[at] ^= 1;
			assert_int_equal(ssh_signature_verify(&key,
			    &signature, data, len, false, &count, &err),
			    MFA_ACCESS_DENIED);
			data[at] ^= 1;
		}
	}
}

static void
verified_signature_says_so(void **state)
{
	struct ssh_signature signature;
	struct mfa_error err;
	struct raw inner;
	size_t i;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		take_inner(kinds[i].verified, &inner);
		assert_int_equal(ssh_signature_parse(inner.bytes, inner.len,
		    &signature, &err), MFA_OK);
		assert_true(ssh_signature_has_uv(&signature));
	}
}

/* The octet after the pair is one that a number could not end with. */
static void
put_pair(struct raw *ret, const uint8_t *pair, size_t len)
{
	struct ssh_buffer out = { .bytes = ret->bytes,
		.size = sizeof(ret->bytes) };

	ssh_put_text(&out, ssh_key_type(FIDO_ES256));
	ssh_put_string(&out, pair, len);
	ssh_put_byte(&out, 0x81);
	ssh_put_u32(&out, 7);
	ret->len = out.len;
}

/* Puts a signature of r and s as they are into RET. */
static void
put_es256(struct raw *ret, const char *r, size_t r_len, const char *s,
    size_t s_len)
{
	uint8_t pair[256];
	struct ssh_buffer in = { .bytes = pair, .size = sizeof(pair) };

	ssh_put_string(&in, r, r_len);
	ssh_put_string(&in, s, s_len);
	put_pair(ret, pair, in.len);
}

static void
numbers_are_in_their_shortest_form(void **state)
{
	static const struct {
		const char	*octets;
		size_t		len;
		bool		fine;
	} numbers[] = {
		{ "\x01", 1, true }, { "\x7f", 1, true },
		{ "\0\x80", 2, true }, { "", 0, false }, { "\0", 1, false },
		{ "\x80", 1, false }, { "\0\x01", 2, false },
		{ "\xff\x01", 2, false },
		{ "\0\xff" "2345678901234567890123456789012", 33, true },
		{ "\x01" "234567890123456789012345678901234", 34, false },
	};
	struct ssh_signature signature;
	struct mfa_error err;
	struct raw raw;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		put_es256(&raw, numbers[i].octets, numbers[i].len, "\x01", 1);
		assert_int_equal(ssh_signature_parse(raw.bytes, raw.len,
		    &signature, &err) == MFA_OK, numbers[i].fine);
		put_es256(&raw, "\x01", 1, numbers[i].octets, numbers[i].len);
		assert_int_equal(ssh_signature_parse(raw.bytes, raw.len,
		    &signature, &err) == MFA_OK, numbers[i].fine);
	}
	/* To DER as it is, a sign's zero included. */
	put_es256(&raw, "\0\x80", 2, "\x7f", 1);
	assert_int_equal(ssh_signature_parse(raw.bytes, raw.len, &signature,
	    &err), MFA_OK);
	assert_int_equal(signature.len, 9);
	assert_memory_equal(signature.bytes, "\x30\x07\x02\x02\0\x80\x02\x01"
	    "\x7f", 9);
}

static void
what_follows_the_numbers_or_the_signature_is_denied(void **state)
{
	static const uint8_t pair[] = { 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0 };
	struct ssh_signature signature;
	struct mfa_error err;
	struct raw raw;
	size_t i;

	(void)state;
	put_pair(&raw, pair, sizeof(pair) - 1);
	assert_int_equal(ssh_signature_parse(raw.bytes, raw.len, &signature,
	    &err), MFA_OK);
	put_pair(&raw, pair, sizeof(pair));
	assert_int_equal(ssh_signature_parse(raw.bytes, raw.len, &signature,
	    &err), MFA_ACCESS_DENIED);
	for (i = 0; i < KINDS; i++) {
		take_inner(kinds[i].signature, &raw);
		raw.bytes[raw.len++] = 0;
		assert_int_equal(ssh_signature_parse(raw.bytes, raw.len,
		    &signature, &err), MFA_ACCESS_DENIED);
	}
}

static void
something_reserved_is_denied(void **state)
{
	static const uint8_t name[] = "\0\0\0\6awsmfa\0\0\0";
	struct mfa_error err = { 0 };
	struct sshsig sig;
	struct raw raw;
	uint8_t *at;

	(void)state;
	decode(ssh_ed25519_signature, &raw);
	at = memmem(raw.bytes, raw.len, name, 13);
	assert_non_null(at);
	at += 13;
	memmove(at + 2, at + 1, raw.len - (size_t)(at - raw.bytes) - 1);
	at[0] = 1;
	at[1] = 'x';
	assert_int_equal(sshsig_parse(raw.bytes, raw.len + 1, &sig, &err),
	    MFA_ACCESS_DENIED);
	assert_non_null(strstr(err.detail, "not known"));
}

static void
key_of_another_type_or_format_is_denied(void **state)
{
	uint8_t data[SSHSIG_SIGNED_SIZE];
	struct ssh_signature signature;
	struct fido_credential key;
	struct mfa_error err;
	struct raw inner;
	uint32_t count;
	size_t len;

	(void)state;
	assert_int_equal(sshsig_make_signed(message, strlen(message),
	    SSHSIG_SHA512, data, &len, &err), MFA_OK);
	take_inner(ssh_ed25519_signature, &inner);
	assert_int_equal(ssh_signature_parse(inner.bytes, inner.len,
	    &signature, &err), MFA_OK);
	key = key_of(ssh_ecdsa_key);
	assert_int_equal(ssh_signature_verify(&key, &signature, data, len,
	    false, &count, &err), MFA_ACCESS_DENIED);
	key = key_of(ssh_ed25519_key);
	assert_int_equal(ssh_signature_verify(&key, &signature, data, len,
	    false, &count, &err), MFA_OK);
	key.format = FIDO_PACKED;
	assert_int_equal(ssh_signature_verify(&key, &signature, data, len,
	    false, &count, &err), MFA_ACCESS_DENIED);
}

/* The flags are signed; those that no one asked for are refused before. */
static void
unknown_flags_are_denied(void **state)
{
	uint8_t data[SSHSIG_SIGNED_SIZE];
	struct ssh_signature signature;
	struct fido_credential key = key_of(ssh_ed25519_key);
	struct mfa_error err;
	struct raw inner;
	uint32_t count;
	unsigned flags;
	size_t len;

	(void)state;
	assert_int_equal(sshsig_make_signed(message, strlen(message),
	    SSHSIG_SHA512, data, &len, &err), MFA_OK);
	take_inner(ssh_ed25519_signature, &inner);
	for (flags = 0; flags <= UINT8_MAX; flags++) {
		assert_int_equal(ssh_signature_parse(inner.bytes, inner.len,
		    &signature, &err), MFA_OK);
		signature.flags = (uint8_t)flags;
		assert_int_equal(ssh_signature_verify(&key, &signature, data,
		    len, false, &count, &err), flags == 1 ? MFA_OK :
		    MFA_ACCESS_DENIED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    signature_of_either_type_verifies_and_tells_the_counter),
		cmocka_unit_test(either_hash_will_do),
		cmocka_unit_test(certificate_for_a_public_key_will_do),
		cmocka_unit_test(other_message_is_denied),
		cmocka_unit_test(other_key_is_denied),
		cmocka_unit_test(signature_without_presence_is_denied),
		cmocka_unit_test(verification_is_required_where_it_is_said),
		cmocka_unit_test(signature_for_something_else_is_denied),
		cmocka_unit_test(signature_of_a_plain_key_is_denied),
		cmocka_unit_test(text_may_come_in_any_wrapping),
		cmocka_unit_test(text_that_is_none_is_denied),
		cmocka_unit_test(every_altered_octet_is_denied),
		cmocka_unit_test(cut_or_longer_signature_is_denied),
		cmocka_unit_test(signature_by_an_agent_verifies),
		cmocka_unit_test(verified_signature_says_so),
		cmocka_unit_test(numbers_are_in_their_shortest_form),
		cmocka_unit_test(
		    what_follows_the_numbers_or_the_signature_is_denied),
		cmocka_unit_test(something_reserved_is_denied),
		cmocka_unit_test(key_of_another_type_or_format_is_denied),
		cmocka_unit_test(unknown_flags_are_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
