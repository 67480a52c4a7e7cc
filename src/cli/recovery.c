#include <stdio.h>

#include "cli/call.h"
#include "cli/recovery.h"

enum mfa_code
recovery_call(struct cli *cli, json_t *parameters, json_t **ret_codes,
    struct mfa_error *err)
{
	_cleanup_(json_freep) json_t *result = NULL;
	json_t *codes;
	enum mfa_code code;

	code = call(cli, "CreateRecoveryCodes", parameters, &result, err);
	if (code != MFA_OK)
		return code;
	codes = json_object_get(json_object_get(result, "RecoveryCodes"),
	    "Codes");
	if (json_array_size(codes) == 0)
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		    "the endpoint's answer has no codes in it");
	*ret_codes = json_incref(codes);
	return MFA_OK;
}

/* A code is letters, digits and hyphens; anything else is not printed. */
static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

void
recovery_show(FILE *out, const json_t *codes)
{
	const char *text;
	json_t *code;
	size_t i;

	fprintf(out,
	    "\nRecovery codes. Earlier ones are no good any more.\n\n");
	json_array_foreach ((json_t *)codes, i, code) {
		text = json_string_value(code);
		if (text != NULL && is_printable(text))
			fprintf(out, "    %s\n", text);
	}
	fprintf(out,
	    "\nThey are shown this once only. Type one in place of an MFA "
	    "code;\neach is good once. Keep them apart from your MFA "
	    "devices.\n");
}

int
recovery_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	_cleanup_(json_freep) json_t *codes = NULL;
	struct mfa_error err = { 0 };

	if (!cli->terminal || cli->format_given)
		return operation_call(cli, command, args);
	if (recovery_call(cli, args->parameters, &codes, &err) != MFA_OK)
		return call_report(command->operation, &err);
	recovery_show(stdout, codes);
	return cli_finish_output();
}
