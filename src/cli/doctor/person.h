/* The accounts of the host, or of the image, that is examined. */
#ifndef CLI_DOCTOR_PERSON_H
#define CLI_DOCTOR_PERSON_H

#include <sys/types.h>
#include <stdbool.h>

struct person {
	char	name[64];
	uid_t	uid;
	gid_t	gid;
	char	shell[128];
};

/* The account NAME; of an image, as its /etc/passwd has it. */
bool	person_find(const char *root, const char *name, struct person *ret);

/*
 * Calls EACH for the accounts, until it returns false; on this host for those
 * that getpwent(3) lists.
 */
void	person_list(const char *root,
	    bool (*each)(void *world, const struct person *person),
	    void *world);

/* Is PERSON in GROUP, by it or by a list of members? */
bool	person_is_in(const char *root, const struct person *person,
	    const char *group);

/* The first who is in GROUP; false: nobody. */
bool	person_find_in(const char *root, const char *group,
	    struct person *ret);

/* Can PERSON have a shell? */
bool	person_has_shell(const struct person *person);

#endif
