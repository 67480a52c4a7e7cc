/* What the codes and the endpoint need of the running host. */
#include <sys/timex.h>
#include <grp.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/doctor.h"
#include "cli/doctor/person.h"

bool
doctor_has_clock(void)
{
	struct timex now = { .modes = 0 };

	/* Where it can't be asked nothing is said. */
	return adjtimex(&now) < 0 || (now.status & STA_UNSYNC) == 0;
}

/* Is the account in the group that may see all of /proc? */
static bool
may_see(const struct doctor *d, const char *gid)
{
	struct person account;
	gid_t groups[64];
	int i, count = 64;
	bool found = false;

	if (gid == NULL ||
	    !person_find(d->host->root, d->host->account, &account) ||
	    getgrouplist(account.name, account.gid, groups, &count) < 0)
		return false;
	for (i = 0; i < count; i++)
		found |= groups[i] == (gid_t)strtoul(gid, NULL, 10);
	return found;
}

static void
check_proc(struct doctor *d, const struct mntent *entry)
{
	const char *hidden = hasmntopt(entry, "hidepid");
	const char *gid = hasmntopt(entry, "gid");

	if (strcmp(entry->mnt_type, "proc") != 0 ||
	    strcmp(entry->mnt_dir, "/proc") != 0 || hidden == NULL)
		return;
	hidden = strchr(hidden, '=');
	if (hidden == NULL || hidden[1] == '0' ||
	    strncmp(hidden + 1, "off", 3) == 0)
		return;
	if (!may_see(d, gid != NULL && gid[3] == '=' ? gid + 4 : NULL))
		doctor_find(d, FINDING_PROC_HIDDEN, d->host->mounts, 0,
		    "/proc is mounted with hidepid: the account %s can't see "
		    "who asks, and sign-ins are denied",
		    d->host->account);
}

void
doctor_system(struct doctor *d)
{
	const struct mntent *entry;
	FILE *file;

	if (!doctor_is_live(d))
		return;
	if (!d->host->has_clock())
		doctor_find(d, FINDING_CLOCK, "", 0,
		    "the clock is not synchronised: codes are right for a "
		    "minute or so, and refused when it is off by more");
	if ((file = setmntent(d->host->mounts, "re")) == NULL)
		return;
	while ((entry = getmntent(file)) != NULL)
		check_proc(d, entry);
	(void)endmntent(file);
}
