#include <string.h>

#include "base/text.h"
#include "store/devgroup.h"
#include "store/devlang.h"

#define NUMBER_TEXT_SIZE 24 /* a 64-bit number and its NUL */

enum mfa_code
devgroup_refuse(struct mfa_error *err, unsigned line, const char *what,
    const char *which)
{
	return mfa_error_set(err, MFA_SERVICE_FAILURE, 0, "line %u: %s %s",
	    line, what, which);
}

static bool
is_field(const char *name, const struct devfield *fields, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(name, fields[i].name) == 0)
			return true;
	}
	return false;
}

/* config_setting_get_member() takes names apart, letter by letter. */
config_setting_t *
devgroup_find(const config_setting_t *group, const char *name)
{
	config_setting_t *setting;
	int i;

	if (!config_setting_is_group(group))
		return NULL;
	for (i = 0; i < config_setting_length(group); i++) {
		setting = config_setting_get_elem(group, (unsigned)i);
		if (strcmp(config_setting_name(setting), name) == 0)
			return setting;
	}
	return NULL;
}

/* libconfig refuses a setting that is there twice. */
enum mfa_code
devgroup_check(const config_setting_t *group, const struct devfield *fields,
    size_t count, struct mfa_error *err)
{
	unsigned line = config_setting_source_line(group);
	const config_setting_t *setting;
	size_t i;

	if (!config_setting_is_group(group))
		return devgroup_refuse(err, line,
		    "not a group of settings:", "{ } expected");
	for (i = 0; i < (size_t)config_setting_length(group); i++) {
		setting = config_setting_get_elem(group, (unsigned)i);
		line = config_setting_source_line(setting);
		if (!is_field(config_setting_name(setting), fields, count))
			return devgroup_refuse(err, line, "unknown setting",
			    config_setting_name(setting));
	}
	for (i = 0; i < count; i++) {
		setting = devgroup_find(group, fields[i].name);
		if (setting == NULL)
			return devgroup_refuse(err, line, "missing setting",
			    fields[i].name);
		if (config_setting_type(setting) != fields[i].type)
			return devgroup_refuse(err,
			    config_setting_source_line(setting),
			    "wrong type of", fields[i].name);
	}
	return MFA_OK;
}

const char *
devgroup_text(const config_setting_t *group, const char *name)
{
	return config_setting_get_string(devgroup_find(group, name));
}

int
devgroup_int(const config_setting_t *group, const char *name)
{
	return config_setting_get_int(devgroup_find(group, name));
}

bool
devgroup_bool(const config_setting_t *group, const char *name)
{
	return config_setting_get_bool(devgroup_find(group, name)) ==
	    CONFIG_TRUE;
}

bool
devgroup_copy(const config_setting_t *group, const char *name, char *ret,
    size_t size)
{
	const char *text = devgroup_text(group, name);
	size_t len = strlen(text);

	if (len >= size)
		return false;
	memcpy(ret, text, len + 1);
	return true;
}

bool
devgroup_i64(const config_setting_t *group, const char *name, int64_t *ret)
{
	return text_parse_i64(devgroup_text(group, name), ret);
}

bool
devgroup_u64(const config_setting_t *group, const char *name, uint64_t *ret)
{
	return text_parse_u64(devgroup_text(group, name), ret);
}

void
devgroup_write(FILE *out, const char *name, const char *text)
{
	(void)fputs("\t\t", out);
	devlang_write(out, name, text);
	(void)fputc('\n', out);
}

void
devgroup_write_i64(FILE *out, const char *name, int64_t number)
{
	char text[NUMBER_TEXT_SIZE];

	(void)snprintf(text, sizeof(text), "%lld", (long long)number);
	devgroup_write(out, name, text);
}
