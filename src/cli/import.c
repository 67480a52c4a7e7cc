#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/text.h"
#include "cli/call.h"
#include "cli/import.h"
#include "cli/import_read.h"

#define HOME_MAX	(64 * 1024)		/* octets of a user's file */
#define CENTRAL_MAX	(16 * 1024 * 1024)	/* of everybody's */
#define DEVICES_MAX	64	/* of one user, in one operation */
#define PATH_SIZE	4096
#define SHOWN_SIZE	(4 * PATH_SIZE)	/* escaped */
#define SOURCE_SIZE	(SHOWN_SIZE + 16) /* with a line */
#define ORIGIN_SIZE	254
#define CALL_TIMEOUT	(60 * 1000)	/* milliseconds */

/* A module whose devices can be brought along. */
struct module {
	const char	*name;
	const char	*file;		/* where its devices are */
	mode_t		forbidden;	/* of the file's mode bits */
	bool		one_user;	/* a file has one user's devices */
	void		(*parse)(char *text, const struct import_from *from,
			    struct import_list *list);
};

static const struct module modules[] = {
	{ "google-authenticator", "~/.google_authenticator", 0077, true,
	    import_google },
	{ "oath", "/etc/users.oath", 0077, false, import_oath },
	{ "u2f", "~/.config/Yubico/u2f_keys", 0022, false, import_u2f },
};

struct job {
	struct cli		*cli;
	const struct module	*module;
	const char		*file;	/* with ~, ${HOME} and ${USER} */
	const char		*only;	/* a user; NULL: all */
	const char		*appid;
	const char		*origin;
	char			default_origin[ORIGIN_SIZE];
	bool			apply;
	json_t			*results;	/* owned: devices that are in */
	json_t			*seen;		/* owned: where each seed was */
	size_t			already;
	size_t			left_out;	/* devices */
};

static void
job_clear(struct job *job)
{
	json_decref(job->results);
	json_decref(job->seen);
}

bool
import_is_for(const struct import_from *from, const char *user, unsigned line,
    struct import_list *list)
{
	if (from->owner != NULL && strcmp(from->owner, user) != 0) {
		import_list_leave_part(list, line, from->owner,
		    "a line of another user, %s, in this one's file", user);
		return false;
	}
	return from->only == NULL || strcmp(from->only, user) == 0;
}

static void
say_left_out(const char *path, unsigned line, const char *user,
    const char *text)
{
	cli_warn("%s:%u: %s: left out: %s", path, line, user, text);
}

/* Is it in a home, where only its user opens it? */
static bool
is_in_home(const char *file)
{
	return file[0] == '~' || strstr(file, "${HOME}") != NULL;
}

static bool
is_per_user(const char *file)
{
	return is_in_home(file) || strstr(file, "${USER}") != NULL;
}

/* FILE with what stands for a user filled in; false where it is too long. */
static bool
expand(const char *file, const struct passwd *pw, char ret[static PATH_SIZE])
{
	const char *value;
	size_t n = 0, skip;
	int len;

	while (*file != '\0') {
		char one[2] = { *file, '\0' };

		value = one;
		skip = 1;
		if (n == 0 && strncmp(file, "~/", 2) == 0) {
			value = pw->pw_dir;
		} else if (strncmp(file, "${HOME}", 7) == 0) {
			value = pw->pw_dir;
			skip = 7;
		} else if (strncmp(file, "${USER}", 7) == 0) {
			value = pw->pw_name;
			skip = 7;
		}
		len = snprintf(ret + n, PATH_SIZE - n, "%s", value);
		if (len < 0 || (size_t)len >= PATH_SIZE - n)
			return false;
		n += (size_t)len;
		file += skip;
	}
	ret[n] = '\0';
	return true;
}

/* What tells one device from another: its seed, or its handle. */
static const char *
identity(const json_t *device)
{
	static const char *const names[] = { "Base32StringSeed", "KeyHandle",
		"SSHPrivateKey" };
	const char *text = NULL;
	size_t i;

	for (i = 0; text == NULL && i < sizeof(names) / sizeof(names[0]); i++)
		text = json_string_value(json_object_get(device, names[i]));
	return text != NULL ? text : "";
}

/* Where the same device was found before, or NULL; else this is noted. */
static const char *
find_same(struct job *job, const char *path, const struct import_item *item)
{
	const char *key = identity(item->device);
	const char *where = json_string_value(json_object_get(job->seen, key));
	char here[SOURCE_SIZE];

	if (where == NULL) {
		(void)snprintf(here, sizeof(here), "%s:%u", path, item->line);
		(void)json_object_set_new(job->seen, key, json_string(here));
	}
	return where;
}

/* The indices of LIST's devices, by user, in the order in which they come. */
static json_t *
group_by_user(struct job *job, const char *path, const struct import_list *list)
{
	json_t *users = json_object(), *indices;
	const struct import_item *item;
	const char *where;
	size_t i;

	for (i = 0; i < list->n; i++) {
		item = &list->items[i];
		if (item->device == NULL)
			continue;
		indices = json_object_get(users, item->user);
		if ((where = find_same(job, path, item)) != NULL ||
		    json_array_size(indices) >= DEVICES_MAX) {
			say_left_out(path, item->line, item->user,
			    where != NULL ? "the same device as an earlier "
					    "line's"
					  : "too many devices");
			job->left_out++;
			continue;
		}
		if (indices == NULL) {
			indices = json_array();
			(void)json_object_set_new(users, item->user, indices);
		}
		(void)json_array_append_new(indices,
		    json_integer((json_int_t)i));
	}
	return users;
}

static void
take_result(struct job *job, const char *path, const struct import_item *item,
    const json_t *result)
{
	const char *name = json_string_value(json_object_get(result, "Code"));
	const char *text = json_string_value(
	    json_object_get(result, "Message"));
	char source[SOURCE_SIZE];

	if (name != NULL && json_is_true(json_object_get(result, "Owned"))) {
		job->already++;
		cli_warn("%s:%u: %s: imported already: %s", path, item->line,
		    item->user, text != NULL ? text : name);
		return;
	}
	if (name != NULL) {
		job->left_out++;
		cli_warn("%s:%u: %s: left out: %s: %s", path, item->line,
		    item->user, name, text != NULL ? text : "");
		return;
	}
	(void)snprintf(source, sizeof(source), "%s:%u", path, item->line);
	(void)json_array_append_new(job->results,
	    json_pack("{s:s, s:O, s:s}", "UserName", item->user, "SerialNumber",
		json_object_get(result, "SerialNumber"), "Source", source));
}

/* The devices of one user, in one operation; an exit status. */
static int
send_user(struct job *job, const char *path, const struct import_list *list,
    const char *user, const json_t *indices)
{
	_cleanup_(json_freep) json_t *parameters = NULL, *result = NULL;
	struct mfa_error err = { 0 };
	json_t *index, *devices, *got;
	const struct import_item *item;
	enum mfa_code code;
	size_t i;

	parameters = json_pack("{s:s, s:[], s:b}", "UserName", user, "Devices",
	    "DryRun", !job->apply);
	devices = json_object_get(parameters, "Devices");
	json_array_foreach ((json_t *)indices, i, index)
		(void)json_array_append(devices,
		    list->items[json_integer_value(index)].device);
	code = call_patiently(job->cli, "ImportDevices", parameters,
	    CALL_TIMEOUT, &result, &err);
	if (code != MFA_OK && !job->cli->answered)
		return call_report("ImportDevices", &err);
	got = json_object_get(result, "Devices");
	json_array_foreach ((json_t *)indices, i, index) {
		item = &list->items[json_integer_value(index)];
		if (code == MFA_OK) {
			take_result(job, path, item, json_array_get(got, i));
			continue;
		}
		job->left_out++;
		cli_warn("%s:%u: %s: left out: %s: %s", path, item->line,
		    item->user, mfa_code_name(code), mfa_error_text(&err));
	}
	return CLI_OK;
}

static int
send_list(struct job *job, const char *path, const struct import_list *list)
{
	_cleanup_(json_freep) json_t *users = NULL;
	const struct import_item *item;
	const char *user;
	json_t *indices;
	int status = CLI_OK;
	size_t i;

	for (i = 0; i < list->n; i++) {
		item = &list->items[i];
		if (item->device != NULL)
			continue;
		say_left_out(path, item->line, item->user, item->text);
		job->left_out += !item->is_part;
	}
	users = group_by_user(job, path, list);
	json_object_foreach (users, user, indices) {
		status = send_user(job, path, list, user, indices);
		if (status != CLI_OK)
			break;
	}
	return status;
}

/* One file, whose OWNER may be NULL; an exit status. */
static int
import_file(struct job *job, const struct import_reader *reader,
    const char *path, const char *owner)
{
	_cleanup_(import_content_clear) struct import_content content = { 0 };
	_cleanup_(import_list_clear) struct import_list list = { 0 };
	const struct import_from from = { owner, job->only, job->origin,
		job->appid };
	char shown[SHOWN_SIZE];
	struct mfa_error err = { 0 };
	enum mfa_code code;

	/* JSON has no octets that are no UTF-8. */
	text_sanitise(shown, sizeof(shown), path);
	code = import_read(reader, path, &content, &err);
	if (code == MFA_NO_SUCH_ENTITY && owner != NULL && job->only == NULL)
		return CLI_OK;
	if (code != MFA_OK) {
		cli_warn("%s: left out: %s", shown,
		    code == MFA_NO_SUCH_ENTITY ? "it is not there"
					       : mfa_error_text(&err));
		job->left_out++;
		return CLI_OK;
	}
	job->module->parse(content.text, &from, &list);
	if (list.failed) {
		cli_warn("%s: out of memory", shown);
		return CLI_OTHER;
	}
	return send_list(job, shown, &list);
}

static int
import_user(struct job *job, const struct passwd *pw)
{
	struct import_reader reader = { .forbidden = job->module->forbidden,
		.max = HOME_MAX };
	struct mfa_error err = { 0 };
	char path[PATH_SIZE];
	enum mfa_code code;

	code = is_in_home(job->file) ? import_reader_set(&reader, pw->pw_name,
					   pw->pw_uid, pw->pw_gid, &err)
				     : MFA_OK;
	if (code == MFA_OK && !expand(job->file, pw, path))
		code = mfa_error_set(&err, MFA_INVALID_INPUT, 0,
		    "the path of %s's file is too long", pw->pw_name);
	if (code == MFA_OK)
		return import_file(job, &reader, path, pw->pw_name);
	cli_warn("%s: left out: %s", pw->pw_name, mfa_error_text(&err));
	job->left_out++;
	return CLI_OK;
}

/* Everybody whom the host can list. */
static int
import_everybody(struct job *job)
{
	const struct passwd *pw;
	int status = CLI_OK;

	setpwent();
	while (status == CLI_OK && (pw = getpwent()) != NULL)
		status = import_user(job, pw);
	endpwent();
	return status;
}

static int
import_all(struct job *job)
{
	const struct import_reader root = {
		.forbidden = job->module->forbidden,
		.max = CENTRAL_MAX,
	};
	const struct passwd *pw;

	if (!is_per_user(job->file))
		return import_file(job, &root, job->file,
		    job->module->one_user ? job->only : NULL);
	if (job->only == NULL)
		return import_everybody(job);
	if ((pw = getpwnam(job->only)) == NULL) {
		cli_warn("there is no user %s", job->only);
		return CLI_FAILED;
	}
	return import_user(job, pw);
}

static int
finish(struct job *job, const struct command *command)
{
	size_t done = json_array_size(job->results);
	_cleanup_(json_freep) json_t *result = NULL;
	int status;

	result = json_pack("{s:b, s:O}", "DryRun", !job->apply, "Devices",
	    job->results);
	status = cli_print(job->cli, command, result);
	if (status != CLI_OK)
		return status;
	cli_warn("%zu %s, %zu imported already, %zu left out", done,
	    job->apply ? "imported" : "would be imported", job->already,
	    job->left_out);
	if (!job->apply && done > 0)
		cli_warn("nothing was changed; --apply does it");
	return job->left_out > 0 ? CLI_UNFIT : CLI_OK;
}

static enum mfa_code
set_origin(struct job *job, const struct arguments *args, struct mfa_error *err)
{
	char host[ORIGIN_SIZE - sizeof("pam://")];

	job->origin = arguments_text(args, "origin");
	job->appid = arguments_text(args, "appid");
	if ((job->origin != NULL || job->appid != NULL) &&
	    strcmp(job->module->name, "u2f") != 0)
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--origin and --appid go with --from u2f");
	if (gethostname(host, sizeof(host)) < 0)
		return mfa_error_set(err, MFA_INVALID_INPUT, errno,
		    "the host's name");
	host[sizeof(host) - 1] = '\0';
	(void)snprintf(job->default_origin, sizeof(job->default_origin),
	    "pam://%s", host);
	if (job->origin == NULL)
		job->origin = job->default_origin;
	if (job->appid == NULL)
		job->appid = job->origin;
	return MFA_OK;
}

static enum mfa_code
set_job(struct job *job, const struct arguments *args, struct mfa_error *err)
{
	const char *from = arguments_text(args, "from");
	bool all = arguments_flag(args, "all");

	for (job->module = modules; strcmp(job->module->name, from) != 0;)
		job->module++;
	job->only = arguments_text(args, "user-name");
	job->apply = arguments_flag(args, "apply");
	job->file = arguments_text(args, "file");
	if (job->file == NULL)
		job->file = job->module->file;
	if (all == (job->only != NULL))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "one of --user-name and --all is required");
	if (job->module->one_user && all && !is_per_user(job->file))
		return mfa_error_set(err, MFA_INVALID_INPUT, 0,
		    "--file: with --all it must have ~, ${HOME} or ${USER}");
	job->results = json_array();
	job->seen = json_object();
	return set_origin(job, args, err);
}

int
import_run(struct cli *cli, const struct command *command,
    struct arguments *args)
{
	_cleanup_(job_clear) struct job job = { .cli = cli };
	struct mfa_error err = { 0 };
	int status;

	if (set_job(&job, args, &err) != MFA_OK)
		return help_usage_error(command, &err);
	if (geteuid() != 0) {
		mfa_error_set(&err, MFA_ACCESS_DENIED, 0,
		    "this is for root alone");
		return call_report("ImportDevices", &err);
	}
	if ((status = import_all(&job)) != CLI_OK)
		return status;
	return finish(&job, command);
}
