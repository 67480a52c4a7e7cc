#include <string.h>

#include "policy/pattern.h"

/* Octets before the colon that ends the part at S; all, where there is none. */
static size_t
part_length(const char *s, bool variables)
{
	const char *end;
	size_t n = 0;

	while (s[n] != '\0' && s[n] != ':') {
		end = NULL;
		if (variables && s[n] == '$' && s[n + 1] == '{')
			end = strchr(s + n, '}');
		n = end != NULL ? (size_t)(end - s) + 1 : n + 1;
	}
	return n;
}

bool
arn_split(const char *text, bool variables,
    struct arn_part ret[static ARN_PARTS])
{
	struct arn_part parts[ARN_PARTS];
	size_t i;

	for (i = 0; i < ARN_PARTS - 1; i++) {
		parts[i].text = text;
		parts[i].len = part_length(text, variables);
		text += parts[i].len;
		if (*text++ != ':')
			return false;
	}
	parts[i].text = text;
	parts[i].len = strlen(text);
	if (parts[0].len != 3 || memcmp(parts[0].text, "arn", 3) != 0)
		return false;
	memcpy(ret, parts, sizeof(parts));
	return true;
}
