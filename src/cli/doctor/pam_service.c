#include "cli/doctor/pam_service.h"

#include <stdio.h>
#include <string.h>

#include "cli/doctor/root.h"

/* The file that our first line names, or NULL. */
static const char *
conf_of(const struct pam_service *service)
{
	const struct pam_entry *ours = NULL;
	const char *conf;
	size_t phase;

	for (phase = 0; phase < PAM_PHASES && ours == NULL; phase++)
		ours = pam_first_of_ours(&service->phases[phase]);
	conf = ours != NULL ? pam_entry_argument(ours, "conf") : NULL;
	return conf != NULL && *conf == '/' ? conf : NULL;
}

bool
pam_case_open(struct doctor *d, const char *name, struct pam_case *ret)
{
	const struct doctor_host *host = d->host;
	const struct pam_places places = { host->root, host->pam,
		host->pam_vendor };
	const char *conf;
	struct stat st;

	ret->d = d;
	ret->name = name;
	(void)snprintf(ret->path, sizeof(ret->path), "%s/%s", host->pam, name);
	if (!root_stat(host->root, ret->path, &st) && host->pam_vendor != NULL)
		(void)snprintf(ret->path, sizeof(ret->path), "%s/%s",
		    host->pam_vendor, name);
	if (!pam_service_read(&places, name, &ret->service)) {
		d->no_memory = true;
		return false;
	}
	if ((conf = conf_of(&ret->service)) != NULL)
		doctor_read_settings(d, conf, &ret->settings);
	else
		ret->settings = d->settings;
	ret->decides = settings_list_has(&ret->settings.account_services, name);
	return true;
}

void
pam_case_close(struct pam_case *c)
{
	pam_service_clear(&c->service);
}

bool
pam_case_is_ours(const struct pam_case *c)
{
	size_t phase;

	for (phase = 0; phase < PAM_PHASES; phase++)
		if (pam_has_ours(&c->service.phases[phase]))
			return true;
	return false;
}

bool
pam_case_is_open(const struct pam_case *c, enum pam_phase phase)
{
	struct pam_verdict verdict;

	if (c->service.refused)
		return false;
	if (!pam_judge_ours(&c->service.phases[phase], PAM_WORLD_DENIED, false,
		&verdict)) {
		c->d->no_memory = true;
		return true;
	}
	return verdict.lets_in;
}

static void
blame_one(const struct pam_case *c, enum pam_phase phase,
    const struct pam_blame *blame)
{
	const struct pam_entry *entry =
	    &c->service.phases[phase].entries[blame->entry];
	const char *name = pam_phase_name(phase);

	switch (blame->evasion) {
	case PAM_EVASION_NONE:
		break;
	case PAM_EVASION_DONE:
		doctor_find(c->d, FINDING_PAM_SKIPPED, entry->file, entry->line,
		    "%s can end %s of %s before pam_awsmfa.so is asked, and "
		    "let in without MFA",
		    entry->module, name, c->name);
		break;
	case PAM_EVASION_JUMP:
		doctor_find(c->d, FINDING_PAM_JUMPED, entry->file, entry->line,
		    "%s can jump over pam_awsmfa.so in %s of %s, and let in "
		    "without MFA",
		    entry->module, name, c->name);
		break;
	case PAM_EVASION_IGNORED:
		doctor_find(c->d, FINDING_PAM_NOT_REQUIRED, entry->file,
		    entry->line,
		    "the control of pam_awsmfa.so lets in without MFA in %s of "
		    "%s",
		    name, c->name);
		break;
	case PAM_EVASION_RESET:
		doctor_find(c->d, FINDING_PAM_RESET, entry->file, entry->line,
		    "%s can have the denial of pam_awsmfa.so forgotten in %s "
		    "of %s",
		    entry->module, name, c->name);
		break;
	}
}

void
pam_case_blame(const struct pam_case *c, enum pam_phase phase,
    const struct pam_verdict *verdict)
{
	size_t i;

	if (verdict->unclear)
		doctor_find(c->d, FINDING_PAM_UNCLEAR, c->path, 0,
		    "%s of %s has too many ways to tell whether anybody gets "
		    "in without MFA",
		    pam_phase_name(phase), c->name);
	for (i = 0; i < verdict->blame_count; i++)
		blame_one(c, phase, &verdict->blames[i]);
}

static void
judge_alone(const struct pam_case *c, const struct pam_stack *auth)
{
	const struct pam_entry *ours = pam_first_of_ours(auth);
	const char *forward = pam_entry_argument(ours, "forward_pass");
	bool first = pam_has_first_factor(auth);
	struct pam_verdict alone;

	if (!pam_judge_ours(auth, PAM_WORLD_PROVED_ALONE, false, &alone)) {
		c->d->no_memory = true;
		return;
	}
	/* Without any, sshd may have asked for a key before. */
	if (alone.lets_in && (first || strcmp(c->name, "sshd") != 0))
		doctor_find(c->d, FINDING_CODE_ALONE, ours->file, ours->line,
		    "the code or the tap is all that %s asks for: it lets in "
		    "without a password",
		    c->name);
	else if (alone.asked && first &&
	    (forward == NULL || strcmp(c->name, "sshd") == 0))
		doctor_find(c->d, FINDING_FIRST_FACTOR, ours->file, ours->line,
		    "%s asks for a code although the password was wrong or has "
		    "not been asked for: strangers can use up a user's guesses",
		    c->name);
}

void
pam_case_auth(const struct pam_case *c)
{
	const struct pam_stack *auth = &c->service.phases[PAM_PHASE_AUTH];
	const struct pam_entry *ours = pam_first_of_ours(auth);
	struct pam_verdict denied, proved;

	if (ours == NULL || c->service.refused)
		return;
	if (!pam_judge_ours(auth, PAM_WORLD_DENIED, false, &denied) ||
	    !pam_judge_ours(auth, PAM_WORLD_PROVED, false, &proved)) {
		c->d->no_memory = true;
		return;
	}
	if (denied.lets_in)
		pam_case_blame(c, PAM_PHASE_AUTH, &denied);
	if (!proved.lets_in)
		doctor_find(c->d, FINDING_PAM_NEVER, ours->file, ours->line,
		    "auth of %s lets nobody in, whatever they type", c->name);
	else
		judge_alone(c, auth);
}
