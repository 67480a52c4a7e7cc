#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/pskc.h"

#define FILE_SIZE	16384

/* RFC 6030: "12345678901234567890" in most figures, and in hexadecimal. */
static const char	plain_seed[] = "12345678901234567890";

struct read {
	struct token_list	list;
	struct mfa_error	err;
	enum mfa_code		code;
};

static void
read_clear(struct read *read)
{
	token_list_clear(&read->list);
}

static void
read_file(const char *name, char text[static FILE_SIZE])
{
	const char *top = getenv("abs_top_srcdir");
	char path[4096];
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/cli/data/%s",
	    top != NULL ? top : ".", name);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(text, 1, FILE_SIZE - 1, file);
	text[n] = '\0';
	fclose(file);
}

/* Puts NEW in the place of every OLD in TEXT. */
static void
replace(char text[static FILE_SIZE], const char *old, const char *new)
{
	char *at = text, *copy;

	assert_non_null(strstr(text, old));
	while ((at = strstr(at, old)) != NULL) {
		copy = strdup(at + strlen(old));
		assert_true((size_t)(at - text) + strlen(new) + strlen(copy) <
		    FILE_SIZE);
		strcpy(at, new);
		strcat(at, copy);
		at += strlen(new);
		free(copy);
	}
}

static void
parse(struct read *read, const char *text, struct pskc_unlock *unlock)
{
	struct pskc_unlock none = { 0 };

	*read = (struct read){ 0 };
	read->code = pskc_read(text, strlen(text), unlock ? unlock : &none,
	    &read->list, &read->err);
}

static struct pskc_unlock
with_key(void)
{
	struct pskc_unlock unlock = { .has_key = true, .key = { .len = 16 } };

	assert_true(text_unhex(unlock.key.bytes, 16,
	    "12345678901234567890123456789012"));
	return unlock;
}

static struct pskc_unlock
with_passphrase(const char *text)
{
	struct pskc_unlock unlock = { .has_passphrase = true };

	assert_true(secret_set(&unlock.passphrase, text, strlen(text)));
	return unlock;
}

static void
assert_fault(const struct read *read, size_t i, size_t number,
    const char *part)
{
	assert_int_equal(read->code, MFA_OK);
	assert_true(i < read->list.faults_n);
	assert_int_equal(read->list.faults[i].number, number);
	if (strstr(read->list.faults[i].text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part,
		    read->list.faults[i].text);
}

static void
assert_token(const struct read *read, size_t i, const char *serial,
    const void *seed, size_t len, unsigned digits)
{
	const struct token *token = &read->list.tokens[i];

	assert_int_equal(read->code, MFA_OK);
	assert_true(i < read->list.n);
	assert_string_equal(token->serial, serial);
	assert_int_equal(token->seed.len, len);
	assert_memory_equal(token->seed.bytes, seed, len);
	assert_int_equal(token->params.digits, digits);
	assert_int_equal(token->params.period, 30);
	assert_int_equal(token->params.algorithm, OTP_SHA1);
}

static void
every_example_of_the_rfc_is_read_and_its_hotp_named(void **state)
{
	static const struct {
		const char	*name;
		size_t		faults;
		const char	*part;
	} files[] = {
		{ "rfc6030-figure2.xml", 1, "(none): it is an HOTP token" },
		{ "rfc6030-figure3.xml", 1, "987654321: it is an HOTP token" },
		{ "rfc6030-figure4.xml", 1, "987654321: it is an HOTP token" },
		{ "rfc6030-figure5.xml", 2, "987654321: it is an HOTP token" },
		{ "rfc6030-figure10.xml", 4, "654321: it is an HOTP token" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		_cleanup_(read_clear) struct read read;
		char text[FILE_SIZE];

		read_file(files[i].name, text);
		parse(&read, text, NULL);
		assert_fault(&read, 0, 1, files[i].part);
		assert_int_equal(read.list.faults_n, files[i].faults);
		assert_int_equal(read.list.n, 0);
	}
}

static void
the_same_examples_as_totp_are_tokens(void **state)
{
	static const char *const names[] = { "rfc6030-figure3.xml",
		"rfc6030-figure5.xml" };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		_cleanup_(read_clear) struct read read;
		char text[FILE_SIZE];

		read_file(names[i], text);
		replace(text, "pskc:hotp", "pskc:totp");
		parse(&read, text, NULL);
		assert_token(&read, 0, "987654321", plain_seed, 20, 8);
		assert_int_equal(read.list.n, 1);
		assert_int_equal(read.list.faults_n, i);
	}
}

static void
a_key_package_without_key_or_serial_number_is_named(void **state)
{
	_cleanup_(read_clear) struct read two, four;
	char text[FILE_SIZE];

	(void)state;
	read_file("rfc6030-figure2.xml", text);
	replace(text, "pskc:hotp", "pskc:totp");
	parse(&two, text, NULL);
	assert_fault(&two, 0, 1, "no SerialNo");
	read_file("rfc6030-figure4.xml", text);
	replace(text, "pskc:hotp", "pskc:totp");
	parse(&four, text, NULL);
	assert_fault(&four, 0, 1, "no key in it");
}

static void
an_expired_key_is_refused(void **state)
{
	_cleanup_(read_clear) struct read read;
	char text[FILE_SIZE];

	(void)state;
	read_file("rfc6030-figure10.xml", text);
	replace(text, "pskc:hotp", "pskc:totp");
	parse(&read, text, NULL);
	assert_int_equal(read.list.faults_n, 4);
	assert_fault(&read, 3, 4, "expired");
}

static void
figure_6_opens_with_its_pre_shared_key(void **state)
{
	struct pskc_unlock unlock = with_key();
	_cleanup_(read_clear) struct read hotp, totp;
	char text[FILE_SIZE];

	(void)state;
	read_file("rfc6030-figure6.xml", text);
	parse(&hotp, text, &unlock);
	assert_fault(&hotp, 0, 1, "987654321: it is an HOTP token");
	replace(text, "pskc:hotp", "pskc:totp");
	parse(&totp, text, &unlock);
	assert_token(&totp, 0, "987654321", plain_seed, 20, 8);
}

static void
figure_7_opens_with_its_passphrase(void **state)
{
	struct pskc_unlock unlock = with_passphrase("qwerty");
	_cleanup_(read_clear) struct read hotp, totp;
	char text[FILE_SIZE];
	unsigned char seed[20];

	(void)state;
	read_file("rfc6030-figure7.xml", text);
	parse(&hotp, text, &unlock);
	assert_fault(&hotp, 0, 1, "987654321: it is an HOTP token");
	replace(text, "pskc:hotp", "pskc:totp");
	parse(&totp, text, &unlock);
	memcpy(seed, plain_seed, 20);
	assert_token(&totp, 0, "987654321", seed, 20, 8);
}

static void
a_wrong_key_or_passphrase_opens_nothing(void **state)
{
	struct pskc_unlock key = with_key();
	struct pskc_unlock passphrase = with_passphrase("qwertz");
	_cleanup_(read_clear) struct read six, seven, none;
	char text[FILE_SIZE];

	(void)state;
	key.key.bytes[15] ^= 1;
	read_file("rfc6030-figure6.xml", text);
	parse(&six, text, &key);
	assert_true(six.code == MFA_INVALID_INPUT || six.list.faults_n == 1);
	assert_int_equal(six.list.n, 0);
	parse(&none, text, NULL);
	assert_int_equal(none.code, MFA_INVALID_INPUT);
	assert_non_null(strstr(none.err.detail, "--key-file"));
	read_file("rfc6030-figure7.xml", text);
	parse(&seven, text, &passphrase);
	assert_true(seven.code == MFA_INVALID_INPUT ||
	    seven.list.faults_n == 1);
	assert_int_equal(seven.list.n, 0);
}

static void
a_changed_cipher_text_or_mac_is_refused(void **state)
{
	struct pskc_unlock unlock = with_key();
	_cleanup_(read_clear) struct read changed, wrong, missing;
	char text[FILE_SIZE];

	(void)state;
	read_file("rfc6030-figure6.xml", text);
	replace(text, "pskc:hotp", "pskc:totp");
	/* One bit of the initialisation vector flips one of the seed. */
	replace(text, "AAECAwQFBgcICQoLDA0OD+cI", "AQECAwQFBgcICQoLDA0OD+cI");
	parse(&changed, text, &unlock);
	assert_fault(&changed, 0, 1, "its MAC is wrong");
	read_file("rfc6030-figure6.xml", text);
	replace(text, "Su+NvtQfmvf", "Su+NvtQfmve");
	parse(&wrong, text, &unlock);
	assert_fault(&wrong, 0, 1, "its MAC is wrong");
	read_file("rfc6030-figure6.xml", text);
	replace(text, "ValueMAC", "NoMAC");
	parse(&missing, text, &unlock);
	assert_fault(&missing, 0, 1, "no MAC");
}

static void
what_is_no_container_is_refused(void **state)
{
	static const char *const texts[] = {
		"<", "<a/>", "<KeyContainer/>", "<KeyContainer>",
		("<!DOCTYPE KeyContainer [<!ENTITY e SYSTEM \"/etc/passwd\">"
		"]><KeyContainer><KeyPackage>&e;</KeyPackage></KeyContainer>"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_cleanup_(read_clear) struct read read;

		parse(&read, texts[i], NULL);
		assert_int_equal(read.code, MFA_INVALID_INPUT);
		assert_int_equal(read.list.n, 0);
	}
}

/* Every element, alone and empty, is a fault and no crash. */
static void
empty_elements_and_attributes_are_survived(void **state)
{
	static const char *const elements[] = { "DeviceInfo", "Manufacturer",
		"SerialNo", "StartDate", "ExpiryDate", "Key", "Secret",
		"PlainValue", "Policy", "KeyUsage", "Suite", "Time",
		"TimeInterval", "ResponseFormat", "PINPolicy", "Data",
		"Manufacturer><x>1</x></Manufacturer><Model" };
	char text[FILE_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		_cleanup_(read_clear) struct read read;

		snprintf(text, sizeof(text), "<KeyContainer><KeyPackage>"
		    "<DeviceInfo><%s/><%s A=\"\"/><!-- --></DeviceInfo>"
		    "<Key Id=\"\" Algorithm=\"\"><%s/><Data><%s/></Data>"
		    "<Policy><%s/><%s B=\"\"/></Policy><AlgorithmParameters>"
		    "<%s Encoding=\"\"/></AlgorithmParameters></Key>"
		    "</KeyPackage></KeyContainer>", elements[i], elements[i],
		    elements[i], elements[i], elements[i], elements[i],
		    elements[i]);
		parse(&read, text, NULL);
		assert_int_equal(read.code, MFA_OK);
		assert_int_equal(read.list.n, 0);
		assert_int_equal(read.list.faults_n, 1);
	}
}

static void
a_comment_does_not_cut_a_serial_number(void **state)
{
	_cleanup_(read_clear) struct read read;
	char text[FILE_SIZE];

	(void)state;
	read_file("rfc6030-figure3.xml", text);
	replace(text, "pskc:hotp", "pskc:totp");
	replace(text, "987654321", "98765<!-- x -->4321<![CDATA[0]]>");
	parse(&read, text, NULL);
	assert_token(&read, 0, "9876543210", plain_seed, 20, 8);
}

static void
a_repeated_element_is_refused(void **state)
{
	_cleanup_(read_clear) struct read read;
	char text[FILE_SIZE];

	(void)state;
	read_file("rfc6030-figure3.xml", text);
	replace(text, "pskc:hotp", "pskc:totp");
	replace(text, "</PlainValue>\n                </Secret>",
	    "</PlainValue></Secret><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ="
	    "</PlainValue></Secret>");
	parse(&read, text, NULL);
	assert_int_equal(read.list.n, 0);
	assert_fault(&read, 0, 1, "more than one <Secret>");
}

static void
policies_that_forbid_it_are_kept(void **state)
{
	_cleanup_(read_clear) struct read pin, usage;
	char text[FILE_SIZE];

	(void)state;
	read_file("rfc6030-figure5.xml", text);
	replace(text, "pskc:hotp", "pskc:totp");
	replace(text, "\"Local\"", "\"Append\"");
	parse(&pin, text, NULL);
	assert_fault(&pin, 0, 1, "PIN");
	read_file("rfc6030-figure5.xml", text);
	replace(text, "pskc:hotp", "pskc:totp");
	replace(text, ">OTP<", ">Encrypt<");
	parse(&usage, text, NULL);
	assert_fault(&usage, 0, 1, "one-time passwords");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_example_of_the_rfc_is_read_and_its_hotp_named),
		cmocka_unit_test(the_same_examples_as_totp_are_tokens),
		cmocka_unit_test(
		    a_key_package_without_key_or_serial_number_is_named),
		cmocka_unit_test(an_expired_key_is_refused),
		cmocka_unit_test(figure_6_opens_with_its_pre_shared_key),
		cmocka_unit_test(figure_7_opens_with_its_passphrase),
		cmocka_unit_test(a_wrong_key_or_passphrase_opens_nothing),
		cmocka_unit_test(a_changed_cipher_text_or_mac_is_refused),
		cmocka_unit_test(what_is_no_container_is_refused),
		cmocka_unit_test(empty_elements_and_attributes_are_survived),
		cmocka_unit_test(a_comment_does_not_cut_a_serial_number),
		cmocka_unit_test(a_repeated_element_is_refused),
		cmocka_unit_test(policies_that_forbid_it_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
