/*
 * Files of /etc/pam.d as doctor reads them: "random", "a" and "b", which may
 * include each other ("@include a").
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/pam_ours.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/parts.h"

#define FILES	3

bool fuzz_accepted, fuzz_skipped;
const unsigned fuzz_mutations = 400;

static const char *const files[FILES] = { "random", "a", "b" };
static char folder[64];

static void
clean_up(void)
{
	char path[128];
	size_t i;

	for (i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static void
set_up(void)
{
	if (folder[0] != '\0')
		return;
	strcpy(folder, "/tmp/fuzz_pamd.XXXXXX");
	must(mkdtemp(folder) != NULL);
	must(atexit(clean_up) == 0);
}

static void
write_files(const uint8_t *data, size_t len)
{
	struct part in = { data, len }, part;
	char path[128];
	FILE *file;
	size_t i;

	for (i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		if (!part_take(&in, &part))
			part.len = 0;
		must((file = fopen(path, "we")) != NULL);
		must(part.len == 0 ||
		    fwrite(part.at, part.len, 1, file) == 1);
		must(fclose(file) == 0);
	}
}

static void
check_entry(const struct pam_stack *stack, size_t at)
{
	const struct pam_entry *entry = &stack->entries[at];
	size_t i, len = 0;

	must(entry->level < PAM_LEVELS);
	/* A substack begins with its mark, and goes one level up. */
	must(entry->level <= (at > 0 ? entry[-1].level + 1 : 0));
	must(at == 0 || entry->level <= entry[-1].level ||
	    entry[-1].kind == PAM_KIND_SUBSTACK);
	must(entry->file[0] != '\0' && entry->line > 0);
	for (i = 0; i < entry->argument_count; i++)
		len += strlen(pam_entry_argument_at(entry, i));
	must(len <= 1024);
	must(pam_entry_argument_at(entry, i) == NULL);
	for (i = 0; i < PAM_CODES; i++)
		must(entry->actions[i] > PAM_ACTION_UNSET);
}

/* Whoever is let in by few answers is let in by more. */
static void
check_stack(const struct pam_stack *stack)
{
	const uint32_t some = PAM_ANSWER_BIT(PAM_ANSWER_SUCCESS) |
	    PAM_ANSWER_BIT(PAM_ANSWER_AUTH_ERR);
	uint32_t *answers = calloc(stack->count + 1, sizeof(*answers));
	bool *watched = calloc(stack->count + 1, sizeof(*watched));
	const struct pam_question question = { answers, watched, true };
	struct pam_verdict few, more, ours;
	size_t i;

	must(answers != NULL && watched != NULL);
	for (i = 0; i < stack->count; i++) {
		check_entry(stack, i);
		answers[i] = i % 2 == 0 ? some
					: PAM_ANSWER_BIT(PAM_ANSWER_SUCCESS);
	}
	must(pam_judge(stack, &question, &few));
	for (i = 0; i < stack->count; i++)
		answers[i] = PAM_ANSWERS_ALL;
	must(pam_judge(stack, &question, &more));
	must(few.unclear || !few.lets_in || more.lets_in);
	must(pam_judge_ours(stack, PAM_WORLD_DENIED, true, &ours));
	must(more.unclear || ours.unclear || !ours.lets_in || more.lets_in);
	must(more.lets_in == (more.unclear || more.blame_count > 0));
	free(answers);
	free(watched);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct pam_places places = { "", folder, NULL };
	struct pam_service service;
	size_t i;

	set_up();
	write_files(data, len);
	must(pam_service_read(&places, "random", &service));
	must(service.problem_count <= PAM_PROBLEMS);
	for (i = 0; i < PAM_PHASES; i++)
		if (service.phases[i].count < 64)
			check_stack(&service.phases[i]);
	fuzz_accepted = !service.refused && service.problem_count == 0 &&
	    service.phases[PAM_PHASE_AUTH].count > 0;
	pam_service_clear(&service);
	return 0;
}
