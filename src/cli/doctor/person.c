#include "cli/doctor/person.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/root.h"

#define FILE_MAX	(256 * 1024 * 1024)	/* octets: millions of lines */

static void
fill(const struct passwd *entry, struct person *ret)
{
	*ret = (struct person){ .uid = entry->pw_uid, .gid = entry->pw_gid };
	(void)snprintf(ret->name, sizeof(ret->name), "%s", entry->pw_name);
	(void)snprintf(ret->shell, sizeof(ret->shell), "%s", entry->pw_shell);
}

static FILE *
open_file(const char *root, const char *path)
{
	int fd = root_open_file(root, path, 0);
	struct stat st;
	FILE *file = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) < 0 || st.st_size > FILE_MAX ||
	    (file = fdopen(fd, "re")) == NULL)
		(void)close(fd);
	return file;
}

struct wanted {
	const char	*name;
	struct person	*ret;
	bool		found;
};

static bool
is_wanted(void *world, const struct person *person)
{
	struct wanted *wanted = world;

	if (strcmp(person->name, wanted->name) != 0)
		return true;
	*wanted->ret = *person;
	wanted->found = true;
	return false;
}

bool
person_find(const char *root, const char *name, struct person *ret)
{
	struct wanted wanted = { name, ret, false };
	const struct passwd *entry;

	if (root[0] != '\0') {
		person_list(root, is_wanted, &wanted);
		return wanted.found;
	}
	if ((entry = getpwnam(name)) == NULL)
		return false;
	fill(entry, ret);
	return true;
}

void
person_list(const char *root,
    bool (*each)(void *world, const struct person *person), void *world)
{
	const struct passwd *entry;
	struct person person;
	FILE *file = NULL;
	bool on = true;

	if (root[0] != '\0' && (file = open_file(root, "/etc/passwd")) == NULL)
		return;
	if (file == NULL)
		setpwent();
	while (on &&
	    (entry = file != NULL ? fgetpwent(file) : getpwent()) != NULL) {
		fill(entry, &person);
		on = each(world, &person);
	}
	if (file == NULL)
		endpwent();
	else
		(void)fclose(file);
}

static bool
has_member(const struct group *group, const struct person *person)
{
	char *const *member;

	if (group->gr_gid == person->gid)
		return true;
	for (member = group->gr_mem; *member != NULL; member++)
		if (strcmp(*member, person->name) == 0)
			return true;
	return false;
}

bool
person_is_in(const char *root, const struct person *person, const char *group)
{
	const struct group *entry;
	bool found = false;
	FILE *file;

	if (root[0] == '\0')
		return (entry = getgrnam(group)) != NULL &&
		    has_member(entry, person);
	if ((file = open_file(root, "/etc/group")) == NULL)
		return false;
	while (!found && (entry = fgetgrent(file)) != NULL)
		found = strcmp(entry->gr_name, group) == 0 &&
		    has_member(entry, person);
	(void)fclose(file);
	return found;
}

struct in_group {
	const char	*root;
	const char	*group;
	struct person	*ret;
	bool		found;
};

static bool
look_in_group(void *world, const struct person *person)
{
	struct in_group *in = world;

	in->found = person_is_in(in->root, person, in->group);
	if (in->found)
		*in->ret = *person;
	return !in->found;
}

bool
person_find_in(const char *root, const char *group, struct person *ret)
{
	struct in_group in = { root, group, ret, false };

	person_list(root, look_in_group, &in);
	return in.found;
}

bool
person_has_shell(const struct person *person)
{
	static const char *const none[] = { "/nologin", "/false", "/sync",
		"/true" };
	const char *end = strrchr(person->shell, '/');
	size_t i;

	/* An empty one is /bin/sh. */
	for (i = 0; end != NULL && i < sizeof(none) / sizeof(none[0]); i++)
		if (strcmp(end, none[i]) == 0)
			return false;
	return true;
}
