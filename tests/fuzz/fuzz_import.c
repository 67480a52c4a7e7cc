/*
 * A file of another module: the first octet says of which, and whether it is
 * one user's or everybody's; the rest is the file. What pam_u2f's and
 * ssh-keygen's forms hold is read as the endpoint reads it.
 */
#include <string.h>

#include "base/text.h"
#include "cli/import.h"
#include "fido/ssh_private.h"
#include "fido/u2f_keys.h"
#include "tests/fuzz/fuzz.h"

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 1000;

static const char *
member(const json_t *device, const char *name)
{
	return json_string_value(json_object_get(device, name));
}

static void
check_credential(const struct fido_credential *c, enum mfa_code code,
    const struct mfa_error *err)
{
	must(code == MFA_OK || code == MFA_INVALID_INPUT);
	must(code == MFA_OK || err->detail[0] != '\0');
	if (code != MFA_OK)
		return;
	must(c->id_len > 0 && c->id_len <= sizeof(c->id));
	must(c->key_len == (c->algorithm == FIDO_ES256 ? 64U : 32U));
	must(c->rp_id[0] != '\0' && c->certificate_len == 0);
	must(c->format == FIDO_NONE || c->format == FIDO_U2F);
	fuzz_accepted = true;
}

static void
check_device(const json_t *device)
{
	struct fido_credential credential;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	must(member(device, "DeviceName") != NULL);
	if (member(device, "SSHPrivateKey") != NULL) {
		code = ssh_private_parse(member(device, "SSHPrivateKey"),
		    &credential, &err);
		check_credential(&credential, code, &err);
	} else if (member(device, "KeyHandle") != NULL) {
		must(member(device, "PublicKey") != NULL &&
		    member(device, "RpId") != NULL);
		code = u2f_keys_parse(member(device, "KeyHandle"),
		    member(device, "PublicKey"), member(device, "KeyType"),
		    member(device, "RpId"), &credential, &err);
		check_credential(&credential, code, &err);
	} else {
		must(member(device, "Base32StringSeed") != NULL);
		must(json_integer_value(json_object_get(device, "Period")) > 0);
		fuzz_accepted = true;
	}
}

static void
check(const struct import_list *list)
{
	size_t i;

	must(!list->failed);
	for (i = 0; i < list->n; i++) {
		const struct import_item *item = &list->items[i];

		must(item->line > 0 && item->user[0] != '\0');
		must((item->device == NULL) == (item->text[0] != '\0'));
		must(item->device == NULL || !item->is_part);
		if (item->device != NULL)
			check_device(item->device);
	}
}

/* As import_read() gives it: text, and what is none as '?'. */
static char *
copy(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);
	size_t i;

	must(text != NULL);
	for (i = 0; i < len; i++)
		text[i] = (data[i] >= ' ' && data[i] <= '~') ||
		    (data[i] != '\0' && strchr("\t\r\n", data[i]) != NULL)
		    ? (char)data[i] : '?';
	text[len] = '\0';
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct import_from from = { "alice", NULL, "pam://here", "pam://app" };
	struct import_list list = { 0 };
	char *text;

	fuzz_accepted = false;
	if (len == 0)
		return 0;
	text = copy(data + 1, len - 1);
	if (data[0] >= 'A' && data[0] <= 'Z')
		from.owner = NULL;
	switch (data[0]) {
	case 'g':
		import_google(text, &from, &list);
		break;
	case 'o':
	case 'O':
		import_oath(text, &from, &list);
		break;
	case 'u':
	case 'U':
		import_u2f(text, &from, &list);
		break;
	}
	check(&list);
	import_list_clear(&list);
	free(text);
	return 0;
}
