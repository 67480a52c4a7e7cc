#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/wizard.h"

#define CHOICES_MAX	9	/* one more than a user can have devices */

static const char *
text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text != NULL ? text : "-";
}

/* The user's devices; the list is the caller's. */
static bool
fetch(struct wizard *w, json_t **ret_list)
{
	_cleanup_(arguments_clear) struct arguments args = { 0 };
	_cleanup_(json_freep) json_t *result = NULL;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	args.parameters = json_pack("{s:s}", "UserName", w->user);
	code = call_pages(w->cli, command_find("list-mfa-devices"), &args,
	    &result, &err);
	call_close(w->cli);
	if (code != MFA_OK) {
		wizard_complain(w, &err);
		return false;
	}
	*ret_list = json_incref(json_object_get(result, "MFADevices"));
	return true;
}

static void
show(struct wizard *w, const json_t *list)
{
	json_t *device;
	size_t i;

	if (json_array_size(list) == 0)
		terminal_print(&w->terminal, "\n%s has no MFA device.\n",
		    w->user);
	json_array_foreach ((json_t *)list, i, device)
		terminal_print(&w->terminal,
		    "\n  %zu  %s (%s)\n     %s\n"
		    "     assigned %s, last used %s\n",
		    i + 1, text_of(device, "DeviceName"),
		    text_of(device, "Type"), text_of(device, "SerialNumber"),
		    text_of(device, "EnableDate"), text_of(device, "LastUsed"));
}

void
wizard_list(struct wizard *w)
{
	_cleanup_(json_freep) json_t *list = NULL;

	if (fetch(w, &list))
		show(w, list);
}

/* Which device; NULL where there is none, or none was chosen. */
static const json_t *
choose_device(struct wizard *w, json_t **ret_list)
{
	char choices[CHOICES_MAX + 2] = "";
	size_t i, n;
	char choice;

	if (!fetch(w, ret_list))
		return NULL;
	show(w, *ret_list);
	n = json_array_size(*ret_list);
	if (n == 0)
		return NULL;
	for (i = 0; i < n && i < CHOICES_MAX; i++)
		choices[i] = (char)('1' + i);
	choices[i] = 'q';
	choices[i + 1] = '\0';
	terminal_print(&w->terminal, "\n  q  Back\n\n");
	choice = wizard_choose(w, "Which device: ", choices);
	if (choice < '1' || choice > '9')
		return NULL;
	return json_array_get(*ret_list, (size_t)(choice - '1'));
}

void
wizard_resync(struct wizard *w)
{
	_cleanup_(json_freep) json_t *list = NULL;
	const json_t *device = choose_device(w, &list);

	if (device == NULL)
		return;
	if (strcmp(text_of(device, "Type"), "security-key") == 0) {
		terminal_print(&w->terminal,
		    "\nA security key shows no codes and has no clock: there "
		    "is nothing to resync.\n");
		return;
	}
	wizard_explain(w);
	if (wizard_codes(w, "ResyncMFADevice", text_of(device, "SerialNumber"),
		NULL))
		terminal_print(&w->terminal, "\nMFA device resynced.\n");
}

/* Deactivates, and deletes what is virtual, as the console's Remove does. */
static void
remove_device(struct wizard *w, const json_t *device)
{
	const char *serial = text_of(device, "SerialNumber");
	_cleanup_(json_freep) json_t *result = NULL;
	_cleanup_(json_freep) json_t *deleted = NULL;
	struct mfa_error err = { 0 };
	enum mfa_code code;

	code = wizard_call(w, "DeactivateMFADevice",
	    json_pack("{s:s, s:s}", "UserName", w->user, "SerialNumber",
		serial),
	    &result, &err);
	if (code == MFA_OK && strcmp(text_of(device, "Type"), "virtual") == 0)
		code = wizard_call(w, "DeleteVirtualMFADevice",
		    json_pack("{s:s}", "SerialNumber", serial), &deleted, &err);
	if (code != MFA_OK)
		wizard_complain(w, &err);
	else
		terminal_print(&w->terminal, "\nMFA device removed.\n");
}

void
wizard_remove(struct wizard *w)
{
	_cleanup_(json_freep) json_t *list = NULL;
	const json_t *device = choose_device(w, &list);
	const char *name;
	char prompt[TERMINAL_LINE_SIZE];

	if (device == NULL)
		return;
	name = json_object_get(device, "DeviceName") != NULL
	    ? text_of(device, "DeviceName")
	    : text_of(device, "SerialNumber");
	if (json_array_size(list) == 1)
		terminal_print(&w->terminal,
		    "\nIt is the last MFA device of %s, who will not get in "
		    "where MFA is needed.\nRecovery codes go with it; assign "
		    "the next device first.\n",
		    w->user);
	(void)snprintf(prompt, sizeof(prompt), "Remove %s from %s (y, n)? ",
	    name, w->user);
	if (wizard_choose(w, prompt, "yn") == 'y')
		remove_device(w, device);
}
