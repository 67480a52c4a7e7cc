/* sudo: who is never asked, or never again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/pam_service.h"
#include "cli/doctor/run.h"

#define SERVICE	"sudo"

/* The value of the option NAME in one object of "Options", or NULL. */
static const json_t *
option(const json_t *of, const char *name)
{
	const json_t *one, *found = NULL;
	size_t i;

	json_array_foreach (json_object_get(of, "Options"), i, one)
		if (json_object_get(one, name) != NULL)
			found = json_object_get(one, name);
	return found;
}

/* A name of "alice", "%sudo" from {"username": ...} or {"usergroup": ...}. */
static void
name_of(const json_t *who, char *ret, size_t size)
{
	const char *user = json_string_value(json_object_get(who, "username"));
	const char *group = json_string_value(
	    json_object_get(who, "usergroup"));

	if (user != NULL)
		(void)snprintf(ret, size, "%s", user);
	else if (group != NULL)
		(void)snprintf(ret, size, "%%%s", group);
	else
		(void)snprintf(ret, size, "someone");
}

/* Is it root alone, whom sudo asks for nothing? */
static bool
is_root(const json_t *users)
{
	const char *name = json_string_value(
	    json_object_get(json_array_get(users, 0), "username"));

	return json_array_size(users) == 1 && name != NULL &&
	    strcmp(name, "root") == 0;
}

static void
check_rule(struct doctor *d, const json_t *rule)
{
	const json_t *users = json_object_get(rule, "User_List"), *commands;
	char name[128];
	size_t i;

	if (is_root(users))
		return;
	name_of(json_array_get(users, 0), name, sizeof(name));
	json_array_foreach (json_object_get(rule, "Cmnd_Specs"), i, commands)
		if (json_is_false(option(commands, "authenticate")))
			doctor_find(d, FINDING_SUDO_NOPASSWD, d->host->sudoers,
			    0,
			    "a rule of %s%s has NOPASSWD: sudo asks for no "
			    "code there",
			    name,
			    json_array_size(users) > 1 ? " and others" : "");
}

static void
check_service(struct doctor *d, const json_t *value)
{
	const char *name = json_string_value(value);
	struct pam_case c;

	if (name == NULL || !pam_case_open(d, name, &c))
		return;
	if (!pam_has_ours(&c.service.phases[PAM_PHASE_AUTH]))
		doctor_find(d, FINDING_SUDO_SERVICE, c.path, 0,
		    "sudoers has sudo read this file, which has no line of "
		    "pam_awsmfa.so in auth");
	pam_case_close(&c);
}

static void
check_defaults(struct doctor *d, const json_t *defaults)
{
	static const char *const others[] = { "rootpw", "targetpw", "runaspw" };
	static const char *const services[] = { "pam_service",
		"pam_login_service", "pam_askpass_service" };
	const json_t *timeout = option(defaults, "timestamp_timeout");
	const char *file = d->host->sudoers, *exempt;
	size_t i;

	if (json_is_string(timeout) &&
	    strtod(json_string_value(timeout), NULL) < 0)
		doctor_find(d, FINDING_SUDO_NEVER_AGAIN, file, 0,
		    "timestamp_timeout is negative: who has given a code once "
		    "is not asked again until the host starts anew");
	if (json_is_false(option(defaults, "authenticate")))
		doctor_find(d, FINDING_SUDO_NOPASSWD, file, 0,
		    "Defaults has \"!authenticate\": sudo asks for no code");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (json_is_true(option(defaults, others[i])))
			doctor_find(d, FINDING_SUDO_TARGET, file, 0,
			    "Defaults has %s: the code is that of the other "
			    "user, and not of who runs sudo",
			    others[i]);
	exempt = json_string_value(option(defaults, "exempt_group"));
	if (exempt != NULL && exempt[0] != '\0')
		doctor_find(d, FINDING_SUDO_NOPASSWD, file, 0,
		    "Defaults has exempt_group: sudo asks who is in %s for no "
		    "code",
		    exempt);
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		check_service(d, option(defaults, services[i]));
}

static void
check_all(struct doctor *d, const json_t *sudoers)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(sudoers, "Defaults"), i, one)
		check_defaults(d, one);
	json_array_foreach (json_object_get(sudoers, "User_Specs"), i, one)
		check_rule(d, one);
}

/* Where agents are tapped, is one shown to sudo's modules? */
static bool
keeps_agent(const json_t *sudoers)
{
	const json_t *one, *word;
	size_t i, k;

	json_array_foreach (json_object_get(sudoers, "Defaults"), i, one)
		json_array_foreach (option(one, "env_keep"), k, word)
			if (json_is_string(word) &&
			    strcmp(json_string_value(word), "SSH_AUTH_SOCK") ==
				0)
				return true;
	return false;
}

static json_t *
ask_cvtsudoers(const struct doctor *d)
{
	const char *const argv[] = { d->host->cvtsudoers, "-f", "json",
		d->host->sudoers, NULL };
	_cleanup_(freep) char *text = NULL;

	if (!run_program(d->host->root, argv, &text))
		return NULL;
	return json_loads(text, 0, NULL);
}

void
doctor_sudo(struct doctor *d)
{
	json_t *sudoers;
	struct pam_case c;
	bool ours;

	if (!pam_case_open(d, SERVICE, &c))
		return;
	ours = c.service.found &&
	    pam_has_ours(&c.service.phases[PAM_PHASE_AUTH]);
	pam_case_close(&c);
	if (!ours)
		return;
	if ((sudoers = ask_cvtsudoers(d)) == NULL) {
		doctor_find(d, FINDING_SUDO_UNKNOWN, d->host->sudoers, 0,
		    "cvtsudoers(1) does not say what the file has");
		return;
	}
	d->agent_is_hidden = !keeps_agent(sudoers);
	check_all(d, sudoers);
	json_decref(sudoers);
}
