#include "cli/doctor/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_TIMEOUT	30

/* Makes AT and the LEN - 1 octets after it blanks. */
static char *
blank(char *at, size_t len)
{
	memset(at, ' ', len);
	return at + len;
}

static char *
skip_text(char *at)
{
	for (at++; *at != '\0' && *at != '"'; at++)
		if (*at == '\\' && at[1] != '\0')
			at++;
	return *at != '\0' ? at + 1 : at;
}

/* Comments of libconfig: #, // and those of C; none begins in a text. */
static void
blank_comments(char *text)
{
	char *at = text, *end;

	while (*at != '\0') {
		if (*at == '"') {
			at = skip_text(at);
		} else if (*at == '#' || (at[0] == '/' && at[1] == '/')) {
			at = blank(at, strcspn(at, "\n"));
		} else if (at[0] == '/' && at[1] == '*') {
			end = strstr(at + 2, "*/");
			at = blank(at,
			    end != NULL ? (size_t)(end + 2 - at) : strlen(at));
		} else {
			at++;
		}
	}
}

/* What follows "NAME =" or "NAME :", or NULL. */
static char *
find(char *text, const char *name)
{
	size_t len = strlen(name);
	char *at = text, *value;
	bool begins = true;

	for (; *at != '\0'; at++) {
		if (*at == '"') {
			at = skip_text(at) - 1;
			begins = false;
			continue;
		}
		value = at + len;
		if (begins && strncmp(at, name, len) == 0) {
			value += strspn(value, " \t\r\n");
			if (*value == '=' || *value == ':')
				return value + 1;
		}
		begins = *at == ';' || isspace((unsigned char)*at);
	}
	return NULL;
}

/* The texts up to the list's end, or one text. */
static void
read_list(char *text, const char *name, struct settings_list *ret)
{
	char *at = find(text, name), *end;

	if (at == NULL)
		return;
	ret->count = 0;
	while (ret->count < SETTINGS_NAMES) {
		at += strcspn(at, "\";)]");
		if (*at != '"')
			break;
		end = skip_text(at);
		(void)snprintf(ret->names[ret->count++], SETTINGS_SIZE, "%.*s",
		    (int)(end - at > 2 ? end - at - 2 : 0), at + 1);
		at = end;
	}
}

void
settings_read(char *text, struct settings *ret)
{
	struct settings_list words = { 0 };
	const char *timeout;

	*ret = (struct settings){ .key_timeout = KEY_TIMEOUT };
	ret->account_services.count = 1;
	strcpy(ret->account_services.names[0], "sshd");
	blank_comments(text);
	read_list(text, "account_services", &ret->account_services);
	read_list(text, "ssh_verified_keys", &ret->ssh_verified_keys);
	read_list(text, "password_services", &ret->password_services);
	read_list(text, "single_factor_ok", &ret->single_factor_ok);
	read_list(text, "user_verification", &words);
	ret->uv_required = words.count > 0 &&
	    strcmp(words.names[0], "required") == 0;
	if ((timeout = find(text, "key_timeout")) != NULL)
		ret->key_timeout = (unsigned)strtoul(timeout, NULL, 10);
}

bool
settings_list_has(const struct settings_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (strcmp(list->names[i], name) == 0)
			return true;
	return false;
}
