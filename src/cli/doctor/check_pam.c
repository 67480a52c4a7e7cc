#include <stdio.h>
#include <string.h>

#include "cli/doctor/pam_list.h"
#include "cli/doctor/pam_service.h"
#include "cli/doctor/root.h"

/* The second is the first by another way, and reads a file of its own. */
static const struct {
	const char	*name;
	const char	*twin;
	const char	*command;
} twins[] = {
	{ "sudo", "sudo-i", "sudo -i" },
	{ "su", "su-l", "su -" },
};

/*
 * Services that programs ask for under this name, whether or not another file
 * includes theirs.
 */
static const char *const programs[] = { "sshd", "login", "su", "sudo" };

static bool
is_program(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(programs[i], name) == 0)
			return true;
	return false;
}

/* Where a file is there to be included its own stacks are not whole. */
static bool
includes(const struct pam_service *service, const char *path)
{
	const struct pam_stack *stack;
	size_t phase, i;

	for (phase = 0; phase < PAM_PHASES; phase++) {
		stack = &service->phases[phase];
		for (i = 0; i < stack->count; i++)
			if (strcmp(stack->entries[i].file, path) == 0)
				return true;
	}
	return false;
}

static bool
is_included(struct doctor *d, const struct pam_list *list,
    const struct pam_case *c)
{
	struct pam_case other;
	bool found = false;
	size_t i;

	if (is_program(c->name))
		return false;
	for (i = 0; i < list->count && !found; i++) {
		if (strcmp(list->names[i], c->name) == 0 ||
		    !pam_case_open(d, list->names[i], &other))
			continue;
		found = includes(&other.service, c->path);
		pam_case_close(&other);
	}
	return found;
}

static void
tell_problems(const struct pam_case *c)
{
	const struct pam_service *service = &c->service;
	const struct pam_problem *problem;
	size_t i;

	for (i = 0; i < service->problem_count; i++) {
		problem = &service->problems[i];
		doctor_find(c->d, FINDING_PAM_BROKEN, problem->file,
		    problem->line, "%s%s", problem->text,
		    service->refused ? ": PAM refuses the whole service" : "");
	}
	if (service->refused && service->problem_count == 0)
		doctor_find(c->d, FINDING_PAM_BROKEN, c->path, 0,
		    "PAM refuses the whole service");
}

/* Whoever can write a file of the service can do without us. */
static void
check_owners(const struct pam_case *c)
{
	const struct pam_stack *stack;
	const char *file;
	struct stat st;
	size_t phase, i;

	for (phase = 0; phase < PAM_PHASES; phase++) {
		stack = &c->service.phases[phase];
		for (i = 0; i < stack->count; i++) {
			file = stack->entries[i].file;
			if (root_stat(c->d->host->root, file, &st) &&
			    (st.st_uid != 0 ||
				(st.st_mode & (S_IWGRP | S_IWOTH)) != 0))
				doctor_find(c->d, FINDING_PAM_FILE, file, 0,
				    "others than root can write the file");
		}
	}
}

/* Is the module asked in one of two that are the same to a person? */
static void
check_twin(struct doctor *d, const char *name, const char *twin,
    const char *command)
{
	struct pam_case one, other;
	const enum pam_phase auth = PAM_PHASE_AUTH;

	if (!pam_case_open(d, name, &one))
		return;
	if (!pam_case_open(d, twin, &other)) {
		pam_case_close(&one);
		return;
	}
	if (one.service.found && other.service.found &&
	    pam_has_ours(&one.service.phases[auth]) &&
	    !pam_has_ours(&other.service.phases[auth]))
		doctor_find(d, FINDING_PAM_TWIN, other.path, 0,
		    "\"%s\" reads this file, which has no line of "
		    "pam_awsmfa.so in auth as %s has",
		    command, one.path);
	pam_case_close(&one);
	pam_case_close(&other);
}

/* Is pam_awsmfa.so in the service NAME? */
static bool
check_service(struct doctor *d, const struct pam_list *list, const char *name)
{
	struct pam_case c;
	bool ours;

	if (!pam_case_open(d, name, &c))
		return false;
	ours = pam_case_is_ours(&c);
	if ((ours || c.service.refused) && !is_included(d, list, &c))
		tell_problems(&c);
	if (ours && !is_included(d, list, &c)) {
		check_owners(&c);
		pam_case_arguments(&c);
		pam_case_auth(&c);
		pam_case_phases(&c);
	}
	pam_case_close(&c);
	return ours;
}

void
doctor_pam(struct doctor *d)
{
	const struct pam_places places = { d->host->root, d->host->pam,
		d->host->pam_vendor };
	struct pam_list list;
	bool used = false;
	size_t i;

	if (!pam_list_read(&places, &list)) {
		d->no_memory = true;
		return;
	}
	for (i = 0; i < list.count && !d->no_memory; i++)
		used |= check_service(d, &list, list.names[i]);
	pam_list_clear(&list);
	if (!used)
		doctor_find(d, FINDING_PAM_UNUSED, d->host->pam, 0,
		    "no service asks for MFA: pam_awsmfa.so is in none");
	for (i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
		check_twin(d, twins[i].name, twins[i].twin, twins[i].command);
}
