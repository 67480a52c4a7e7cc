#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/import.h"

#define SSH_HEADER	"-----BEGIN OPENSSH PRIVATE KEY-----"
#define FIELDS		4 /* handle, key, type, options */

/* The file that ssh-keygen wrote, as it is: the endpoint reads it. */
static void
take_ssh_key(const char *text, const struct import_from *from,
    struct import_list *list)
{
	const char *user = from->owner != NULL ? from->owner : from->only;

	if (user == NULL)
		import_list_leave(list, 1, "-",
		    "a key for SSH does not say whose it is: name a user");
	else
		import_list_add(list, 1, user,
		    json_pack("{s:s, s:s}", "DeviceName", "u2f",
			"SSHPrivateKey", text));
}

/* What pam_u2f asked of this key alone, and is a setting of all keys here. */
static void
leave_options(const char *options, unsigned line, const char *user,
    struct import_list *list)
{
	if (strstr(options, "+pin") != NULL ||
	    strstr(options, "+verification") != NULL)
		import_list_leave_part(list, line, user,
		    "that the key asks for its PIN: the setting "
		    "user_verification is for all keys");
}

/* HANDLE,KEY or HANDLE,KEY,TYPE,OPTIONS */
static void
take_key(char *text, unsigned line, const char *user,
    const struct import_from *from, struct import_list *list)
{
	char *fields[FIELDS] = { NULL };
	const char *rp_id = from->origin;
	json_t *device;
	size_t n = 0;

	while (n < FIELDS && text != NULL)
		fields[n++] = strsep(&text, ",");
	if (n < 2 || text != NULL) {
		import_list_leave(list, line, user, "not a key of pam_u2f's");
		return;
	}
	if (strcmp(fields[0], "*") == 0) {
		import_list_leave(list, line, user,
		    "a key that keeps its own handle is not supported: enable "
		    "it by a tap");
		return;
	}
	if (n == 2)
		rp_id = from->appid;
	device = json_pack("{s:s, s:s, s:s, s:s}", "DeviceName", "u2f", "RpId",
	    rp_id, "KeyHandle", fields[0], "PublicKey", fields[1]);
	if (device != NULL && n > 2)
		(void)json_object_set_new(device, "KeyType",
		    json_string(fields[2]));
	import_list_add(list, line, user, device);
	if (fields[3] != NULL)
		leave_options(fields[3], line, user, list);
}

/* USER:KEY:KEY... */
static void
take_line(char *text, unsigned line, const struct import_from *from,
    struct import_list *list)
{
	char *user, *key;

	text[strcspn(text, "\r")] = '\0';
	if (*text == '\0' || *text == '#')
		return;
	user = strsep(&text, ":");
	if (text == NULL || !text_is_user_name(user)) {
		import_list_leave(list, line, "-", "not a line of u2f_keys");
		return;
	}
	if (!import_is_for(from, user, line, list))
		return;
	while ((key = strsep(&text, ":")) != NULL) {
		if (*key != '\0')
			take_key(key, line, user, from, list);
	}
}

/*
 * Of several lines of a user pam_u2f takes the last one, whatever is in it;
 * another user's, in this one's file, is none.
 */
static void
keep_last_lines(struct import_list *list)
{
	json_t *last = json_object();
	struct import_item *item;
	size_t i;

	for (i = 0; i < list->n; i++) {
		item = &list->items[i];
		if (!item->is_part)
			(void)json_object_set_new(last, item->user,
			    json_integer(item->line));
	}
	for (i = 0; i < list->n; i++) {
		item = &list->items[i];
		if (item->device == NULL ||
		    json_integer_value(json_object_get(last, item->user)) ==
			item->line)
			continue;
		json_decref(item->device);
		item->device = NULL;
		(void)snprintf(item->text, sizeof(item->text),
		    "a later line of this user is the one in use");
	}
	json_decref(last);
}

void
import_u2f(char *text, const struct import_from *from, struct import_list *list)
{
	unsigned line;
	char *next;

	if (strncmp(text, SSH_HEADER, strlen(SSH_HEADER)) == 0) {
		take_ssh_key(text, from, list);
		return;
	}
	for (line = 1; (next = strsep(&text, "\n")) != NULL; line++)
		take_line(next, line, from, list);
	keep_last_lines(list);
}
