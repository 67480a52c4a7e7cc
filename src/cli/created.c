#include <stdlib.h>
#include <string.h>

#include "cli/call.h"
#include "cli/created.h"
#include "cli/qr.h"

#define GROUP	4	/* characters of a seed that people read at once */

void
created_clear(struct created *created)
{
	explicit_bzero(created, sizeof(*created));
}

/* Copies MEMBER's text where it is one of the printable ASCII and fits. */
static bool
copy_text(const json_t *object, const char *member, char *ret, size_t size)
{
	const char *text = json_string_value(json_object_get(object, member));
	size_t i, len;

	if (text == NULL || (len = strlen(text)) >= size || len == 0)
		return false;
	for (i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	memcpy(ret, text, len + 1);
	return true;
}

static bool
read_created(const json_t *result, struct created *ret)
{
	const json_t *device = json_object_get(result, "VirtualMFADevice");

	return copy_text(device, "SerialNumber", ret->serial,
		   sizeof(ret->serial)) &&
	    copy_text(device, "Base32StringSeed", ret->base32.text,
		sizeof(ret->base32.text)) &&
	    copy_text(device, "OtpauthUri", ret->uri.text,
		sizeof(ret->uri.text));
}

enum mfa_code
created_call(struct cli *cli, json_t *parameters, struct created *ret,
    struct mfa_error *err)
{
	_cleanup_(created_clear) struct created created = { 0 };
	_cleanup_(json_freep) json_t *result = NULL;
	enum mfa_code code;

	code = call(cli, "CreateVirtualMFADevice", parameters, &result, err);
	if (code != MFA_OK)
		return code;
	if (!read_created(result, &created))
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		    "the endpoint's answer has no device in it");
	copy_text(parameters, "UserName", created.user, sizeof(created.user));
	*ret = created;
	return MFA_OK;
}

enum mfa_code
created_delete(struct cli *cli, const struct created *created,
    struct mfa_error *err)
{
	_cleanup_(json_freep) json_t *parameters = NULL;
	_cleanup_(json_freep) json_t *result = NULL;

	parameters = json_pack("{s:s}", "SerialNumber", created->serial);
	if (parameters == NULL)
		return mfa_error_set(err, MFA_SERVICE_UNAVAILABLE, 0,
		    "out of memory");
	return call(cli, "DeleteVirtualMFADevice", parameters, &result, err);
}

void
created_show(FILE *out, const struct created *created, const char *next)
{
	struct mfa_error err = { 0 };
	size_t i;

	fprintf(out,
	    "\nSerial number: %s\n"
	    "Scan the QR code with an authenticator app, or type this key "
	    "into it:\n\n    ",
	    created->serial);
	for (i = 0; created->base32.text[i] != '\0'; i++)
		fprintf(out, "%s%c", i > 0 && i % GROUP == 0 ? " " : "",
		    created->base32.text[i]);
	fprintf(out, "\n\nThey are shown this once only. %s\n", next);
	if (qr_print_text(out, &created->uri, qr_style_of(getenv("TERM")),
		&err) != MFA_OK)
		cli_warn("no QR code: %s", mfa_error_text(&err));
}
