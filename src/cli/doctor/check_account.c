#include <grp.h>
#include <string.h>

#include "cli/doctor/doctor.h"
#include "cli/doctor/person.h"

#define GROUPS_MAX	64

static bool
look_for_twin(void *world, const struct person *person)
{
	struct doctor *d = world;
	struct person account;

	if (strcmp(person->name, d->host->account) == 0 ||
	    !person_find(d->host->root, d->host->account, &account) ||
	    account.uid != person->uid)
		return true;
	doctor_find(d, FINDING_ACCOUNT_SHARED, "", 0,
	    "%s has the uid of %s, %u, and so all of its secrets", person->name,
	    d->host->account, (unsigned)account.uid);
	return true;
}

/* The account's groups on this host; of an image they are not known. */
static void
check_groups(struct doctor *d, const struct person *account)
{
	gid_t groups[GROUPS_MAX];
	const struct group *group;
	int i, count = GROUPS_MAX;

	if (!doctor_is_live(d) ||
	    getgrouplist(account->name, account->gid, groups, &count) < 0)
		return;
	for (i = 0; i < count; i++) {
		if (groups[i] == account->gid)
			continue;
		group = getgrgid(groups[i]);
		doctor_find(d, FINDING_ACCOUNT_GROUPS, "", 0,
		    "the account %s is in the group %s, which it has no use "
		    "for, unless /proc is hidden with gid=",
		    account->name, group != NULL ? group->gr_name : "?");
	}
}

void
doctor_account(struct doctor *d)
{
	const char *name = d->host->account;
	struct person account;

	if (!person_find(d->host->root, name, &account) || account.uid == 0) {
		doctor_find(d, FINDING_ACCOUNT_MISSING, "", 0,
		    "there is no account %s, or it is root", name);
		return;
	}
	if (person_has_shell(&account))
		doctor_find(d, FINDING_ACCOUNT_SHELL, "", 0,
		    "the account %s has a login shell, %s", name,
		    account.shell);
	check_groups(d, &account);
	person_list(d->host->root, look_for_twin, d);
}
