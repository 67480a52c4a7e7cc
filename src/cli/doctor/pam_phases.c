/* Our lines in account and session, and what all of them have as arguments. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/doctor/pam_service.h"

static bool
has_unenrolled(const struct pam_case *c, const char *value)
{
	const struct pam_entry *ours = pam_first_of_ours(
	    &c->service.phases[PAM_PHASE_AUTH]);
	const char *is = ours != NULL ? pam_entry_argument(ours, "unenrolled")
				      : NULL;

	return is != NULL && strcmp(is, value) == 0;
}

/* Do users enrol in it, which they do in account? */
static bool
enrols(const struct pam_case *c)
{
	return has_unenrolled(c, "enroll") || has_unenrolled(c, "enroll-open");
}

/* MODULE above our first line in session: with ARGUMENT, unless NULL. */
static const struct pam_entry *
find_above(const struct pam_stack *stack, const char *module,
    const char *argument)
{
	const struct pam_entry *ours = pam_first_of_ours(stack), *entry;
	const char *value;

	for (entry = stack->entries; ours != NULL && entry < ours; entry++) {
		if (!pam_entry_is(entry, module))
			continue;
		if (argument == NULL)
			return entry;
		value = pam_entry_argument(entry, argument);
		if (value != NULL && strcmp(value, "0") != 0)
			return entry;
	}
	return NULL;
}

/* Who has no device is let through auth: does a later phase see to it? */
static void
check_enrolment(const struct pam_case *c, bool account, bool session)
{
	const struct pam_entry *ours = pam_first_of_ours(
	    &c->service.phases[PAM_PHASE_AUTH]);

	if (account && session && enrols(c))
		doctor_find(c->d, FINDING_ENROLL_UNATTENDED, ours->file,
		    ours->line,
		    "unenrolled=%s in auth of %s, and pam_awsmfa.so is "
		    "required neither in account nor in session: whoever has "
		    "no device is let in without one",
		    pam_entry_argument(ours, "unenrolled"), c->name);
}

/*
 * A line of ours in PHASE that is passed over, or none. LAST: no later phase
 * denies who has come round it with an expired password.
 */
static void
check_phase(const struct pam_case *c, enum pam_phase phase, bool last)
{
	const struct pam_stack *stack = &c->service.phases[phase];
	struct pam_verdict verdict;

	if (!pam_has_ours(stack)) {
		if (phase == PAM_PHASE_ACCOUNT && enrols(c))
			doctor_find(c->d, FINDING_ACCOUNT_ABSENT, c->path, 0,
			    "no line of pam_awsmfa.so in account of %s: nobody "
			    "can enrol there",
			    c->name);
		else if (phase == PAM_PHASE_SESSION)
			doctor_find(c->d, FINDING_SESSION_ABSENT, c->path, 0,
			    "no line of pam_awsmfa.so in session of %s: a "
			    "login's MFA is not remembered, and what sshd has "
			    "verified is not judged",
			    c->name);
		return;
	}
	if (!pam_judge_ours(stack, PAM_WORLD_DENIED,
		phase == PAM_PHASE_ACCOUNT && last, &verdict))
		c->d->no_memory = true;
	else if (verdict.lets_in)
		pam_case_blame(c, phase, &verdict);
}

static void
check_session(const struct pam_case *c)
{
	const struct pam_stack *session = &c->service.phases[PAM_PHASE_SESSION];
	const struct pam_entry *ours = pam_first_of_ours(session), *env;

	if (ours == NULL)
		return;
	env = find_above(session, "pam_env.so", "user_readenv");
	if (env != NULL &&
	    settings_list_has(&c->settings.ssh_verified_keys, c->name))
		doctor_find(c->d, FINDING_ENV_FIRST, env->file, env->line,
		    "pam_env.so stands before pam_awsmfa.so in session of %s: "
		    "a user's file can then say that a key was verified",
		    c->name);
	if (find_above(session, "pam_loginuid.so", NULL) == NULL)
		doctor_find(c->d, FINDING_LOGINUID_ABSENT, ours->file,
		    ours->line,
		    "pam_loginuid.so is not above pam_awsmfa.so in session of "
		    "%s: a login's MFA can't be remembered",
		    c->name);
}

/*
 * Ours in account or session of a service for which they do nothing. What is
 * in a file for all services is there for those that it is for.
 */
static void
check_ignored(const struct pam_case *c)
{
	const struct pam_entry *ours;
	size_t phase;

	for (phase = PAM_PHASE_ACCOUNT; phase <= PAM_PHASE_SESSION; phase++) {
		ours = pam_first_of_ours(&c->service.phases[phase]);
		if (ours == NULL || strcmp(ours->file, c->path) != 0)
			continue;
		doctor_find(c->d, FINDING_PHASES_IGNORED, ours->file,
		    ours->line,
		    "account_services does not have %s, so that pam_awsmfa.so "
		    "does nothing in its %s",
		    c->name, pam_phase_name((enum pam_phase)phase));
		return;
	}
}

void
pam_case_phases(const struct pam_case *c)
{
	const struct pam_stack *auth = &c->service.phases[PAM_PHASE_AUTH];
	bool account, session;

	if (c->service.refused)
		return;
	if (!c->decides) {
		check_ignored(c);
		return;
	}
	if (!pam_has_ours(auth))
		doctor_find(c->d, FINDING_AUTH_ABSENT, c->path, 0,
		    "pam_awsmfa.so is in account or session of %s and not in "
		    "auth: no code is asked for, and sign-ins are denied",
		    c->name);
	account = pam_case_is_open(c, PAM_PHASE_ACCOUNT);
	session = pam_case_is_open(c, PAM_PHASE_SESSION);
	check_phase(c, PAM_PHASE_ACCOUNT, session);
	check_phase(c, PAM_PHASE_SESSION, true);
	check_session(c);
	if (pam_has_ours(auth))
		check_enrolment(c, account, session);
}

static bool
is_value(const char *value, const char *const *allowed)
{
	for (; *allowed != NULL; allowed++)
		if (strcmp(value, *allowed) == 0)
			return true;
	return false;
}

static bool
is_argument(const char *argument)
{
	static const char *const flags[] = { "debug", "manual", "echo",
		"use_first_pass", "try_first_pass", "forward_pass",
		"forward_pass=6", "forward_pass=8", "unenrolled=deny",
		"unenrolled=allow", "unenrolled=enroll",
		"unenrolled=enroll-open", NULL };
	int64_t day;

	if (strncmp(argument, "enroll_by=", 10) == 0)
		return text_parse_date(argument + 10, &day);
	if (strncmp(argument, "conf=", 5) == 0)
		return argument[5] == '/';
	if (strncmp(argument, "prompt=", 7) == 0)
		return argument[7] != '\0';
	return is_value(argument, flags);
}

static void
check_arguments(const struct pam_case *c, const struct pam_entry *entry)
{
	const char *argument, *unenrolled, *conf;
	size_t i;

	for (i = 0; i < entry->argument_count; i++) {
		argument = pam_entry_argument_at(entry, i);
		if (!is_argument(argument))
			doctor_find(c->d, FINDING_PAM_ARGUMENT, entry->file,
			    entry->line,
			    "pam_awsmfa.so has no argument \"%s\", and denies "
			    "every sign-in to %s",
			    argument, c->name);
	}
	conf = pam_entry_argument(entry, "conf");
	if (conf != NULL && *conf == '/')
		doctor_check_settings(c->d, conf, true);
	if ((unenrolled = pam_entry_argument(entry, "unenrolled")) == NULL)
		return;
	if (strcmp(unenrolled, "allow") == 0)
		doctor_find(c->d, FINDING_UNENROLLED_ALLOW, entry->file,
		    entry->line,
		    "whoever has no device gets into %s without MFA", c->name);
	if (strcmp(unenrolled, "enroll-open") == 0)
		doctor_find(c->d, FINDING_UNENROLLED_OPEN, entry->file,
		    entry->line,
		    "whoever has the password of a user without a device can "
		    "enrol in the user's place in %s",
		    c->name);
}

/* Is the argument NAME the same on both? */
static bool
agree(const struct pam_entry *a, const struct pam_entry *b, const char *name)
{
	const char *one = pam_entry_argument(a, name);
	const char *other = pam_entry_argument(b, name);

	if (one == NULL || other == NULL)
		return one == other;
	return strcmp(one, other) == 0;
}

void
pam_case_arguments(const struct pam_case *c)
{
	const struct pam_entry *first = NULL, *entry;
	const struct pam_stack *stack;
	size_t phase, i;

	for (phase = 0; phase < PAM_PHASES; phase++) {
		stack = &c->service.phases[phase];
		for (i = 0; i < stack->count; i++) {
			entry = &stack->entries[i];
			if (!pam_entry_is(entry, "pam_awsmfa.so"))
				continue;
			check_arguments(c, entry);
			if (first == NULL)
				first = entry;
			if (!agree(first, entry, "conf") ||
			    !agree(first, entry, "unenrolled") ||
			    !agree(first, entry, "enroll_by"))
				doctor_find(c->d, FINDING_LINES_DIFFER,
				    entry->file, entry->line,
				    "conf, unenrolled or enroll_by is not what "
				    "the line in %s of %s has",
				    pam_phase_name(PAM_PHASE_AUTH), c->name);
		}
	}
}
