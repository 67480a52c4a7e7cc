#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "base/file.h"
#include "base/text.h"
#include "mfa/settings.h"

#define NUMBER_DIGITS 9 /* always within 32 bits */

static const struct settings defaults = {
	.account = "000000000000",
	.prompt = "MFA code: ",
	.denied = "The sign-in was not accepted. Wait for the next code and "
		  "try again, or ask your administrator.",
	.prompt_timeout = 300,
	.conversations = 1024,
	.conversations_per_user = 32,
};

void
settings_default(struct settings *ret)
{
	*ret = defaults;
}

static bool
is_line(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	}
	return true;
}

static bool
is_prompt(const char *s)
{
	return s[0] != '\0' && is_line(s);
}

/* What may be set: a text that passes IS_VALID, or a number from MIN to MAX. */
static const struct key {
	const char *name;
	size_t offset; /* of a char[] or an unsigned */
	size_t size; /* of the char[]; 0: a number */
	bool (*is_valid)(const char *);
	int min, max;
} keys[] = {
	{ "account_id", offsetof(struct settings, account), ACCOUNT_DIGITS + 1,
	    text_is_account, 0, 0 },
	{ "issuer", offsetof(struct settings, issuer), SETTINGS_TEXT_SIZE,
	    is_line, 0, 0 },
	{ "prompt", offsetof(struct settings, prompt), SETTINGS_TEXT_SIZE,
	    is_prompt, 0, 0 },
	{ "denied_message", offsetof(struct settings, denied),
	    SETTINGS_TEXT_SIZE, is_line, 0, 0 },
	{ "prompt_timeout", offsetof(struct settings, prompt_timeout), 0, NULL,
	    10, 300 },
	{ "max_conversations", offsetof(struct settings, conversations), 0,
	    NULL, 1, 4096 },
	{ "max_conversations_per_user",
	    offsetof(struct settings, conversations_per_user), 0, NULL, 1,
	    4096 },
};

static const struct key *
key_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

static bool
set_text(const struct key *key, const char *value, struct settings *settings)
{
	char *field = (char *)settings + key->offset;

	if (value == NULL || strlen(value) >= key->size ||
	    !key->is_valid(value))
		return false;
	strcpy(field, value);
	return true;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* What follows the whole word NAME in TEXT, or NULL. */
static const char *
find_word(const char *text, const char *name)
{
	size_t len = strlen(name);
	const char *found;

	for (found = text; (found = strstr(found, name)) != NULL;
	     found += len) {
		if ((found == text || !is_word(found[-1])) &&
		    !is_word(found[len]))
			return found + len;
	}
	return NULL;
}

/*
 * Is SETTING's number in TEXT as short as one of its value can be? libconfig
 * wraps what is past 32 bits and says nothing.
 */
static bool
is_written_short(const char *text, const config_setting_t *setting)
{
	const char *name = config_setting_name(setting);
	unsigned line = config_setting_source_line(setting);

	while (line > 1 && text != NULL) {
		text = strchr(text, '\n');
		text = text != NULL ? text + 1 : NULL;
		line--;
	}
	if (text == NULL || (text = find_word(text, name)) == NULL)
		return false;
	text += strspn(text, " \t\n=:");
	return strspn(text, "0123456789") <= NUMBER_DIGITS && text[0] >= '0' &&
	    text[0] <= '9';
}

static bool
set_number(const struct key *key, const config_setting_t *setting,
    const char *text, struct settings *settings)
{
	unsigned *field = (unsigned *)(void *)((char *)settings + key->offset);
	int value;

	if (config_setting_type(setting) != CONFIG_TYPE_INT ||
	    !is_written_short(text, setting))
		return false;
	value = config_setting_get_int(setting);
	if (value < key->min || value > key->max)
		return false;
	*field = (unsigned)value;
	return true;
}

static bool
set(const struct key *key, const config_setting_t *setting, const char *text,
    struct settings *settings)
{
	if (key->size == 0)
		return set_number(key, setting, text, settings);
	return config_setting_type(setting) == CONFIG_TYPE_STRING &&
	    set_text(key, config_setting_get_string(setting), settings);
}

static enum mfa_code
read_settings(const config_t *file, const char *text, const char *path,
    struct settings *settings, struct mfa_error *err)
{
	const config_setting_t *root = config_root_setting(file), *setting;
	const struct key *key;
	int i;

	for (i = 0; i < config_setting_length(root); i++) {
		setting = config_setting_get_elem(root, (unsigned)i);
		key = key_find(config_setting_name(setting));
		if (key == NULL)
			return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
			    "%s:%u: unknown setting \"%.64s\"", path,
			    config_setting_source_line(setting),
			    config_setting_name(setting));
		if (!set(key, setting, text, settings))
			return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
			    "%s:%u: the value of \"%s\" is not within its "
			    "limits",
			    path, config_setting_source_line(setting),
			    key->name);
	}
	return MFA_OK;
}

static enum mfa_code
parse(const char *text, const char *path, struct settings *settings,
    struct mfa_error *err)
{
	_cleanup_(config_destroy) config_t file;

	config_init(&file);
	/* An include opens any path that it names. */
	if (strstr(text, "@include") != NULL)
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
		    "%s: @include is not supported", path);
	if (config_read_string(&file, text) != CONFIG_TRUE)
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
		    "%s:%d: %s", path, config_error_line(&file),
		    config_error_text(&file));
	return read_settings(&file, text, path, settings, err);
}

static enum mfa_code
open_config(const char *path, int *ret_fd, struct mfa_error *err)
{
	static const struct file_trust trust = { 0, 0, S_IWGRP | S_IWOTH };
	enum mfa_code code;

	code = file_open(AT_FDCWD, path, O_RDONLY, &trust, ret_fd, err);
	if (code == MFA_OK || code == MFA_NO_SUCH_ENTITY)
		return code;
	if (err->sys_errno == EACCES)
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, EACCES,
		    "%s must be readable for the endpoint's account (mode "
		    "0644)",
		    path);
	err->code = MFA_INVALID_CONFIGURATION;
	return err->code;
}

enum mfa_code
settings_read(const char *path, bool optional, struct settings *ret,
    struct mfa_error *err)
{
	_cleanup_(freep) char *text = NULL;
	_cleanup_(closep) int fd = -1;
	struct settings settings = defaults;
	enum mfa_code code;
	size_t len;

	code = open_config(path, &fd, err);
	if (code == MFA_NO_SUCH_ENTITY && optional) {
		*ret = settings;
		return MFA_OK;
	}
	if (code == MFA_NO_SUCH_ENTITY)
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
		    "%s: there is no such file", path);
	if (code != MFA_OK)
		return code;
	if (fstat(fd, &settings.seen) == -1)
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, errno,
		    "%s", path);
	if (file_read_text(fd, path, SETTINGS_MAX, &text, &len, err) !=
	    MFA_OK) {
		err->code = MFA_INVALID_CONFIGURATION;
		return err->code;
	}
	if ((code = parse(text, path, &settings, err)) != MFA_OK)
		return code;
	*ret = settings;
	return MFA_OK;
}

bool
settings_is_current(const struct settings *settings, const char *path)
{
	const struct stat *seen = &settings->seen;
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT && seen->st_nlink == 0;
	return st.st_dev == seen->st_dev && st.st_ino == seen->st_ino &&
	    st.st_size == seen->st_size && st.st_mode == seen->st_mode &&
	    st.st_uid == seen->st_uid && st.st_nlink == seen->st_nlink &&
	    st.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == seen->st_mtim.tv_nsec &&
	    st.st_ctim.tv_sec == seen->st_ctim.tv_sec &&
	    st.st_ctim.tv_nsec == seen->st_ctim.tv_nsec;
}
