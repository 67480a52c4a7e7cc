#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static const struct {
	const char *name;
	const char *text;
} codes[] = {
#define X(code, name, text) [code] = { name, text },
	MFA_CODES(X)
#undef X
};

#define CODES_COUNT (sizeof(codes) / sizeof(codes[0]))

enum mfa_code
mfa_error_set(struct mfa_error *err, enum mfa_code code, int sys_errno,
    const char *fmt, ...)
{
	const char *reason;
	size_t len;
	va_list ap;

	err->code = code;
	err->sys_errno = sys_errno;
	va_start(ap, fmt);
	(void)vsnprintf(err->detail, sizeof(err->detail), fmt, ap);
	va_end(ap);
	if (sys_errno == 0)
		return code;
	/* strerror(3) is neither thread-safe nor free of the locale. */
	if ((reason = strerrordesc_np(sys_errno)) == NULL)
		reason = "unknown error";
	len = strlen(err->detail);
	(void)snprintf(err->detail + len, sizeof(err->detail) - len, ": %s",
	    reason);
	return code;
}

const char *
mfa_code_name(enum mfa_code code)
{
	if ((size_t)code >= CODES_COUNT)
		code = MFA_SERVICE_FAILURE;
	return codes[code].name;
}

const char *
mfa_code_text(enum mfa_code code)
{
	if ((size_t)code >= CODES_COUNT)
		code = MFA_SERVICE_FAILURE;
	return codes[code].text;
}

const char *
mfa_error_text(const struct mfa_error *err)
{
	return err->detail[0] != '\0' ? err->detail : mfa_code_text(err->code);
}

enum mfa_code
mfa_code_from_name(const char *name)
{
	size_t i;

	for (i = 0; i < CODES_COUNT; i++) {
		if (strcmp(name, codes[i].name) == 0)
			return (enum mfa_code)i;
	}
	return MFA_SERVICE_FAILURE;
}
