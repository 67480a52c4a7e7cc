#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "fido/base64.h"
#include "store/devkey.h"
#include "store/devlang.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct devfield certification_fields[] = {
	{ "name", CONFIG_TYPE_STRING },
	{ "level", CONFIG_TYPE_STRING },
};

static bool
get_octets(const config_setting_t *group, const char *name, uint8_t *ret,
    size_t size, size_t *ret_len)
{
	return base64_decode(devgroup_text(group, name), ret, size, ret_len);
}

/* Returns the setting that is not valid, or NULL. */
static const char *
read_credential(const config_setting_t *group, struct fido_credential *c)
{
	uint64_t count;

	if (!devgroup_copy(group, "rp_id", c->rp_id, sizeof(c->rp_id)))
		return "rp_id";
	if (!fido_algorithm_parse(devgroup_text(group, "algorithm"),
		&c->algorithm))
		return "algorithm";
	if (!fido_format_parse(devgroup_text(group, "format"), &c->format))
		return "format";
	c->user_verified = devgroup_bool(group, "user_verified");
	if (!text_unhex(c->aaguid, sizeof(c->aaguid),
		devgroup_text(group, "aaguid")))
		return "aaguid";
	if (!devgroup_u64(group, "sign_count", &count) || count > UINT32_MAX)
		return "sign_count";
	c->sign_count = (uint32_t)count;
	if (!get_octets(group, "credential_id", c->id, sizeof(c->id),
		&c->id_len))
		return "credential_id";
	if (!get_octets(group, "public_key", c->key, sizeof(c->key),
		&c->key_len))
		return "public_key";
	if (!get_octets(group, "certificate", c->certificate,
		sizeof(c->certificate), &c->certificate_len))
		return "certificate";
	return NULL;
}

static enum mfa_code
read_certifications(const config_setting_t *list, struct device *device,
    struct mfa_error *err)
{
	int i, count = config_setting_length(list);
	const config_setting_t *group;
	enum mfa_code code;
	uint64_t level;

	for (i = 0; i < count; i++) {
		group = config_setting_get_elem(list, (unsigned)i);
		code = devgroup_check(group, certification_fields,
		    COUNT(certification_fields), err);
		if (code != MFA_OK)
			return code;
		if (!devgroup_u64(group, "level", &level) ||
		    !device_add_certification(device,
			devgroup_text(group, "name"), level))
			return devgroup_refuse(err,
			    config_setting_source_line(group),
			    "not valid or there twice:", "certification");
	}
	return MFA_OK;
}

enum mfa_code
devkey_read(const config_setting_t *group, struct device *device,
    struct mfa_error *err)
{
	const char *bad;

	device->credential = calloc(1, sizeof(*device->credential));
	if (device->credential == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM,
		    "no memory for a credential");
	if ((bad = read_credential(group, device->credential)) != NULL)
		return devgroup_refuse(err, config_setting_source_line(group),
		    "a device's setting is not valid:", bad);
	return read_certifications(devgroup_find(group, "certifications"),
	    device, err);
}

static void
write_octets(FILE *out, const char *name, const uint8_t *data, size_t len)
{
	char text[BASE64_SIZE(FIDO_CERTIFICATE_MAX)];

	base64_encode(data, len, text);
	devgroup_write(out, name, text);
}

static void
write_certifications(FILE *out, const struct device *device)
{
	size_t i;

	(void)fputs("\t\tcertifications = (", out);
	for (i = 0; i < device->certification_count; i++) {
		(void)fputs(i == 0 ? "\n\t\t\t{ " : ",\n\t\t\t{ ", out);
		devlang_write(out, "name", device->certifications[i].name);
		(void)fprintf(out, " level = \"%llu\"; }",
		    (unsigned long long)device->certifications[i].level);
	}
	(void)fputs(" );\n", out);
}

void
devkey_write(FILE *out, const struct device *device)
{
	const struct fido_credential *c = device->credential;
	char aaguid[2 * FIDO_AAGUID_SIZE + 1];

	text_hex(aaguid, c->aaguid, sizeof(c->aaguid));
	devgroup_write(out, "rp_id", c->rp_id);
	devgroup_write(out, "algorithm", fido_algorithm_name(c->algorithm));
	devgroup_write(out, "format", fido_format_name(c->format));
	(void)fprintf(out, "\t\tuser_verified = %s;\n",
	    c->user_verified ? "true" : "false");
	devgroup_write(out, "aaguid", aaguid);
	devgroup_write_i64(out, "sign_count", c->sign_count);
	write_octets(out, "credential_id", c->id, c->id_len);
	write_octets(out, "public_key", c->key, c->key_len);
	write_octets(out, "certificate", c->certificate, c->certificate_len);
	write_certifications(out, device);
}
