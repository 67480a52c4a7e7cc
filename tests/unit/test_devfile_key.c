/* Security keys in device files. */
#include <stdlib.h>
#include <string.h>

#include "devfiletest.h"
#include "fido/base64.h"

static void
fill_keys(struct device_list *list, unsigned count)
{
	struct mfa_error err;
	struct device *d;
	unsigned i;

	for (i = 0; i < count; i++) {
		d = storetest_key(i);
		assert_int_equal(device_list_add(list, &d, &err), MFA_OK);
	}
}

static char *
sample(unsigned count)
{
	struct device_list list = { 0 };
	char *text;

	fill_keys(&list, count);
	text = devfiletest_format(&list, &devfiletest_alice);
	device_list_clear(&list);
	return text;
}

static void
refused(const char *from, const char *to, const char *says)
{
	devfiletest_refused(devfiletest_change(sample(1), from, to), says);
}

/* As long as a field can be. */
static void
stretch(struct device *d, uint8_t octet)
{
	struct fido_credential *c = d->credential;

	c->id_len = FIDO_CREDENTIAL_ID_MAX;
	c->certificate_len = FIDO_CERTIFICATE_MAX;
	memset(c->id, octet, c->id_len);
	memset(c->certificate, 0xff, c->certificate_len);
}

static void
read_back(struct device_list *list)
{
	struct device_list got = { 0 };
	struct mfa_error err;
	char *text;
	size_t i;

	text = devfiletest_format(list, &devfiletest_alice);
	if (devfiletest_parse(text, &got, &err) != MFA_OK)
		fail_msg("%s\n%s", err.detail, text);
	assert_int_equal(got.count, list->count);
	for (i = 0; i < got.count; i++)
		assert_true(storetest_same(list->devices[i], got.devices[i]));
	device_list_clear(&got);
	free(text);
}

static void
every_field_is_read_back(void **state)
{
	struct device_list list = { 0 };
	struct fido_credential *c;
	struct mfa_error err;
	struct device *d;

	(void)state;
	devfiletest_fill(&list, 1);
	fill_keys(&list, 3);
	d = list.devices[1];
	c = d->credential;
	stretch(d, 0);
	strcpy(c->rp_id, "pam://host.example.org");
	memset(c->aaguid, 0xa7, sizeof(c->aaguid));
	c->algorithm = FIDO_EDDSA;
	c->key_len = 32;
	c->user_verified = true;
	c->sign_count = UINT32_MAX;
	assert_true(device_add_certification(d, "FIPS-CMVP-2", 1));
	assert_true(device_add_certification(d, "\"@include\\ \xc3\xa9",
	    UINT64_MAX));
	assert_int_equal(device_set_tag(d, "site", "\"Berlin\"", &err),
	    MFA_OK);
	list.devices[2]->credential->format = FIDO_U2F;
	list.devices[2]->credential->certificate_len = 1;
	memset(list.devices[3]->credential->rp_id, 'x', FIDO_RP_ID_MAX);
	d = storetest_ssh_key(7);
	strcpy(d->credential->rp_id, "ssh:a \"b\" \\c @include");
	d->credential->sign_count = 5;
	assert_int_equal(device_list_add(&list, &d, &err), MFA_OK);
	read_back(&list);
	device_list_clear(&list);
}

static void
eight_keys_with_the_longest_certificates_fit(void **state)
{
	struct device_list list = { 0 };
	unsigned i;

	(void)state;
	fill_keys(&list, DEVICES_MAX);
	for (i = 0; i < DEVICES_MAX; i++) {
		stretch(list.devices[i], (uint8_t)(0x40 + i));
		assert_true(device_add_certification(list.devices[i],
		    "FIPS-CMVP-3", 1));
		assert_true(device_add_certification(list.devices[i],
		    "FIDO", 2));
	}
	read_back(&list);
	device_list_clear(&list);
}

static void
key_that_is_not_valid_is_not_written(void **state)
{
	struct device_list list = { 0 };
	struct mfa_error err;
	char *text = NULL;
	size_t len;

	(void)state;
	fill_keys(&list, 1);
	list.devices[0]->credential->key_len = 63;
	assert_int_equal(devfile_format(&list, &devfiletest_alice,
	    &devfiletest_key, &storetest_world, &text, &len, &err),
	    MFA_SERVICE_FAILURE);
	assert_null(text);
	device_list_clear(&list);
}

static void
settings_of_the_other_type_are_refused(void **state)
{
	(void)state;
	refused("rp_id = ", "digits = 6; rp_id = ", "unknown setting digits");
	refused("rp_id = ", "seed = \"\"; rp_id = ", "unknown setting seed");
	refused("rp_id = ", "drift = \"0\"; rp_id = ",
	    "unknown setting drift");
	refused("\"security-key\"", "\"hardware\"", "unknown setting rp_id");
	refused("\"security-key\"", "\"virtual\"", "unknown setting rp_id");
	refused("\"security-key\"", "\"SECURITY-KEY\"",
	    "unknown setting rp_id");
	refused("type = \"security-key\";", "", "setting");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "\"hardware\"", "\"security-key\""), "unknown setting");
	devfiletest_refused(devfiletest_change(devfiletest_sample(1),
	    "digits = ", "rp_id = \"awsmfa\"; digits = "),
	    "unknown setting rp_id");
}

/* TEXT without the line that sets NAME, or with it there twice. */
static char *
change_line(char *text, const char *name, bool twice)
{
	char *line, *at, *changed, start[64];

	snprintf(start, sizeof(start), "\t\t%s = ", name);
	if ((at = strstr(text, start)) == NULL)
		fail_msg("%s is not in the file", name);
	line = strndup(at, strcspn(at, "\n") + 1);
	assert_true(asprintf(&changed, "%.*s%s%s%s", (int)(at - text), text,
	    twice ? line : "", twice ? line : "", at + strlen(line)) > 0);
	free(line);
	free(text);
	return changed;
}

static void
each_setting_is_there_once(void **state)
{
	static const char *const names[] = { "rp_id", "algorithm", "format",
		"user_verified", "aaguid", "sign_count", "credential_id",
		"public_key", "certificate", "certifications", "tags", "id",
		"serial", "name", "created", "enabled" };
	char missing[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(missing, sizeof(missing), "missing setting %s",
		    names[i]);
		devfiletest_refused(change_line(sample(1), names[i], false),
		    missing);
		devfiletest_refused(change_line(sample(1), names[i], true),
		    "duplicate");
	}
}

static void
settings_of_another_type_are_refused(void **state)
{
	static const char *const changes[][2] = {
		{ "user_verified = false", "user_verified = \"false\"" },
		{ "user_verified = false", "user_verified = 0" },
		{ "sign_count = \"0\"", "sign_count = 0" },
		{ "certificate = \"\"", "certificate = ( )" },
		{ "certifications = ( )", "certifications = { }" },
		{ "certifications = ( )", "certifications = \"\"" },
		{ "certifications = ( )", "certifications = ( \"FIPS\" )" },
		{ "certifications = ( )",
		    "certifications = ( { name = \"F\"; level = 1; } )" },
		{ "certifications = ( )",
		    "certifications = ( { name = \"F\"; } )" },
		{ "certifications = ( )", "certifications = ( { name = \"F\";"
		    " level = \"1\"; by = \"\"; } )" },
		{ "\"security-key\"", "true" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		refused(changes[i][0], changes[i][1], "line");
}

static void
values_outside_their_limits_are_refused(void **state)
{
	static const char *const changes[][3] = {
		{ "\"awsmfa\"", "\"\"", "device" },
		{ "\"awsmfa\"", "\"aws mfa\"", "device" },
		{ "\"ES256\"", "\"es256\"", "algorithm" },
		{ "\"ES256\"", "\"SHA1\"", "algorithm" },
		{ "\"ES256\"", "\"unknown\"", "algorithm" },
		{ "\"ES256\"", "\"EdDSA\"", "device" },
		{ "\"packed\"", "\"tpm\"", "format" },
		{ "\"packed\"", "\"unknown\"", "format" },
		{ "aaguid = \"00", "aaguid = \"", "aaguid" },
		{ "aaguid = \"00", "aaguid = \"0x", "aaguid" },
		{ "sign_count = \"0\"", "sign_count = \"4294967296\"",
		    "sign_count" },
		{ "sign_count = \"0\"", "sign_count = \"-1\"", "sign_count" },
		{ "sign_count = \"0\"", "sign_count = \"\"", "sign_count" },
		{ "credential_id = \"", "credential_id = \"A",
		    "credential_id" },
		{ "credential_id = \"", "credential_id = \"AAA",
		    "credential_id" },
		{ "credential_id = \"", "credential_id = \" ",
		    "credential_id" },
		{ "public_key = \"", "public_key = \"AAAA", "public_key" },
		{ "public_key = \"Mj", "public_key = \"M", "public_key" },
		{ "certificate = \"\"", "certificate = \"=\"", "certificate" },
		{ "certificate = \"\"", "certificate = \"AB==\"",
		    "certificate" },
		{ "name = \"key0\"", "name = \"\"", "device" },
		{ "certifications = ( )", "certifications = ("
		    " { name = \"\"; level = \"1\"; } )", "certification" },
		{ "certifications = ( )", "certifications = ("
		    " { name = \"F\"; level = \"x\"; } )", "certification" },
		{ "certifications = ( )", "certifications = ("
		    " { name = \"F\"; level = \"18446744073709551616\"; } )",
		    "certification" },
		{ "certifications = ( )", "certifications = ("
		    " { name = \"F\"; level = \"1\"; },"
		    " { name = \"F\"; level = \"2\"; } )", "certification" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		refused(changes[i][0], changes[i][1], changes[i][2]);
	refused("credential_id = \"", "credential_id = \"\"; # ", "line");
}

/* NAME set to LEN octets. */
static char *
with_octets(const char *name, const void *octets, size_t len)
{
	char *text = change_line(sample(1), name, false), *changed, *base64;

	base64 = malloc(BASE64_SIZE(len));
	assert_non_null(base64);
	base64_encode(octets, len, base64);
	assert_true(asprintf(&changed, "\t\t%s = \"%s\";\n\t\tserial", name,
	    base64) > 0);
	text = devfiletest_change(text, "\t\tserial", changed);
	free(base64);
	free(changed);
	return text;
}

static void
octets_that_are_too_many_or_none_are_refused(void **state)
{
	uint8_t octets[FIDO_CERTIFICATE_MAX + 1] = { 1 };
	struct device_list list = { 0 };
	struct mfa_error err;
	char *text;

	(void)state;
	devfiletest_refused(with_octets("certificate", octets,
	    FIDO_CERTIFICATE_MAX + 1), "certificate");
	devfiletest_refused(with_octets("credential_id", octets,
	    FIDO_CREDENTIAL_ID_MAX + 1), "credential_id");
	devfiletest_refused(with_octets("credential_id", octets, 0), "device");
	devfiletest_refused(with_octets("public_key", octets, 65),
	    "public_key");
	devfiletest_refused(with_octets("public_key", octets, 63), "device");
	devfiletest_refused(with_octets("public_key", octets, 32), "device");
	devfiletest_refused(with_octets("public_key", octets, 0), "device");
	text = with_octets("credential_id", octets, FIDO_CREDENTIAL_ID_MAX);
	assert_int_equal(devfiletest_parse(text, &list, &err), MFA_OK);
	device_list_clear(&list);
	free(text);
}

static void
nine_certifications_are_refused(void **state)
{
	char list[512] = "certifications = ( ", one[64];
	unsigned i;

	(void)state;
	for (i = 0; i <= CERTIFICATIONS_MAX; i++) {
		snprintf(one, sizeof(one), "%s{ name = \"F%u\"; level = \"1\"; }",
		    i > 0 ? ", " : "", i);
		strcat(list, one);
	}
	strcat(list, " )");
	refused("certifications = ( )", list, "certification");
}

static void
credential_there_twice_is_refused(void **state)
{
	struct device_list list = { 0 };

	(void)state;
	fill_keys(&list, 2);
	*list.devices[1]->credential = *list.devices[0]->credential;
	devfiletest_refused(devfiletest_format(&list, &devfiletest_alice),
	    "credential");
	device_list_clear(&list);
}

static void
truncated_anywhere_is_refused(void **state)
{
	char *text = sample(2);
	struct device_list list = { 0 };
	struct mfa_error err;
	size_t i, len = strlen(text);

	(void)state;
	/* All but the last of these: ";\n" may be left out in libconfig. */
	for (i = 0; i < len - 2; i++) {
		char *part = strndup(text, i);

		if (devfiletest_parse(part, &list, &err) !=
		    MFA_SERVICE_FAILURE)
			fail_msg("taken when cut to %zu of %zu", i, len);
		free(part);
	}
	free(text);
}

static void
any_octet_changed_is_harmless(void **state)
{
	char *text = sample(1);
	size_t i, len = strlen(text);
	unsigned round;

	(void)state;
	for (round = 0; round < 8; round++) {
		for (i = 0; i < len; i++) {
			struct device_list list = { 0 };
			struct devfile_owner owner;
			struct mfa_error err;
			char was = text[i];

			text[i] = (char)(was ^ (1 << round));
			if (devfile_parse(text, len, &devfiletest_key, &owner,
			    &list, &err) == MFA_OK)
				assert_true(list.count == 1 &&
				    device_is_valid(list.devices[0]) &&
				    !device_has_codes(list.devices[0]));
			device_list_clear(&list);
			text[i] = was;
		}
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_read_back),
		cmocka_unit_test(eight_keys_with_the_longest_certificates_fit),
		cmocka_unit_test(key_that_is_not_valid_is_not_written),
		cmocka_unit_test(settings_of_the_other_type_are_refused),
		cmocka_unit_test(each_setting_is_there_once),
		cmocka_unit_test(settings_of_another_type_are_refused),
		cmocka_unit_test(values_outside_their_limits_are_refused),
		cmocka_unit_test(octets_that_are_too_many_or_none_are_refused),
		cmocka_unit_test(nine_certifications_are_refused),
		cmocka_unit_test(credential_there_twice_is_refused),
		cmocka_unit_test(truncated_anywhere_is_refused),
		cmocka_unit_test(any_octet_changed_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
