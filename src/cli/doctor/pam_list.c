#include "cli/doctor/pam_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/root.h"

static const char *const no_services[] = { ".*", "common-*", "other", "*~",
	"*.bak", "*.orig", "*.save", "*.old", "*.dpkg-*", "*.ucf-*", "*.rpm*",
	"*.pam-old", "README*" };

static bool
is_service(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(no_services) / sizeof(no_services[0]); i++)
		if (fnmatch(no_services[i], name, 0) == 0)
			return false;
	return true;
}

static bool
has(const struct pam_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (strcmp(list->names[i], name) == 0)
			return true;
	return false;
}

static bool
add(struct pam_list *list, const char *name)
{
	char **grown;

	if (!is_service(name) || has(list, name))
		return true;
	grown = reallocarray(list->names, list->count + 1, sizeof(*grown));
	if (grown == NULL)
		return false;
	list->names = grown;
	if ((grown[list->count] = strdup(name)) == NULL)
		return false;
	list->count++;
	return true;
}

static bool
read_folder(const char *root, const char *path, struct pam_list *list)
{
	int fd = root_open(root, path, O_RDONLY | O_DIRECTORY);
	const struct dirent *entry;
	bool well = true;
	DIR *dir;

	if (fd < 0)
		return true;
	if ((dir = fdopendir(fd)) == NULL) {
		(void)close(fd);
		return false;
	}
	while (well && (entry = readdir(dir)) != NULL)
		well = add(list, entry->d_name);
	(void)closedir(dir);
	return well;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
pam_list_read(const struct pam_places *places, struct pam_list *ret)
{
	struct pam_list list = { 0 };

	if (!read_folder(places->root, places->folder, &list) ||
	    (places->vendor != NULL &&
		!read_folder(places->root, places->vendor, &list))) {
		pam_list_clear(&list);
		return false;
	}
	if (list.count > 0)
		qsort(list.names, list.count, sizeof(*list.names), compare);
	*ret = list;
	return true;
}

void
pam_list_clear(struct pam_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct pam_list){ 0 };
}
