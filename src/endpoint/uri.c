#include <stdio.h>
#include <unistd.h>

#include "endpoint/uri.h"
#include "otp/otpauth.h"

enum mfa_code
uri_make(const struct settings *settings, const struct host_user *user,
    const struct device *device, struct secret_text *ret_uri,
    struct mfa_error *err)
{
	const char *issuer = settings->issuer;
	char account[USER_NAME_MAX + sizeof("@") + 64];
	char host[65] = "";

	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(account, sizeof(account), "%s@%s", user->name, host);
	return otpauth_format(issuer[0] != '\0' ? issuer : host, account,
	    &device->otp, &device->seed, ret_uri, err);
}
