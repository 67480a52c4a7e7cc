/* Security keys among devices. */
#include <stdlib.h>
#include <string.h>

#include "storetest.h"

static void
no_credential(struct device *d)
{
	free(d->credential);
	d->credential = NULL;
}

static void
nameless_key(struct device *d)
{
	d->name[0] = '\0';
}

static void
key_with_seed(struct device *d)
{
	d->seed.len = 20;
}

static void
key_with_spent_step(struct device *d)
{
	d->spent_step = 0;
}

static void
key_with_drift(struct device *d)
{
	d->drift = 1;
}

static void
no_rp_id(struct device *d)
{
	d->credential->rp_id[0] = '\0';
}

static void
odd_rp_id(struct device *d)
{
	strcpy(d->credential->rp_id, "a b");
}

static void
no_id(struct device *d)
{
	d->credential->id_len = 0;
}

static void
long_id(struct device *d)
{
	d->credential->id_len = FIDO_CREDENTIAL_ID_MAX + 1;
}

static void
no_public_key(struct device *d)
{
	d->credential->key_len = 0;
}

static void
eddsa_with_a_point(struct device *d)
{
	d->credential->algorithm = FIDO_EDDSA;
}

static void
es256_with_half_a_point(struct device *d)
{
	d->credential->key_len = 32;
}

static void
unknown_algorithm(struct device *d)
{
	d->credential->algorithm = (enum fido_algorithm)7;
	d->credential->key_len = 0;
}

static void
unknown_format(struct device *d)
{
	d->credential->format = (enum fido_format)7;
}

static void
long_certificate(struct device *d)
{
	d->credential->certificate_len = FIDO_CERTIFICATE_MAX + 1;
}

static void
nine_certifications(struct device *d)
{
	d->certification_count = CERTIFICATIONS_MAX + 1;
}

static void
nameless_certification(struct device *d)
{
	d->certification_count = 1;
}

static void
certification_twice(struct device *d)
{
	strcpy(d->certifications[0].name, "FIPS");
	strcpy(d->certifications[1].name, "FIPS");
	d->certification_count = 2;
}

static void
each_field_of_a_key_outside_its_limits_is_not_valid(void **state)
{
	static void (*const spoil[])(struct device *) = {
		no_credential,
		nameless_key, key_with_seed, key_with_spent_step,
		key_with_drift, no_rp_id, odd_rp_id, no_id, long_id,
		no_public_key, eddsa_with_a_point, es256_with_half_a_point,
		unknown_algorithm, unknown_format, long_certificate,
		nine_certifications, nameless_certification,
		certification_twice,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		struct device *d = storetest_key(1);

		assert_true(device_is_valid(d));
		spoil[i](d);
		if (device_is_valid(d))
			fail_msg("number %zu is taken for valid", i);
		device_freep(&d);
	}
}

static void
key_of_eddsa_is_valid(void **state)
{
	struct device *d = storetest_key(1);

	(void)state;
	d->credential->algorithm = FIDO_EDDSA;
	d->credential->key_len = 32;
	d->credential->format = FIDO_U2F;
	d->credential->certificate_len = FIDO_CERTIFICATE_MAX;
	d->credential->id_len = FIDO_CREDENTIAL_ID_MAX;
	assert_true(device_is_valid(d));
	device_freep(&d);
}

static void
rp_id_is_a_host_name_or_what_other_programs_have(void **state)
{
	static const char *const good[] = { "awsmfa", "ssh:",
		"pam://bastion-1.example.org", "x" };
	static const char *const bad[] = { "", "a b", "a_b", "a@b", "caf\xc3\xa9",
		"a\n", "a\"b", "a\\b" };
	char longer[FIDO_RP_ID_MAX + 2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(device_is_rp_id(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(device_is_rp_id(bad[i]));
	memset(longer, 'x', sizeof(longer));
	longer[FIDO_RP_ID_MAX + 1] = '\0';
	assert_false(device_is_rp_id(longer));
	longer[FIDO_RP_ID_MAX] = '\0';
	assert_true(device_is_rp_id(longer));
}

static void
certifications_that_are_odd_twice_or_ninth_are_left_out(void **state)
{
	char name[CERTIFICATION_NAME_MAX + 2];
	struct device *d = storetest_key(1);
	unsigned i;

	(void)state;
	assert_false(device_add_certification(d, "", 1));
	assert_false(device_add_certification(d, "a\033[2J", 1));
	assert_false(device_add_certification(d, "\xff", 1));
	memset(name, 'x', sizeof(name));
	name[CERTIFICATION_NAME_MAX + 1] = '\0';
	assert_false(device_add_certification(d, name, 1));
	/* As many characters as there may be, but more octets. */
	for (i = 0; i < CERTIFICATION_NAME_MAX / 2 + 1; i++)
		memcpy(name + i * 2, "\xc3\xa9", 2);
	name[CERTIFICATION_NAME_MAX] = '\0';
	assert_true(device_add_certification(d, name, UINT64_MAX));
	assert_false(device_add_certification(d, name, 2));
	for (i = 1; i < CERTIFICATIONS_MAX; i++) {
		snprintf(name, sizeof(name), "FIDO-%u", i);
		assert_true(device_add_certification(d, name, i));
	}
	assert_false(device_add_certification(d, "ninth", 1));
	assert_int_equal(d->certification_count, CERTIFICATIONS_MAX);
	assert_true(device_is_valid(d));
	device_freep(&d);
}

static void
only_devices_that_show_codes_are_counted(void **state)
{
	struct device_list list = { 0 };
	struct mfa_error err;
	struct device *d;
	unsigned i;

	(void)state;
	assert_int_equal(device_list_count_codes(&list), 0);
	for (i = 0; i < 3; i++) {
		d = storetest_key(i);
		assert_false(device_has_codes(d));
		assert_int_equal(device_list_add(&list, &d, &err), MFA_OK);
	}
	assert_int_equal(device_list_count_codes(&list), 0);
	d = storetest_device(1);
	assert_true(device_has_codes(d));
	assert_int_equal(device_list_add(&list, &d, &err), MFA_OK);
	d = storetest_device(2);
	d->type = DEVICE_VIRTUAL;
	assert_true(device_has_codes(d));
	assert_int_equal(device_list_add(&list, &d, &err), MFA_OK);
	assert_int_equal(device_list_count_codes(&list), 2);
	device_list_clear(&list);
}

static void
credential_twice_exists_already(void **state)
{
	struct device_list list = { 0 };
	struct device *d = storetest_key(1), *e = storetest_key(2);
	struct mfa_error err;

	(void)state;
	*e->credential = *d->credential;
	assert_int_equal(device_list_add(&list, &d, &err), MFA_OK);
	assert_int_equal(device_list_add(&list, &e, &err),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_non_null(strstr(err.detail, "key1"));
	/* An id that only begins alike is another's. */
	e->credential->id_len--;
	assert_int_equal(device_list_add(&list, &e, &err), MFA_OK);
	device_list_clear(&list);
}

static void
id_of_an_ssh_key(struct device *d)
{
	d->credential->id_len = 1;
}

static void
certificate_of_an_ssh_key(struct device *d)
{
	d->credential->certificate_len = 1;
}

static void
aaguid_of_an_ssh_key(struct device *d)
{
	d->credential->aaguid[15] = 1;
}

static void
host_for_an_application(struct device *d)
{
	strcpy(d->credential->rp_id, "awsmfa");
}

static void
control_in_an_application(struct device *d)
{
	strcpy(d->credential->rp_id, "ssh:\n");
}

static void
long_key_of_an_ssh_key(struct device *d)
{
	d->credential->key_len = 64;
}

static void
each_field_of_an_ssh_key_outside_its_limits_is_not_valid(void **state)
{
	static void (*const spoil[])(struct device *) = {
		no_credential, nameless_key, key_with_seed, no_public_key,
		id_of_an_ssh_key, certificate_of_an_ssh_key,
		aaguid_of_an_ssh_key, host_for_an_application,
		control_in_an_application, long_key_of_an_ssh_key,
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		struct device *d = storetest_ssh_key(1);

		strcpy(d->credential->rp_id, "ssh:my \"key\" 2_b");
		assert_true(device_is_valid(d));
		spoil[i](d);
		if (device_is_valid(d))
			fail_msg("number %zu is taken for valid", i);
		device_freep(&d);
	}
}

static void
ssh_keys_and_keys_in_this_machine_are_told_apart(void **state)
{
	struct device_list list = { 0 };
	struct device *k = storetest_key(1), *s = storetest_ssh_key(2),
	    *t = storetest_ssh_key(3), *c = storetest_device(4);
	struct mfa_error err;

	(void)state;
	assert_true(device_is_ssh_key(s) && !device_is_ctap_key(s));
	assert_true(device_is_ctap_key(k) && !device_is_ssh_key(k));
	assert_false(device_is_ctap_key(c) || device_is_ssh_key(c));
	assert_int_equal(device_list_add(&list, &k, &err), MFA_OK);
	assert_int_equal(device_list_add(&list, &s, &err), MFA_OK);
	assert_int_equal(device_list_add(&list, &t, &err), MFA_OK);
	assert_int_equal(device_list_add(&list, &c, &err), MFA_OK);
	assert_int_equal(device_list_count_ctap_keys(&list), 1);
	assert_int_equal(device_list_count_ssh_keys(&list), 2);
	assert_int_equal(device_list_count_codes(&list), 1);
	device_list_clear(&list);
}

static void
ssh_key_twice_exists_already_whatever_its_application(void **state)
{
	struct device_list list = { 0 };
	struct device *d = storetest_ssh_key(1), *e = storetest_ssh_key(2);
	struct mfa_error err;

	(void)state;
	*e->credential = *d->credential;
	strcpy(e->credential->rp_id, "ssh:other");
	assert_int_equal(device_list_add(&list, &d, &err), MFA_OK);
	assert_int_equal(device_list_add(&list, &e, &err),
	    MFA_ENTITY_ALREADY_EXISTS);
	assert_non_null(strstr(err.detail, "key1"));
	e->credential->key[31] ^= 1;
	assert_int_equal(device_list_add(&list, &e, &err), MFA_OK);
	device_list_clear(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_field_of_a_key_outside_its_limits_is_not_valid),
		cmocka_unit_test(key_of_eddsa_is_valid),
		cmocka_unit_test(
		    rp_id_is_a_host_name_or_what_other_programs_have),
		cmocka_unit_test(
		    certifications_that_are_odd_twice_or_ninth_are_left_out),
		cmocka_unit_test(only_devices_that_show_codes_are_counted),
		cmocka_unit_test(credential_twice_exists_already),
		cmocka_unit_test(
		    each_field_of_an_ssh_key_outside_its_limits_is_not_valid),
		cmocka_unit_test(
		    ssh_keys_and_keys_in_this_machine_are_told_apart),
		cmocka_unit_test(
		    ssh_key_twice_exists_already_whatever_its_application),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
