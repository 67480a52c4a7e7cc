#include <stdint.h>
#include <string.h>

#include "fido/base64.h"
#include "fido/ssh_key.h"
#include "fido/ssh_wire.h"
#include "mfa/ssh_info.h"
#include "store/ledger.h"

#define METHOD_KEY	"publickey"
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* The two methods that sshd has PAM's stack serve, as whole lines. */
static const char *const pam_methods[] = {
	"keyboard-interactive/pam",
	"password",
};

/* Where a line is in SSH_AUTH_INFO_0; nothing ends it but its length. */
struct line {
	const char *at;
	size_t len;
};

static enum mfa_code
refuse(struct mfa_error *err, const char *why)
{
	return mfa_error_set(err, MFA_ACCESS_DENIED, 0, "%s", why);
}

/* Splits off the first line. What ends the last one may be missing. */
static bool
next_line(const char **rest, struct line *ret)
{
	if (**rest == '\0')
		return false;
	ret->at = *rest;
	ret->len = strcspn(*rest, "\n");
	*rest += ret->len;
	if (**rest == '\n')
		(*rest)++;
	return true;
}

/* Can sshd have written it? Nothing empty, no controls, no end of spaces. */
static bool
is_sound(const struct line *line)
{
	size_t i;

	if (line->len == 0 || line->at[0] == ' ' ||
	    line->at[line->len - 1] == ' ')
		return false;
	for (i = 0; i < line->len; i++) {
		if ((unsigned char)line->at[i] < ' ' || line->at[i] == 0x7f)
			return false;
	}
	return true;
}

static bool
are_sound(const char *lines)
{
	struct line line;
	size_t count = 0;

	while (next_line(&lines, &line)) {
		if (!is_sound(&line) || ++count > SSH_INFO_LINES_MAX)
			return false;
	}
	return true;
}

static bool
is_line(const struct line *line, const char *text)
{
	return line->len == strlen(text) &&
	    memcmp(line->at, text, line->len) == 0;
}

/*
 * The key of a line "publickey TYPE BASE64", and no words after these, as text
 * of its own. False where the line is another.
 */
static bool
key_of(const struct line *line, char ret[static SSH_KEY_TEXT_MAX + 1])
{
	const size_t prefix = strlen(METHOD_KEY " ");
	size_t len = line->len - prefix;
	const char *space;

	if (line->len <= prefix ||
	    memcmp(line->at, METHOD_KEY " ", prefix) != 0 ||
	    len > SSH_KEY_TEXT_MAX)
		return false;
	memcpy(ret, line->at + prefix, len);
	ret[len] = '\0';
	space = strchr(ret, ' ');
	return space != NULL && strchr(space + 1, ' ') == NULL;
}

/* The user's device with the key of LINE, or NULL. */
static const struct device *
device_of(const struct device_list *devices, const struct line *line)
{
	char text[SSH_KEY_TEXT_MAX + 1];
	struct fido_credential key;
	struct mfa_error ignored;
	size_t i;

	if (!key_of(line, text) ||
	    ssh_key_parse_line(text, &key, &ignored) != MFA_OK)
		return NULL;
	for (i = 0; i < devices->count; i++) {
		if (devices->devices[i]->credential != NULL &&
		    ssh_key_is_same(devices->devices[i]->credential, &key))
			return devices->devices[i];
	}
	return NULL;
}

/* Are the octets of KEY anywhere in BLOB? */
static bool
has_key(const uint8_t *blob, size_t len, const struct fido_credential *key)
{
	size_t i;

	for (i = 0; i + key->key_len <= len; i++) {
		if (memcmp(blob + i, key->key, key->key_len) == 0)
			return true;
	}
	return false;
}

/*
 * Has LINE a key that is not KEY: neither itself, nor its certificate, nor the
 * same octets as a key of another type or for another application?
 */
static bool
is_other_key(const struct line *line, const struct fido_credential *key)
{
	char text[SSH_KEY_TEXT_MAX + 1];
	uint8_t blob[SSH_KEY_INPUT_MAX];
	struct ssh_octets rest, type;
	char *space;
	size_t len;

	if (!key_of(line, text) || (space = strchr(text, ' ')) == NULL)
		return false;
	*space = '\0';
	if (!base64_decode(space + 1, blob, sizeof(blob), &len))
		return false;
	rest = (struct ssh_octets){ blob, len };
	return ssh_take_string(&rest, &type) && ssh_octets_is(&type, text) &&
	    rest.len > 0 && !has_key(blob, len, key);
}

static bool
is_pam_method(const struct line *line)
{
	size_t i;

	for (i = 0; i < COUNT(pam_methods); i++) {
		if (is_line(line, pam_methods[i]))
			return true;
	}
	return false;
}

/* Is there more than DEVICE's key? */
static bool
has_other_factor(const struct settings *settings, const struct ssh_info *info,
    const struct device *device)
{
	bool password = settings_has_service(&settings->password_services,
	    info->service);
	const char *rest = info->lines;
	struct line line;

	if (settings_has_service(&settings->single_factor_ok, info->service) ||
	    (password && info->in_stack))
		return true;
	while (next_line(&rest, &line)) {
		if (is_other_key(&line, device->credential) ||
		    (password && is_pam_method(&line)))
			return true;
	}
	return false;
}

bool
ssh_info_is_wanted(const struct settings *settings, const char *service)
{
	return settings_has_service(&settings->ssh_verified_keys, service);
}

enum mfa_code
ssh_info_judge(const struct settings *settings,
    const struct device_list *devices, const struct ssh_info *info,
    const struct device **ret_device, struct mfa_error *err)
{
	const struct device *device, *found = NULL;
	const char *rest = info->lines;
	struct line line;

	if (!ssh_info_is_wanted(settings, info->service))
		return refuse(err, "the service is not in ssh_verified_keys");
	if (!are_sound(info->lines))
		return refuse(err, "SSH_AUTH_INFO_0 is not as sshd writes it");
	while (next_line(&rest, &line)) {
		if ((device = device_of(devices, &line)) == NULL)
			continue;
		found = device;
		if (has_other_factor(settings, info, device)) {
			*ret_device = device;
			return MFA_OK;
		}
	}
	return refuse(err,
	    found != NULL
		? "the SSH key that sshd verified would be the only factor"
		: "no SSH key that sshd verified is a device of the user's");
}

/* The device was used, and there is no counter to judge. */
static enum mfa_code
record(const struct mfa_context *ctx, const struct host_user *user,
    const struct device *device, struct mfa_error *err)
{
	_cleanup_(ledger_freep) struct ledger *ledger = NULL;
	struct ledger_device *entry;
	enum mfa_code code;

	code = ledger_open_enrolled(ctx->store, user, &ledger, err);
	if (code != MFA_OK)
		return code;
	code = ledger_find_enrolled(ledger_record(ledger), user, device, &entry,
	    err);
	if (code != MFA_OK)
		return code;
	entry->last_used = ctx->world->now(ctx->world->ctx);
	return ledger_commit(ledger, err);
}

enum mfa_code
ssh_info_verify(const struct mfa_context *ctx, const struct host_user *user,
    const struct device_list *devices, const struct ssh_info *info,
    struct proof *ret_proof, struct mfa_error *err)
{
	const struct device *device = NULL;
	enum mfa_code code;

	code = ssh_info_judge(ctx->settings, devices, info, &device, err);
	if (code != MFA_OK)
		return code;
	if ((code = record(ctx, user, device, err)) != MFA_OK)
		return code;
	*ret_proof = proof_of_device(device);
	return MFA_OK;
}
