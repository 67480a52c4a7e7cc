#include "cli/doctor/pam_stack.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/pam_line.h"
#include "cli/doctor/root.h"

#define ENTRIES_MAX	4096	/* of a phase */
#define DEPTH_MAX	24	/* of files in files; libpam has no bound */
#define ANY		PAM_PHASES	/* lines of every phase */

struct reader {
	const struct pam_places	*places;
	struct pam_service	*service;
	bool			no_memory;
};

/* A file that is read: which, and for what. */
struct source {
	const char	*path;
	size_t		wanted;		/* a phase, or ANY */
	unsigned	level;
	unsigned	depth;
	unsigned	line;		/* the one that is read */
};

static void read_file(struct reader *r, const struct source *source,
    bool *ret_read);

static void _printf_(3, 4)
complain(struct reader *r, const struct source *source, const char *fmt, ...)
{
	struct pam_service *service = r->service;
	struct pam_problem *problem;
	va_list ap;

	if (service->problem_count == PAM_PROBLEMS)
		return;
	problem = &service->problems[service->problem_count];
	if ((problem->file = strdup(source->path)) == NULL) {
		r->no_memory = true;
		return;
	}
	problem->line = source->line;
	va_start(ap, fmt);
	(void)vsnprintf(problem->text, sizeof(problem->text), fmt, ap);
	va_end(ap);
	service->problem_count++;
}

/* The words of REST, one after the other, each with its NUL. */
static bool
copy_arguments(struct pam_entry *entry, char *rest)
{
	size_t len = 0;
	char *word;

	entry->arguments = malloc(rest != NULL ? strlen(rest) + 1 : 1);
	if (entry->arguments == NULL)
		return false;
	entry->arguments[0] = '\0';
	while ((word = pam_line_word(&rest)) != NULL) {
		strcpy(entry->arguments + len, word);
		len += strlen(word) + 1;
		entry->argument_count++;
	}
	return true;
}

/* Is nothing left of MODULE without its folder and suffix? */
static bool
is_nameless(const char *module)
{
	const char *slash = strrchr(module, '/');
	const char *name = slash != NULL ? slash + 1 : module;

	return module[0] != '\0' &&
	    (name[0] == '\0' || strcmp(name, "?") == 0 ||
		strrchr(name, '.') == name);
}

/* Appends ENTRY, of which the actions, kind and level are given. */
static void
add(struct reader *r, const struct source *source, enum pam_phase phase,
    const struct pam_entry *given, const char *module, char *rest)
{
	struct pam_stack *stack = &r->service->phases[phase];
	struct pam_entry entry = *given, *grown;

	if (stack->count == ENTRIES_MAX || is_nameless(module)) {
		complain(r, source,
		    stack->count == ENTRIES_MAX
			? "the service has too many lines"
			: "the module has no name");
		r->service->refused = true;
		return;
	}
	grown = stack->entries;
	/* Room doubles: at each power of two the list is full. */
	if ((stack->count & (stack->count - 1)) == 0)
		grown = reallocarray(stack->entries,
		    stack->count == 0 ? 1 : stack->count * 2, sizeof(*grown));
	if (grown == NULL) {
		r->no_memory = true;
		return;
	}
	stack->entries = grown;
	entry.line = source->line;
	entry.level = source->level;
	entry.module = strdup(module);
	entry.file = strdup(source->path);
	if (!copy_arguments(&entry, rest) || entry.module == NULL ||
	    entry.file == NULL)
		r->no_memory = true;
	stack->entries[stack->count++] = entry;
	if (!r->no_memory)
		return;
	/* Half an entry is none. */
	free(entry.module);
	free(entry.file);
	free(entry.arguments);
	stack->count--;
}

/* Reads the file NAME in the place of the line; false where libpam can't. */
static bool
include(struct reader *r, const struct source *source, const char *name,
    size_t wanted, unsigned level)
{
	struct source inner = { .wanted = wanted,
		.level = level,
		.depth = source->depth + 1 };
	char path[PATH_MAX];
	bool read = false;

	if (name == NULL) {
		complain(r, source,
		    "a file is to be included that has no name");
		/* libpam crashes. */
		r->service->refused = true;
		return false;
	}
	if (inner.depth == DEPTH_MAX) {
		complain(r, source, "files include each other without end");
		r->service->refused = true;
		return false;
	}
	if (name[0] == '/')
		(void)snprintf(path, sizeof(path), "%s", name);
	else
		(void)snprintf(path, sizeof(path), "%s/%s", r->places->folder,
		    name);
	inner.path = path;
	if (level >= PAM_LEVELS)
		complain(r, source, "substacks are too deep");
	else
		read_file(r, &inner, &read);
	if (!read)
		complain(r, source, "%s can't be included", name);
	return read;
}

/* "@include NAME", of Debian. */
static void
read_debian_include(struct reader *r, const struct source *source,
    const char *name)
{
	struct pam_entry entry = { .kind = PAM_KIND_FAILURE };

	if (include(r, source, name, source->wanted, source->level))
		return;
	if (source->wanted == ANY) {
		r->service->refused = true;
		return;
	}
	/* libpam takes what is on its stack; the worst is that it ignores. */
	add(r, source, (enum pam_phase)source->wanted, &entry, "", NULL);
}

/* "auth include NAME" and "auth substack NAME". */
static void
read_include(struct reader *r, const struct source *source,
    enum pam_phase phase, const char *name, bool substack)
{
	struct pam_entry entry = { .kind = PAM_KIND_SUBSTACK };
	size_t i;

	for (i = 0; i < PAM_CODES; i++)
		entry.actions[i] = PAM_ACTION_BAD;
	if (substack)
		add(r, source, phase, &entry, name != NULL ? name : "", NULL);
	if (include(r, source, name, phase, source->level + substack))
		return;
	entry.kind = PAM_KIND_FAILURE;
	add(r, source, phase, &entry, "", NULL);
}

/* The phase that WORD names; ANY where it names none. */
static size_t
find_phase(const char *word)
{
	size_t phase;

	for (phase = 0; phase < PAM_PHASES; phase++)
		if (strcasecmp(word, pam_phase_name(phase)) == 0)
			break;
	return phase;
}

/* A module's line from its control on. */
static void
read_rest(struct reader *r, const struct source *source, enum pam_phase phase,
    struct pam_entry *entry, char *rest)
{
	const char *control = pam_line_word(&rest), *module;

	if (control == NULL) {
		complain(r, source, "the line has no control");
		entry->kind = PAM_KIND_FAILURE;
		(void)pam_control_parse("", entry->actions);
	} else if (strcasecmp(control, "include") == 0 ||
	    strcasecmp(control, "substack") == 0) {
		read_include(r, source, phase, pam_line_word(&rest),
		    strcasecmp(control, "substack") == 0);
		return;
	} else if (!pam_control_parse(control, entry->actions)) {
		complain(r, source, "the control \"%s\" is not valid", control);
	}
	if ((module = pam_line_word(&rest)) == NULL) {
		if (control != NULL)
			complain(r, source, "the line has no module");
		entry->kind = PAM_KIND_FAILURE;
		module = "";
	}
	add(r, source, phase, entry, module, rest);
}

static void
read_line(struct reader *r, const struct source *source, char *rest)
{
	struct pam_entry entry = { .kind = PAM_KIND_MODULE };
	const char *word = pam_line_word(&rest);
	size_t phase;

	if (word == NULL)
		return;
	word += word[0] == '-';
	if (strcasecmp(word, "@include") == 0) {
		read_debian_include(r, source, pam_line_word(&rest));
		return;
	}
	if ((phase = find_phase(word)) == ANY) {
		complain(r, source, "\"%s\" is no type of a line", word);
		entry.kind = PAM_KIND_FAILURE;
		phase = source->wanted != ANY ? source->wanted : PAM_PHASE_AUTH;
	}
	if (source->wanted == ANY || source->wanted == phase)
		read_rest(r, source, (enum pam_phase)phase, &entry, rest);
}

static void
read_text(struct reader *r, struct source *source, const char *text, size_t len,
    bool *ret_read)
{
	struct pam_text lines = { text, text + len, 1 };
	enum pam_line got = PAM_LINE_END;
	char line[PAM_LINE_SIZE];

	while (!r->no_memory && !r->service->refused &&
	    (got = pam_line_next(&lines, line, &source->line)) == PAM_LINE_READ)
		read_line(r, source, line);
	if (got == PAM_LINE_BROKEN)
		complain(r, source, "the line does not end, or is too long");
	*ret_read = got == PAM_LINE_END;
}

static void
read_file(struct reader *r, const struct source *source, bool *ret_read)
{
	_cleanup_(freep) char *text = NULL;
	struct source inner = *source;
	struct mfa_error err = { 0 };
	enum mfa_code code;
	size_t len;

	code = root_read(r->places->root, source->path, &text, &len, &err);
	if (code == MFA_OK)
		read_text(r, &inner, text, len, ret_read);
	else if (code != MFA_NO_SUCH_ENTITY)
		complain(r, source, "%s", mfa_error_text(&err));
}

/* The file of the service NAME, in the first folder that has one. */
static void
read_service(struct reader *r, const char *name)
{
	const char *folders[] = { r->places->folder, r->places->vendor };
	struct source source = { .wanted = ANY };
	char path[PATH_MAX];
	bool read = true;
	struct stat st;
	size_t i;

	for (i = 0; i < 2 && folders[i] != NULL && !r->service->found; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (!root_stat(r->places->root, path, &st))
			continue;
		source.path = path;
		r->service->found = true;
		read_file(r, &source, &read);
	}
	r->service->refused |= !read;
}

/* Phases without a line are those of "other". */
static bool
complete(const struct pam_places *places, struct pam_service *service)
{
	struct pam_service other = { 0 };
	struct reader r = { .places = places, .service = &other };
	size_t i;

	read_service(&r, "other");
	for (i = 0; i < PAM_PHASES; i++) {
		if (service->phases[i].count > 0)
			continue;
		free(service->phases[i].entries);
		service->phases[i] = other.phases[i];
		other.phases[i] = (struct pam_stack){ 0 };
	}
	service->refused |= other.refused || (!service->found && !other.found);
	pam_service_clear(&other);
	return !r.no_memory;
}

bool
pam_service_read(const struct pam_places *places, const char *name,
    struct pam_service *ret)
{
	struct pam_service service = { 0 };
	struct reader r = { .places = places, .service = &service };
	bool well;

	read_service(&r, name);
	well = !r.no_memory;
	if (strcmp(name, "other") != 0)
		well = complete(places, &service) && well;
	if (!well) {
		pam_service_clear(&service);
		return false;
	}
	*ret = service;
	return true;
}
