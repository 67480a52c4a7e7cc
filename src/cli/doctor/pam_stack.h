/*
 * The stacks of a PAM service: the lines of its file, and of those that it
 * includes, in the order in which they are called. Debian 12's Linux-PAM is
 * followed in what it includes from where, and in what it makes of errors.
 */
#ifndef CLI_DOCTOR_PAM_STACK_H
#define CLI_DOCTOR_PAM_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "cli/doctor/pam_control.h"

#define PAM_LEVELS	16	/* of substacks in substacks */
#define PAM_PROBLEMS	8	/* that are kept */

enum pam_phase {
	PAM_PHASE_AUTH,
	PAM_PHASE_ACCOUNT,
	PAM_PHASE_SESSION,
	PAM_PHASE_PASSWORD,
	PAM_PHASES,
};

enum pam_kind {
	PAM_KIND_MODULE,
	PAM_KIND_SUBSTACK,	/* its lines follow, at a higher level */
	PAM_KIND_FAILURE,	/* a line in error: "perm_denied", always */
};

struct pam_entry {
	enum pam_kind	kind;
	unsigned	level;		/* 0 to PAM_LEVELS - 1 */
	int		actions[PAM_CODES];
	char		*module;	/* as written: "pam_unix.so"; or "" */
	char		*arguments;	/* one after the other, NUL-ended */
	size_t		argument_count;
	char		*file;
	unsigned	line;
};

struct pam_stack {
	struct pam_entry *entries;
	size_t		count;
};

struct pam_problem {
	char		*file;
	unsigned	line;
	char		text[128];
};

struct pam_service {
	struct pam_stack phases[PAM_PHASES];
	bool		found;		/* has a file of its own */
	bool		refused;	/* libpam denies everything */
	struct pam_problem problems[PAM_PROBLEMS];
	size_t		problem_count;
};

/* Where PAM's files are. */
struct pam_places {
	const char	*root;		/* "" or "/srv/image" */
	const char	*folder;	/* /etc/pam.d */
	const char	*vendor;	/* /usr/lib/pam.d; NULL: none */
};

/*
 * Reads the service NAME, and for phases of which it has no line those of
 * "other". What is wrong in the files is in *ret. Returns false, *ret
 * untouched, where there is no memory.
 */
bool	pam_service_read(const struct pam_places *places, const char *name,
	    struct pam_service *ret) _must_check_;

/* Frees what SERVICE owns. */
void	pam_service_clear(struct pam_service *service);

/* "auth" */
const char	*pam_phase_name(enum pam_phase phase);

/* Is it MODULE ("pam_unix.so"), whatever its folder? */
bool	pam_entry_is(const struct pam_entry *entry, const char *module);

/*
 * What follows "NAME=" in the entry's arguments, "" where NAME stands there
 * alone, NULL where it does not. The last one counts.
 */
const char	*pam_entry_argument(const struct pam_entry *entry,
		    const char *name);

/* The entry's argument NUMBER, from 0; NULL after the last. */
const char	*pam_entry_argument_at(const struct pam_entry *entry,
		    size_t number);

#endif
