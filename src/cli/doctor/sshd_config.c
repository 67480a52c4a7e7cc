#include "cli/doctor/sshd_config.h"

#include <ctype.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* One of the lists of methods that lead in, "publickey,password". */
static void
add_list(const char *text, const char *list, size_t len, struct sshd_ways *ret)
{
	bool prompts = has_word(list, len, ",", "keyboard-interactive") ||
	    has_word(list, len, ",", "keyboard-interactive:pam");
	bool password = has_word(list, len, ",", "password");
	bool key = has_word(list, len, ",", "publickey") ||
	    has_word(list, len, ",", "hostbased") ||
	    has_word(list, len, ",", "gssapi-with-mic");

	prompts = prompts && is_on(text, "kbdinteractiveauthentication");
	password = password && is_on(text, "passwordauthentication");
	ret->prompts |= prompts;
	ret->password |= password;
	ret->keys_alone |= key && !prompts && !password;
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
	    is_on(text, "gssapiauthentication");
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
	for (at = 0; at < len; at += n + 1) {
		n = strcspn(value + at, " \n");
		if (n > len - at)
			n = len - at;
		if (n > 0)
			add_list(text, value + at, n, ret);
	}
}

/* Who is in GROUP: one of them. */
static const char *
member_of(const char *group)
{
	const struct group *entry = getgrnam(group);

	return entry != NULL ? entry->gr_mem[0] : NULL;
}

/* Leaves the first of the patterns in WORD; false: it matches more than one. */
static bool
literal(char *word)
{
	word[strcspn(word, ",/")] = '\0';
	return word[0] != '\0' && word[strcspn(word, "*?!")] == '\0';
}

bool
sshd_connection(const char *criteria, char *ret, size_t size)
{
	const char *user = "nobody", *host = "host.invalid";
	const char *addr = "192.0.2.1";
	char copy[256], *rest = copy, *name, *value;

	(void)snprintf(copy, sizeof(copy), "%s", criteria);
	while ((name = strsep(&rest, BLANK)) != NULL) {
		if (*name == '\0')
			continue;
		if (strcasecmp(name, "all") == 0)
			continue;
		do {
			value = strsep(&rest, BLANK);
		} while (value != NULL && *value == '\0');
		if (value == NULL || !literal(value))
			return false;
		if (strcasecmp(name, "user") == 0)
			user = value;
		else if (strcasecmp(name, "group") == 0)
			user = member_of(value);
		else if (strcasecmp(name, "host") == 0)
			host = value;
		else if (strcasecmp(name, "address") == 0)
			addr = value;
		else
			return false;
		if (user == NULL)
			return false;
	}
	return (size_t)snprintf(ret, size, "user=%s,host=%s,addr=%s", user,
		   host, addr) < size;
}
