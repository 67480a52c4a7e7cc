#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "base/text.h"
#include "store/devfile.h"
#include "store/devgroup.h"
#include "store/devkey.h"
#include "store/devlang.h"
#include "store/devrecovery.h"
#include "store/seal.h"

#define VERSION	     1
#define CONTEXT_SIZE (USER_NAME_MAX + SERIAL_NUMBER_MAX + 64)
#define UID_LAST     (INT64_C(0xffffffff) - 1) /* (uid_t)-1: nobody */
#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))

static const struct devfield file_fields[] = {
	{ "version", CONFIG_TYPE_INT },
	{ "user", CONFIG_TYPE_STRING },
	{ "uid", CONFIG_TYPE_STRING },
	{ "devices", CONFIG_TYPE_LIST },
	DEVRECOVERY_FIELD,
};

/* What every device has. */
#define DEVICE_FIELDS				\
	{ "id", CONFIG_TYPE_STRING },		\
	{ "type", CONFIG_TYPE_STRING },		\
	{ "serial", CONFIG_TYPE_STRING },	\
	{ "name", CONFIG_TYPE_STRING },		\
	{ "created", CONFIG_TYPE_STRING },	\
	{ "enabled", CONFIG_TYPE_STRING },	\
	{ "tags", CONFIG_TYPE_LIST }

static const struct devfield code_fields[] = {
	DEVICE_FIELDS,
	{ "algorithm", CONFIG_TYPE_STRING },
	{ "digits", CONFIG_TYPE_INT },
	{ "period", CONFIG_TYPE_INT },
	{ "spent_step", CONFIG_TYPE_STRING },
	{ "drift", CONFIG_TYPE_STRING },
	{ "seed", CONFIG_TYPE_STRING },
};

static const struct devfield key_fields[] = {
	DEVICE_FIELDS,
	DEVKEY_FIELDS,
};

static const struct devfield tag_fields[] = {
	{ "key", CONFIG_TYPE_STRING },
	{ "value", CONFIG_TYPE_STRING },
};

bool
devfile_is_user(const char *user)
{
	/* What a tag's key may hold is all that a line of text can. */
	return strlen(user) <= USER_NAME_MAX && text_is_tag_key(user);
}

/* An imported token is nobody's: no user, and no uid. */
static bool
owner_is_valid(const struct devfile_owner *owner)
{
	if (owner->uid < -1 || owner->uid > UID_LAST)
		return false;
	if (owner->user[0] == '\0')
		return owner->uid == -1;
	return devfile_is_user(owner->user);
}

static bool
get_algorithm(const config_setting_t *group, enum otp_algorithm *ret)
{
	const char *name = devgroup_text(group, "algorithm");

	return otp_algorithm_parse(name, ret) &&
	    strcmp(name, otp_algorithm_name(*ret)) == 0;
}

/* What every device has but its tags; returns the bad setting or NULL. */
static const char *
read_common(const config_setting_t *group, struct device *device)
{
	if (!text_unhex(device->id, sizeof(device->id),
		devgroup_text(group, "id")))
		return "id";
	if (!device_type_parse(devgroup_text(group, "type"), &device->type))
		return "type";
	if (!devgroup_copy(group, "serial", device->serial,
		sizeof(device->serial)))
		return "serial";
	if (!devgroup_copy(group, "name", device->name, sizeof(device->name)))
		return "name";
	if (!devgroup_i64(group, "created", &device->created))
		return "created";
	if (!devgroup_i64(group, "enabled", &device->enabled))
		return "enabled";
	return NULL;
}

/* What a device that shows codes has but its seed; the same. */
static const char *
read_scalars(const config_setting_t *group, struct device *device)
{
	int64_t drift;

	if (!get_algorithm(group, &device->otp.algorithm))
		return "algorithm";
	device->otp.digits = (unsigned)devgroup_int(group, "digits");
	device->otp.period = (unsigned)devgroup_int(group, "period");
	if (!otp_params_is_valid(&device->otp))
		return "digits or period";
	if (!devgroup_i64(group, "spent_step", &device->spent_step))
		return "spent_step";
	if (!devgroup_i64(group, "drift", &drift) || drift < INT32_MIN ||
	    drift > INT32_MAX)
		return "drift";
	device->drift = (int32_t)drift;
	return NULL;
}

static enum mfa_code
read_tags(const config_setting_t *list, struct device *device,
    struct mfa_error *err)
{
	int i, count = config_setting_length(list);
	const config_setting_t *tag;
	enum mfa_code code;
	unsigned line;

	for (i = 0; i < count; i++) {
		tag = config_setting_get_elem(list, (unsigned)i);
		line = config_setting_source_line(tag);
		code = devgroup_check(tag, tag_fields, COUNT(tag_fields), err);
		if (code != MFA_OK)
			return code;
		if (device_set_tag(device, devgroup_text(tag, "key"),
			devgroup_text(tag, "value"), err) != MFA_OK ||
		    device->tag_count != (size_t)i + 1)
			return devgroup_refuse(err, line,
			    "not valid or there twice:", "tag");
	}
	return MFA_OK;
}

/* All that says how a seed makes codes, so that none of it can be swapped. */
static void
make_context(char context[static CONTEXT_SIZE],
    const struct devfile_owner *owner, const struct device *device)
{
	(void)snprintf(context, CONTEXT_SIZE, "devfile\n%s\n%s\n%s\n%u\n%u",
	    owner->user, device->serial,
	    otp_algorithm_name(device->otp.algorithm), device->otp.digits,
	    device->otp.period);
}

static bool
has_id(const struct device_list *list, size_t count,
    const uint8_t id[static DEVICE_ID_SIZE])
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (memcmp(list->devices[i]->id, id, DEVICE_ID_SIZE) == 0)
			return true;
	}
	return false;
}

static enum mfa_code
read_codes(const config_setting_t *group, const struct devfile_owner *owner,
    const struct secret *key, struct device *device, struct mfa_error *err)
{
	unsigned line = config_setting_source_line(group);
	char context[CONTEXT_SIZE];
	struct mfa_error why;
	const char *bad;

	if ((bad = read_scalars(group, device)) != NULL)
		return devgroup_refuse(err, line,
		    "a device's setting is not valid:", bad);
	make_context(context, owner, device);
	if (seal_open(key, context, devgroup_text(group, "seed"), &device->seed,
		&why) != MFA_OK)
		return devgroup_refuse(err, line, "seed:", why.detail);
	return MFA_OK;
}

/* The type says which settings a device has. */
static enum mfa_code
check_device(const config_setting_t *group, struct mfa_error *err)
{
	enum device_type type;
	const char *name;

	if (config_setting_is_group(group) &&
	    config_setting_lookup_string(group, "type", &name) == CONFIG_TRUE &&
	    device_type_parse(name, &type) && type == DEVICE_SECURITY_KEY)
		return devgroup_check(group, key_fields, COUNT(key_fields),
		    err);
	return devgroup_check(group, code_fields, COUNT(code_fields), err);
}

static enum mfa_code
read_device(const config_setting_t *group, const struct devfile_owner *owner,
    const struct secret *key, struct device **ret, struct mfa_error *err)
{
	_cleanup_(device_freep) struct device *device = NULL;
	enum mfa_code code;
	const char *bad;

	if ((code = check_device(group, err)) != MFA_OK)
		return code;
	device = calloc(1, sizeof(*device));
	if (device == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM,
		    "no memory for a device");
	device->spent_step = STEP_NONE;
	if ((bad = read_common(group, device)) != NULL)
		return devgroup_refuse(err, config_setting_source_line(group),
		    "a device's setting is not valid:", bad);
	code = read_tags(devgroup_find(group, "tags"), device, err);
	if (code == MFA_OK)
		code = device_has_codes(device)
		    ? read_codes(group, owner, key, device, err)
		    : devkey_read(group, device, err);
	if (code != MFA_OK)
		return code;
	*ret = steal(&device);
	return MFA_OK;
}

static enum mfa_code
add_device(unsigned line, struct device **device, struct device_list *list,
    struct mfa_error *err)
{
	if (!device_is_valid(*device))
		return devgroup_refuse(err, line, "not a valid", "device");
	if (has_id(list, list->count, (*device)->id))
		return devgroup_refuse(err, line, "there twice:", "id");
	if (device_list_add(list, device, err) != MFA_OK)
		return devgroup_refuse(err, line,
		    "there twice:", "serial, name or credential");
	return MFA_OK;
}

static enum mfa_code
read_owner(const config_setting_t *root, struct devfile_owner *ret,
    struct mfa_error *err)
{
	struct devfile_owner owner;

	if (devgroup_int(root, "version") != VERSION)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "version %d, not %d", devgroup_int(root, "version"),
		    VERSION);
	if (!devgroup_i64(root, "uid", &owner.uid) ||
	    !devgroup_copy(root, "user", owner.user, sizeof(owner.user)) ||
	    !owner_is_valid(&owner))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "not a valid user or uid");
	*ret = owner;
	return MFA_OK;
}

static enum mfa_code
read_devices(const config_setting_t *settings,
    const struct devfile_owner *owner, const struct secret *key,
    struct device_list *list, struct mfa_error *err)
{
	int i, count = config_setting_length(settings);

	if (count > DEVICES_MAX)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "%d devices, at most %d", count, DEVICES_MAX);
	for (i = 0; i < count; i++) {
		_cleanup_(device_freep) struct device *device = NULL;
		const config_setting_t *group;
		enum mfa_code code;

		group = config_setting_get_elem(settings, (unsigned)i);
		code = read_device(group, owner, key, &device, err);
		if (code == MFA_OK)
			code = add_device(config_setting_source_line(group),
			    &device, list, err);
		if (code != MFA_OK)
			return code;
	}
	return MFA_OK;
}

static enum mfa_code
check_file(const config_setting_t *root, struct mfa_error *err)
{
	bool has_codes = devgroup_find(root, "recovery") != NULL;

	return devgroup_check(root, file_fields,
	    COUNT(file_fields) - (has_codes ? 0 : 1), err);
}

enum mfa_code
devfile_parse(const char *text, size_t len, const struct secret *key,
    struct devfile_owner *ret_owner, struct device_list *ret_list,
    struct mfa_error *err)
{
	_cleanup_(device_list_clear) struct device_list list = { 0 };
	_cleanup_(config_destroy) config_t config;
	const config_setting_t *root;
	struct devfile_owner owner;
	enum mfa_code code;

	config_init(&config);
	code = devlang_check(text, len, err);
	if (code != MFA_OK)
		return code;
	if (config_read_string(&config, text) != CONFIG_TRUE)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "line %d: %s",
		    config_error_line(&config), config_error_text(&config));
	root = config_root_setting(&config);
	code = check_file(root, err);
	if (code == MFA_OK)
		code = read_owner(root, &owner, err);
	if (code == MFA_OK)
		code = read_devices(devgroup_find(root, "devices"), &owner, key,
		    &list, err);
	if (code == MFA_OK)
		code = devrecovery_read(root, &list, err);
	if (code != MFA_OK)
		return code;
	*ret_owner = owner;
	*ret_list = list;
	list = (struct device_list){ 0 };
	return MFA_OK;
}

static void
write_tags(FILE *out, const struct device *device)
{
	size_t i;

	(void)fputs("\t\ttags = (", out);
	for (i = 0; i < device->tag_count; i++) {
		(void)fputs(i == 0 ? "\n\t\t\t{ " : ",\n\t\t\t{ ", out);
		devlang_write(out, "key", device->tags[i].key);
		(void)fputc(' ', out);
		devlang_write(out, "value", device->tags[i].value);
		(void)fputs(" }", out);
	}
	(void)fputs(" );\n", out);
}

static enum mfa_code
write_codes(FILE *out, const struct device *device,
    const struct devfile_owner *owner, const struct secret *key,
    const struct world *world, struct mfa_error *err)
{
	char context[CONTEXT_SIZE], sealed[SEALED_SIZE];
	enum mfa_code code;

	make_context(context, owner, device);
	code = seal_close(key, world, context, &device->seed, sealed, err);
	if (code != MFA_OK)
		return code;
	devgroup_write(out, "algorithm",
	    otp_algorithm_name(device->otp.algorithm));
	(void)fprintf(out, "\t\tdigits = %u;\n\t\tperiod = %u;\n",
	    device->otp.digits, device->otp.period);
	devgroup_write_i64(out, "spent_step", device->spent_step);
	devgroup_write_i64(out, "drift", device->drift);
	devgroup_write(out, "seed", sealed);
	return MFA_OK;
}

static enum mfa_code
write_device(FILE *out, const struct device *device,
    const struct devfile_owner *owner, const struct secret *key,
    const struct world *world, struct mfa_error *err)
{
	char id[2 * DEVICE_ID_SIZE + 1];
	enum mfa_code code = MFA_OK;

	text_hex(id, device->id, sizeof(device->id));
	devgroup_write(out, "id", id);
	devgroup_write(out, "type", device_type_name(device->type));
	devgroup_write(out, "serial", device->serial);
	devgroup_write(out, "name", device->name);
	devgroup_write_i64(out, "created", device->created);
	devgroup_write_i64(out, "enabled", device->enabled);
	if (device_has_codes(device))
		code = write_codes(out, device, owner, key, world, err);
	else
		devkey_write(out, device);
	write_tags(out, device);
	return code;
}

static enum mfa_code
write_file(FILE *out, const struct device_list *list,
    const struct devfile_owner *owner, const struct secret *key,
    const struct world *world, struct mfa_error *err)
{
	enum mfa_code code;
	size_t i;

	(void)fprintf(out, "version = %d;\n", VERSION);
	devlang_write(out, "user", owner->user);
	(void)fprintf(out, "\nuid = \"%lld\";\ndevices = (",
	    (long long)owner->uid);
	for (i = 0; i < list->count; i++) {
		(void)fputs(i == 0 ? "\n\t{\n" : ",\n\t{\n", out);
		code = write_device(out, list->devices[i], owner, key, world,
		    err);
		if (code != MFA_OK)
			return code;
		(void)fputs("\t}", out);
	}
	(void)fputs(" );\n", out);
	devrecovery_write(out, list);
	return MFA_OK;
}

/* What devfile_parse() would refuse is never written. */
static enum mfa_code
check_list(const struct device_list *list, const struct devfile_owner *owner,
    struct mfa_error *err)
{
	size_t i;

	if (!owner_is_valid(owner))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the owner of a device file is not valid");
	if (!recovery_is_valid(&list->recovery))
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the recovery codes of %s are not valid", owner->user);
	for (i = 0; i < list->count; i++) {
		if (!device_is_valid(list->devices[i]) ||
		    has_id(list, i, list->devices[i]->id))
			return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
			    "the device %s is not valid",
			    list->devices[i]->serial);
	}
	return MFA_OK;
}

enum mfa_code
devfile_format(const struct device_list *list,
    const struct devfile_owner *owner, const struct secret *key,
    const struct world *world, char **ret_text, size_t *ret_len,
    struct mfa_error *err)
{
	_cleanup_(freep) char *text = NULL;
	size_t len = 0;
	enum mfa_code code;
	bool whole;
	FILE *out;

	code = check_list(list, owner, err);
	if (code != MFA_OK)
		return code;
	out = open_memstream(&text, &len);
	if (out == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "no memory for a device file");
	code = write_file(out, list, owner, key, world, err);
	whole = ferror(out) == 0;
	whole = fclose(out) == 0 && whole;
	if (code != MFA_OK)
		return code;
	if (!whole)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, ENOMEM,
		    "no memory for a device file");
	if (len > DEVFILE_MAX)
		return mfa_error_set(err, MFA_LIMIT_EXCEEDED, 0,
		    "the devices and their tags need more than %d octets",
		    DEVFILE_MAX);
	*ret_text = steal(&text);
	*ret_len = len;
	return MFA_OK;
}
