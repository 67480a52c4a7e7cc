#include <string.h>

#include "cli/cli.h"

static bool
is_given(const struct arguments *args, const char *member)
{
	return json_object_get(args->parameters, member) != NULL;
}

/* A key has no serial number before it is enrolled, and shows no codes. */
static enum mfa_code
check_for_key(const struct command *command, const struct arguments *args,
    struct mfa_error *err)
{
	static const char *const of_codes[] = { "SerialNumber",
		"AuthenticationCode1", "AuthenticationCode2" };
	const struct option_spec *spec;
	size_t i;

	for (spec = command->options; spec->name != NULL; spec++) {
		for (i = 0; i < sizeof(of_codes) / sizeof(of_codes[0]); i++) {
			if (strcmp(spec->member, of_codes[i]) == 0 &&
			    is_given(args, spec->member))
				return mfa_error_set(err, MFA_INVALID_INPUT, 0,
				    "--%s: not with --type security-key, "
				    "which is enabled by a tap",
				    spec->name);
		}
	}
	if (!is_given(args, "DeviceName"))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the following argument is required with --type "
		    "security-key: --device-name");
	return MFA_OK;
}

static enum mfa_code
check_for_codes(const struct arguments *args, struct mfa_error *err)
{
	if (is_given(args, "DeviceName"))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--device-name: only with --type security-key; other "
		    "devices have a name already");
	if (!is_given(args, "SerialNumber"))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "the following argument is required: --serial-number (or "
		    "--type security-key)");
	return MFA_OK;
}

int
enable_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	bool is_key = is_given(args, "Type");
	struct mfa_error err;
	enum mfa_code code;

	code = is_key ? check_for_key(command, args, &err)
		      : check_for_codes(args, &err);
	if (code != MFA_OK)
		return help_usage_error(command, &err);
	return is_key ? operation_call(cli, command, args)
		      : operation_run(cli, command, args);
}
