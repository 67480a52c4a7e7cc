/* One line of a stack, and what it owns. */
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/pam_stack.h"

static const char *const phase_names[PAM_PHASES] = { "auth", "account",
	"session", "password" };

const char *
pam_phase_name(enum pam_phase phase)
{
	return phase_names[phase];
}

bool
pam_entry_is(const struct pam_entry *entry, const char *module)
{
	const char *slash = strrchr(entry->module, '/');

	return strcmp(slash != NULL ? slash + 1 : entry->module, module) == 0;
}

const char *
pam_entry_argument_at(const struct pam_entry *entry, size_t number)
{
	const char *at = entry->arguments;

	if (number >= entry->argument_count)
		return NULL;
	while (number-- > 0)
		at += strlen(at) + 1;
	return at;
}

const char *
pam_entry_argument(const struct pam_entry *entry, const char *name)
{
	const char *argument, *found = NULL;
	size_t i, len = strlen(name);

	for (i = 0; i < entry->argument_count; i++) {
		argument = pam_entry_argument_at(entry, i);
		if (strncmp(argument, name, len) != 0)
			continue;
		if (argument[len] == '=')
			found = argument + len + 1;
		else if (argument[len] == '\0')
			found = argument + len;
	}
	return found;
}

static void
clear_stack(struct pam_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->count; i++) {
		free(stack->entries[i].module);
		free(stack->entries[i].arguments);
		free(stack->entries[i].file);
	}
	free(stack->entries);
	*stack = (struct pam_stack){ 0 };
}

void
pam_service_clear(struct pam_service *service)
{
	size_t i;

	for (i = 0; i < PAM_PHASES; i++)
		clear_stack(&service->phases[i]);
	for (i = 0; i < service->problem_count; i++)
		free(service->problems[i].file);
	*service = (struct pam_service){ 0 };
}
