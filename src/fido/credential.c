#include <string.h>

#include "fido/credential.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const algorithms[] = {
	[FIDO_ES256] = "ES256",
	[FIDO_EDDSA] = "EdDSA",
};

static const char *const formats[] = {
	[FIDO_PACKED] = "packed",
	[FIDO_U2F] = "fido-u2f",
	[FIDO_SSH] = "ssh",
	[FIDO_NONE] = "none",
};

/* The index of NAME among COUNT names, or COUNT. */
static size_t
find(const char *const *names, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			break;
	return i;
}

const char *
fido_algorithm_name(enum fido_algorithm algorithm)
{
	/* Not a name that can be read back. */
	if ((size_t)algorithm >= COUNT(algorithms))
		return "unknown";
	return algorithms[algorithm];
}

bool
fido_algorithm_parse(const char *name, enum fido_algorithm *ret)
{
	size_t i = find(algorithms, COUNT(algorithms), name);

	if (i == COUNT(algorithms))
		return false;
	*ret = (enum fido_algorithm)i;
	return true;
}

const char *
fido_format_name(enum fido_format format)
{
	if ((size_t)format >= COUNT(formats))
		return "unknown";
	return formats[format];
}

bool
fido_format_parse(const char *name, enum fido_format *ret)
{
	size_t i = find(formats, COUNT(formats), name);

	if (i == COUNT(formats))
		return false;
	*ret = (enum fido_format)i;
	return true;
}
