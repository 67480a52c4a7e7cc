#include <string.h>

#include "policy/keys.h"

/*
 * Every key with the prefix "pam:". Those with "aws:" are Amazon's: a document
 * may name any of them, and one that a host knows nothing of is absent.
 */
static const struct {
	const char *name;
	bool many;
} pam_keys[] = {
	{ "pam:Groups", true },
	{ "pam:MfaDeviceCount", false },
	{ "pam:MfaDeviceType", false },
	{ "pam:Service", false },
	{ "pam:SessionRemote", false },
	{ "pam:Tty", false },
};

static char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
ascii_equal(const char *a, const char *b, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	}
	return true;
}

bool
keys_are_one(const char *a, const char *b)
{
	size_t len = strlen(a);

	return len == strlen(b) && ascii_equal(a, b, len);
}

/* Letters, digits, and what stands in names like "aws:PrincipalTag/a-b". */
static bool
is_name(const char *name)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz"
				  "0123456789"
				  "_-./+=@:";

	return name[0] != '\0' && strspn(name, set) == strlen(name);
}

enum mfa_code
key_check(struct reader *reader, const char *name, bool single)
{
	size_t i;

	if (strlen(name) > 4 && ascii_equal(name, "aws:", 4) &&
	    is_name(name + 4))
		return MFA_OK;
	if (strlen(name) < 4 || !ascii_equal(name, "pam:", 4))
		return reader_refuse(reader,
		    "\"%.40s\" is no condition key: they begin with \"aws:\" "
		    "or \"pam:\"",
		    name);
	for (i = 0; i < sizeof(pam_keys) / sizeof(pam_keys[0]); i++) {
		if (!keys_are_one(name, pam_keys[i].name))
			continue;
		if (single && pam_keys[i].many)
			return reader_refuse(reader,
			    "%s has more than one value, and can't be put "
			    "into a text",
			    pam_keys[i].name);
		return MFA_OK;
	}
	return reader_refuse(reader, "there is no condition key \"%.40s\"",
	    name);
}

bool
policy_is_key(const char *name)
{
	struct mfa_error ignored;
	struct reader reader = { .err = &ignored };

	return key_check(&reader, name, false) == MFA_OK;
}

const struct policy_key *
key_find(const struct policy_request *request, const char *name)
{
	size_t i;

	for (i = 0; i < request->key_count; i++) {
		if (request->keys[i].count > 0 &&
		    keys_are_one(request->keys[i].name, name))
			return &request->keys[i];
	}
	return NULL;
}
