#include "cli/doctor/sshd_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/person.h"

#define BLANK	" \t"

const char *
sshd_option(const char *text, const char *name, size_t *ret_len)
{
	size_t len = strlen(name);

	for (; text != NULL && *text != '\0'; text++) {
		if (strncasecmp(text, name, len) == 0 && text[len] == ' ') {
			text += len + strspn(text + len, BLANK);
			*ret_len = strcspn(text, "\n");
			return text;
		}
		if ((text = strchr(text, '\n')) == NULL)
			break;
	}
	return NULL;
}

/* Is WORD one of those of the LEN octets at TEXT that END separates? */
static bool
has_word(const char *text, size_t len, const char *ends, const char *word)
{
	size_t at, n;

	for (at = 0; at < len; at += n + 1) {
		n = strcspn(text + at, ends);
		if (n > len - at)
			n = len - at;
		if (n == strlen(word) && strncmp(text + at, word, n) == 0)
			return true;
	}
	return false;
}

bool
sshd_option_has(const char *text, const char *name, const char *word)
{
	size_t len = 0;
	const char *value = sshd_option(text, name, &len);

	return value != NULL && has_word(value, len, " ", word);
}

static bool
is_on(const char *text, const char *name)
{
	return sshd_option_has(text, name, "yes");
}

/* Has the LIST a method that sshd verifies by itself? */
static bool
has_key(const char *list, size_t len)
{
	static const char *const methods[] = { "publickey", "hostbased",
		"gssapi-with-mic", "gssapi-keyex" };
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (has_word(list, len, ",", methods[i]))
			return true;
	return false;
}

/* sshd tries a password as one of Kerberos first, without PAM. */
static bool
is_kerberos_tried(const char *text)
{
	return is_on(text, "passwordauthentication") &&
	    is_on(text, "kerberosauthentication");
}

/* One of the lists of methods that lead in, "publickey,password". */
static void
add_list(const char *text, const char *list, size_t len, struct sshd_ways *ret)
{
	bool prompts = has_word(list, len, ",", "keyboard-interactive") ||
	    has_word(list, len, ",", "keyboard-interactive:pam");
	bool password = has_word(list, len, ",", "password");
	bool kerberos = password && is_kerberos_tried(text);
	bool key = has_key(list, len);

	ret->wants_keys &= !prompts && !password;
	prompts = prompts && is_on(text, "kbdinteractiveauthentication");
	password = password && is_on(text, "passwordauthentication");
	ret->prompts |= prompts;
	ret->password |= password;
	ret->keys_alone |= !prompts && (kerberos || (key && !password));
	ret->prompts_alone |= (prompts || password) && !key;
}

/* Without AuthenticationMethods each method leads in by itself. */
static void
add_all(const char *text, struct sshd_ways *ret)
{
	ret->prompts = is_on(text, "kbdinteractiveauthentication");
	ret->password = is_on(text, "passwordauthentication");
	ret->prompts_alone = ret->prompts || ret->password;
	ret->keys_alone = is_on(text, "pubkeyauthentication") ||
	    is_on(text, "hostbasedauthentication") ||
	    is_on(text, "gssapiauthentication") || is_kerberos_tried(text);
}

void
sshd_ways_read(const char *text, struct sshd_ways *ret)
{
	const char *value;
	size_t len = 0, at, n;

	*ret = (struct sshd_ways){ 0 };
	value = sshd_option(text, "authenticationmethods", &len);
	if (value == NULL || has_word(value, len, " ", "any")) {
		add_all(text, ret);
		return;
	}
	ret->wants_keys = true;
	for (at = 0; at < len; at += n + 1) {
		n = strcspn(value + at, " \n");
		if (n > len - at)
			n = len - at;
		if (n > 0)
			add_list(text, value + at, n, ret);
	}
}

/* Leaves the first of the patterns in WORD; false: it matches more than one. */
static bool
literal(char *word)
{
	word[strcspn(word, ",/")] = '\0';
	return word[0] != '\0' && word[strcspn(word, "*?!")] == '\0';
}

/* What a connection is like, of which sshd asks all. */
struct connection {
	char	user[128];
	char	host[128];
	char	addr[128];
};

static enum sshd_whom
set_user_of(const char *root, const char *group, struct connection *ret)
{
	struct person person;

	if (!person_find_in(root, group, &person))
		return SSHD_WHOM_NOBODY;
	(void)snprintf(ret->user, sizeof(ret->user), "%s", person.name);
	return SSHD_WHOM_ONE;
}

/* One criterion: NAME and the patterns in VALUE, which it changes. */
static enum sshd_whom
set(const char *root, const char *name, char *value, struct connection *ret)
{
	if (!literal(value))
		return SSHD_WHOM_UNKNOWN;
	if (strcasecmp(name, "group") == 0)
		return set_user_of(root, value, ret);
	if (strcasecmp(name, "user") == 0)
		(void)snprintf(ret->user, sizeof(ret->user), "%s", value);
	else if (strcasecmp(name, "host") == 0)
		(void)snprintf(ret->host, sizeof(ret->host), "%s", value);
	else if (strcasecmp(name, "address") == 0)
		(void)snprintf(ret->addr, sizeof(ret->addr), "%s", value);
	else
		return SSHD_WHOM_UNKNOWN;
	return SSHD_WHOM_ONE;
}

/* Splits the next word off *REST; NULL at the end. */
static char *
next_word(char **rest)
{
	char *word;

	do {
		word = strsep(rest, BLANK);
	} while (word != NULL && *word == '\0');
	return word;
}

enum sshd_whom
sshd_connection(const char *root, const char *criteria, char *ret, size_t size)
{
	struct connection c = { "nobody", "host.invalid", "192.0.2.1" };
	char copy[256], *rest = copy, *name, *value;
	enum sshd_whom whom = SSHD_WHOM_ONE;

	(void)snprintf(copy, sizeof(copy), "%s", criteria);
	while (whom == SSHD_WHOM_ONE && (name = next_word(&rest)) != NULL) {
		if (strcasecmp(name, "all") == 0)
			continue;
		value = next_word(&rest);
		whom = value != NULL ? set(root, name, value, &c)
				     : SSHD_WHOM_UNKNOWN;
	}
	if (whom == SSHD_WHOM_ONE &&
	    (size_t)snprintf(ret, size, "user=%s,host=%s,addr=%s", c.user,
		c.host, c.addr) >= size)
		whom = SSHD_WHOM_UNKNOWN;
	return whom;
}
