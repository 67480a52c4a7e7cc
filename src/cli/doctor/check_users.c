/*
 * The endpoint is asked whether its settings are valid, and who has no device
 * where one is needed.
 */
#include <grp.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>

#include "cli/doctor/pam_list.h"
#include "cli/doctor/pam_service.h"
#include "cli/doctor/person.h"
#include "cli/doctor/root.h"

#define ADMINS		"sudo"	/* Debian's group of those */
#define UID_PEOPLE	1000
#define UID_END		60000
#define PEOPLE_MAX	1000	/* that are asked for */
#define TOLD_MAX	20	/* one by one */

struct survey {
	struct doctor	*d;
	unsigned	asked;
	unsigned	bare;		/* without a device */
	unsigned	admins;
	unsigned	bare_admins;
	bool		has_agent_key;	/* one is tapped by way of an agent */
	bool		failed;
};

/* Does a service deny who has no device? */
static bool
is_needed(struct doctor *d, const char *name)
{
	const struct pam_entry *ours;
	const char *unenrolled;
	struct pam_case c;
	bool needed;

	if (!pam_case_open(d, name, &c))
		return false;
	ours = pam_first_of_ours(&c.service.phases[PAM_PHASE_AUTH]);
	unenrolled = ours != NULL ? pam_entry_argument(ours, "unenrolled")
				  : NULL;
	needed = ours != NULL && c.service.found &&
	    (unenrolled == NULL || strcmp(unenrolled, "deny") == 0);
	pam_case_close(&c);
	return needed;
}

/* The first service that denies who has no device; false: none. */
static bool
find_service(struct doctor *d, char *ret, size_t size)
{
	const struct pam_places places = { d->host->root, d->host->pam,
		d->host->pam_vendor };
	struct pam_list list;
	bool found = false;
	size_t i;

	if (!pam_list_read(&places, &list)) {
		d->no_memory = true;
		return false;
	}
	for (i = 0; i < list.count && !found; i++) {
		found = is_needed(d, list.names[i]);
		if (found)
			(void)snprintf(ret, size, "%s", list.names[i]);
	}
	pam_list_clear(&list);
	return found;
}

/* Calls OPERATION about the members of PARAMETERS, which it takes; or NULL. */
static json_t *
ask(const struct survey *s, const char *operation, json_t *parameters)
{
	const struct doctor_host *host = s->d->host;
	struct mfa_error err = { 0 };
	json_t *result = NULL;

	if (parameters != NULL &&
	    host->ask(host->world, operation, parameters, &result, &err) !=
		MFA_OK)
		result = NULL;
	json_decref(parameters);
	return result;
}

/* Is DEVICE a key for SSH, which an agent has? */
static bool
is_for_ssh(const struct survey *s, const json_t *device)
{
	const char *type = json_string_value(json_object_get(device, "Type"));
	json_t *more;
	bool found;

	if (type == NULL || strcmp(type, "security-key") != 0)
		return false;
	more = ask(s, "GetMFADevice",
	    json_pack("{s:O}", "SerialNumber",
		json_object_get(device, "SerialNumber")));
	found = json_object_get(more, "SSHPublicKey") != NULL;
	json_decref(more);
	return found;
}

/* How many devices NAME has, or -1. */
static int
count_devices(struct survey *s, const char *name)
{
	json_t *result, *device;
	int count;
	size_t i;

	result = ask(s, "ListMFADevices", json_pack("{s:s}", "UserName", name));
	if (result == NULL)
		return -1;
	json_array_foreach (json_object_get(result, "MFADevices"), i, device)
		if (s->d->agent_is_hidden && !s->has_agent_key)
			s->has_agent_key = is_for_ssh(s, device);
	count = (int)json_array_size(json_object_get(result, "MFADevices"));
	json_decref(result);
	return count;
}

/* Has root a password, or a key for sshd? Else nobody signs in as root. */
static bool
root_signs_in(const struct doctor *d)
{
	const struct spwd *entry = getspnam("root");
	struct stat st;

	/* An empty one is none that is asked for. */
	if (entry != NULL && entry->sp_pwdp[0] != '!' &&
	    entry->sp_pwdp[0] != '*')
		return true;
	return d->root_by_ssh && root_stat("", d->host->root_keys, &st) &&
	    st.st_size > 0;
}

static bool
is_asked_for(const struct survey *s, const struct person *person)
{
	const struct doctor *d = s->d;

	if (d->group == NULL && person->uid == 0)
		return strcmp(person->name, "root") == 0 && root_signs_in(d);
	if (d->group != NULL)
		return person_is_in(d->host->root, person, d->group);
	return (person->uid >= UID_PEOPLE && person->uid < UID_END &&
		   person_has_shell(person)) ||
	    person_is_in(d->host->root, person, ADMINS);
}

static bool
survey_one(void *world, const struct person *person)
{
	struct survey *s = world;
	const char *group = s->d->group != NULL ? s->d->group : ADMINS;
	bool admin;
	int count;

	if (!is_asked_for(s, person))
		return true;
	if (s->asked == PEOPLE_MAX)
		return false;
	s->asked++;
	count = count_devices(s, person->name);
	if (count < 0) {
		s->failed = true;
		return false;
	}
	admin = person_is_in(s->d->host->root, person, group);
	s->admins += admin;
	if (count > 0)
		return true;
	s->bare_admins += admin;
	if (s->bare++ < TOLD_MAX)
		doctor_find(s->d, FINDING_USER_WITHOUT_DEVICE, "", 0,
		    "%s has no MFA device, and is denied where one is needed",
		    person->name);
	return true;
}

static void
tell(const struct survey *s, const char *service)
{
	struct doctor *d = s->d;

	if (s->failed)
		doctor_find(d, FINDING_USERS_UNKNOWN, "", 0,
		    "the endpoint did not say what devices users have");
	if (s->asked == PEOPLE_MAX)
		doctor_find(d, FINDING_USERS_UNKNOWN, "", 0,
		    "there are more than %d users, of whom the others were not "
		    "looked at: name a group with --group",
		    PEOPLE_MAX);
	if (s->bare > TOLD_MAX)
		doctor_find(d, FINDING_USER_WITHOUT_DEVICE, "", 0,
		    "%u more users have no MFA device", s->bare - TOLD_MAX);
	if (!s->failed && s->admins > 0 && s->admins == s->bare_admins)
		doctor_find(d, FINDING_ADMINS_LOCKED_OUT, "", 0,
		    "nobody in the group %s has an MFA device, and %s denies "
		    "all of them",
		    d->group != NULL ? d->group : ADMINS, service);
	if (s->has_agent_key && d->agent_is_hidden)
		doctor_find(d, FINDING_SUDO_AGENT, d->host->sudoers, 0,
		    "a user has a key for SSH, and env_keep lacks "
		    "SSH_AUTH_SOCK: it can't be tapped for sudo");
}

/* Is the endpoint there, and content with its settings? */
static bool
check_settings(struct doctor *d)
{
	struct mfa_error err = { 0 };
	json_t *parameters = json_object(), *result = NULL;
	enum mfa_code code;

	code = d->host->ask(d->host->world, "GetUser", parameters, &result,
	    &err);
	json_decref(parameters);
	json_decref(result);
	if (code == MFA_INVALID_CONFIGURATION)
		doctor_find(d, FINDING_SETTINGS_INVALID, d->host->conf_folder,
		    0, "every sign-in is denied: %s", mfa_error_text(&err));
	else if (code == MFA_SERVICE_UNAVAILABLE ||
	    code == MFA_SERVICE_FAILURE || code == MFA_ACCESS_DENIED)
		doctor_find(d, FINDING_USERS_UNKNOWN, "", 0,
		    "the endpoint does not answer: %s", mfa_error_text(&err));
	else
		return true;
	return false;
}

void
doctor_users(struct doctor *d)
{
	struct survey survey = { .d = d };
	char service[64];

	if (!doctor_is_live(d) || !check_settings(d) ||
	    !find_service(d, service, sizeof(service)))
		return;
	if (d->group != NULL && getgrnam(d->group) == NULL) {
		doctor_find(d, FINDING_USERS_UNKNOWN, "", 0,
		    "there is no group %s", d->group);
		return;
	}
	person_list(d->host->root, survey_one, &survey);
	tell(&survey, service);
}
