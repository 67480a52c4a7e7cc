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
#include "store/device.h"

#define NUMBER_DIGITS 9 /* always within 32 bits */
#define AAGUID_LENGTH 36 /* as text, with hyphens */
#define SERVICE \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz0123456789._@+:-"

static const struct settings defaults = {
	.account = "000000000000",
	.prompt = "MFA code: ",
	.denied = "The sign-in was not accepted. Wait for the next code and "
		  "try again, or ask your administrator.",
	.prompt_timeout = 300,
	.conversations = 1024,
	.conversations_per_user = 32,
	.user_conversations = 8,
	.rp_id = "awsmfa",
	.key_timeout = 30,
	.user_verification = USER_VERIFICATION_DISCOURAGED,
	.local_services = { 4,
		{ "login", "gdm-password", "lightdm", "sddm" } },
	.account_services = { 1, { "sshd" } },
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

/* None, or a file by its whole path. */
static bool
is_roots(const char *s)
{
	return s[0] == '\0' || (s[0] == '/' && is_line(s));
}

/* A name that a file in /etc/pam.d can have. */
static bool
is_service(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len < SERVICE_NAME_SIZE && s[0] != '.' &&
	    strspn(s, SERVICE) == len;
}

/* What may be set. */
struct key {
	const char *name;
	bool (*set)(const struct key *, const config_setting_t *,
	    const char *text, struct settings *);
	size_t offset; /* of a char[] or an unsigned */
	size_t size; /* of the char[] */
	bool (*is_valid)(const char *); /* what may be in it */
	int min, max; /* what the unsigned may be */
};

static bool
set_text(const struct key *key, const config_setting_t *setting,
    const char *text, struct settings *settings)
{
	const char *value = config_setting_get_string(setting);

	(void)text;
	if (value == NULL || strlen(value) >= key->size ||
	    !key->is_valid(value))
		return false;
	strcpy((char *)settings + key->offset, value);
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
 * Is SETTING's number in TEXT decimal, and as short as one of its value can be?
 * libconfig wraps what is past 32 bits, 0x10000003c too, and says nothing.
 */
static bool
is_written_short(const char *text, const config_setting_t *setting)
{
	const char *name = config_setting_name(setting);
	unsigned line = config_setting_source_line(setting);
	size_t digits;

	while (line > 1 && text != NULL) {
		text = strchr(text, '\n');
		text = text != NULL ? text + 1 : NULL;
		line--;
	}
	if (text == NULL || (text = find_word(text, name)) == NULL)
		return false;
	text += strspn(text, " \t\n=:");
	digits = strspn(text, "0123456789");
	return digits > 0 && digits <= NUMBER_DIGITS && !is_word(text[digits]);
}

/* A number from MIN to MAX. */
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
set_verification(const struct key *key, const config_setting_t *setting,
    const char *text, struct settings *settings)
{
	static const char *const names[] = {
		[USER_VERIFICATION_DISCOURAGED] = "discouraged",
		[USER_VERIFICATION_PREFERRED] = "preferred",
		[USER_VERIFICATION_REQUIRED] = "required",
	};
	const char *value = config_setting_get_string(setting);
	size_t i;

	(void)key;
	(void)text;
	for (i = 0; value != NULL && i < sizeof(names) / sizeof(names[0]);
	     i++) {
		if (strcmp(names[i], value) == 0) {
			settings->user_verification = (enum user_verification)i;
			return true;
		}
	}
	return false;
}

/* Is SETTING a list of at most MAX texts? */
static bool
is_list(const config_setting_t *setting, int max)
{
	int i, count;

	if (!config_setting_is_list(setting) &&
	    !config_setting_is_array(setting))
		return false;
	count = config_setting_length(setting);
	for (i = 0; i < count; i++) {
		if (config_setting_get_string_elem(setting, i) == NULL)
			return false;
	}
	return count <= max;
}

/* xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx */
static bool
parse_aaguid(const char *text, uint8_t ret[static FIDO_AAGUID_SIZE])
{
	char digits[2 * FIDO_AAGUID_SIZE + 1];
	size_t i, n = 0;

	if (strlen(text) != AAGUID_LENGTH)
		return false;
	for (i = 0; i < AAGUID_LENGTH; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
		} else {
			digits[n++] = text[i];
		}
	}
	digits[n] = '\0';
	return text_unhex(ret, FIDO_AAGUID_SIZE, digits);
}

static bool
set_aaguids(const struct key *key, const config_setting_t *setting,
    const char *text, struct settings *settings)
{
	int i, count;

	(void)key;
	(void)text;
	if (!is_list(setting, AAGUIDS_MAX))
		return false;
	count = config_setting_length(setting);
	for (i = 0; i < count; i++) {
		if (!parse_aaguid(config_setting_get_string_elem(setting, i),
			settings->aaguids[i]))
			return false;
	}
	settings->aaguid_count = (size_t)count;
	return true;
}

static bool
set_services(const struct key *key, const config_setting_t *setting,
    const char *text, struct settings *settings)
{
	struct service_list *list =
	    (struct service_list *)(void *)((char *)settings + key->offset);
	const char *service;
	int i, count;

	(void)text;
	if (!is_list(setting, SERVICES_MAX))
		return false;
	count = config_setting_length(setting);
	for (i = 0; i < count; i++) {
		service = config_setting_get_string_elem(setting, i);
		if (!is_service(service))
			return false;
		strcpy(list->names[i], service);
	}
	list->count = (size_t)count;
	return true;
}

static bool
set_keys_for_remote(const struct key *key, const config_setting_t *setting,
    const char *text, struct settings *settings)
{
	(void)key;
	(void)text;
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		return false;
	settings->keys_for_remote = config_setting_get_bool(setting) ==
	    CONFIG_TRUE;
	return true;
}

#define TEXT(name, field, is_valid)					\
	{ name, set_text, offsetof(struct settings, field),		\
	    sizeof(defaults.field), is_valid, 0, 0 }
#define NUMBER(name, field, min, max)					\
	{ name, set_number, offsetof(struct settings, field), 0, NULL,	\
	    min, max }
#define SERVICES(name, field)						\
	{ name, set_services, offsetof(struct settings, field), 0,	\
	    NULL, 0, 0 }
#define OTHER(name, set)						\
	{ name, set, 0, 0, NULL, 0, 0 }

static const struct key keys[] = {
	TEXT("account_id", account, text_is_account),
	TEXT("issuer", issuer, is_line),
	TEXT("prompt", prompt, is_prompt),
	TEXT("denied_message", denied, is_line),
	NUMBER("prompt_timeout", prompt_timeout, 10, 300),
	NUMBER("max_conversations", conversations, 1, 4096),
	NUMBER("max_conversations_per_user", conversations_per_user, 1, 4096),
	NUMBER("max_user_conversations", user_conversations, 1, 4096),
	TEXT("rp_id", rp_id, device_is_rp_id),
	NUMBER("key_timeout", key_timeout, 5, 120),
	OTHER("user_verification", set_verification),
	TEXT("attestation_roots", attestation_roots, is_roots),
	OTHER("allowed_aaguids", set_aaguids),
	SERVICES("local_services", local_services),
	SERVICES("account_services", account_services),
	SERVICES("ssh_verified_keys", ssh_verified_keys),
	SERVICES("password_services", password_services),
	SERVICES("single_factor_ok", single_factor_ok),
	OTHER("keys_for_remote", set_keys_for_remote),
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
		if (!key->set(key, setting, text, settings))
			return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
			    "%s:%u: the value of \"%s\" is not within its "
			    "limits",
			    path, config_setting_source_line(setting),
			    key->name);
	}
	/* Without a signature it is what any key may say of itself. */
	if (settings->aaguid_count > 0 &&
	    settings->attestation_roots[0] == '\0')
		return mfa_error_set(err, MFA_INVALID_CONFIGURATION, 0,
		    "%s: allowed_aaguids without attestation_roots", path);
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

enum mfa_code
settings_open(const char *path, int *ret_fd, struct mfa_error *err)
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

	code = settings_open(path, &fd, err);
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
settings_has_service(const struct service_list *list, const char *service)
{
	size_t i;

	for (i = 0; service != NULL && i < list->count; i++) {
		if (strcmp(list->names[i], service) == 0)
			return true;
	}
	return false;
}

bool
settings_is_current(const struct settings *settings, const char *path)
{
	return file_is_current(&settings->seen, path);
}
