#include "base/text.h"
#include "store/devrecovery.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct devfield fields[] = {
	{ "set", CONFIG_TYPE_STRING },
	{ "codes", CONFIG_TYPE_LIST },
};

static enum mfa_code
read_codes(const config_setting_t *list, struct recovery_set *set,
    struct mfa_error *err)
{
	int i, count = config_setting_length(list);
	const config_setting_t *code;

	if (count > RECOVERY_CODES_MAX)
		return devgroup_refuse(err, config_setting_source_line(list),
		    "too many", "codes");
	for (i = 0; i < count; i++) {
		code = config_setting_get_elem(list, (unsigned)i);
		if (config_setting_type(code) != CONFIG_TYPE_STRING ||
		    !text_unhex(set->hashes[i], RECOVERY_HASH_SIZE,
			config_setting_get_string(code)))
			return devgroup_refuse(err,
			    config_setting_source_line(code), "not a valid",
			    "recovery code");
	}
	set->count = (size_t)count;
	return MFA_OK;
}

enum mfa_code
devrecovery_read(const config_setting_t *root, struct device_list *list,
    struct mfa_error *err)
{
	const config_setting_t *group;
	struct recovery_set set = { .number = 0 };
	enum mfa_code code;

	if ((group = devgroup_find(root, "recovery")) == NULL)
		return MFA_OK;
	code = devgroup_check(group, fields, COUNT(fields), err);
	if (code == MFA_OK)
		code = read_codes(devgroup_find(group, "codes"), &set, err);
	if (code != MFA_OK)
		return code;
	if (!devgroup_u64(group, "set", &set.number) || set.number == 0 ||
	    !recovery_is_valid(&set) || list->count == 0)
		return devgroup_refuse(err, config_setting_source_line(group),
		    "not a valid set of codes:", "recovery");
	list->recovery = set;
	return MFA_OK;
}

void
devrecovery_write(FILE *out, const struct device_list *list)
{
	const struct recovery_set *set = &list->recovery;
	char text[2 * RECOVERY_HASH_SIZE + 1];
	size_t i;

	if (set->number == 0 || list->count == 0)
		return;
	(void)fprintf(out, "recovery = {\n\tset = \"%llu\";\n\tcodes = (",
	    (unsigned long long)set->number);
	for (i = 0; i < set->count; i++) {
		text_hex(text, set->hashes[i], RECOVERY_HASH_SIZE);
		(void)fprintf(out, "%s\n\t\t\"%s\"", i == 0 ? "" : ",", text);
	}
	(void)fputs(" );\n};\n", out);
}
