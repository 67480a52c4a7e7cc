/* Owner and mode of configuration, host key and state. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/doctor.h"
#include "cli/doctor/person.h"
#include "cli/doctor/root.h"

#define KEY_SIZE	32	/* octets of host.key */
#define TOLD_MAX	10	/* damaged files of a folder, one by one */

static const char *const folders[] = { "devices", "ledger", "claims",
	"inventory" };

static const char *
state_of(const struct stat *st, mode_t type, uid_t uid, mode_t forbidden)
{
	if ((st->st_mode & S_IFMT) != type)
		return type == S_IFDIR ? "is not a folder"
				       : "is not a regular file";
	if (type == S_IFREG && st->st_nlink != 1)
		return "has more than one link";
	if (st->st_uid != uid)
		return "belongs to someone else than it must";
	return (st->st_mode & forbidden) != 0
	    ? "can be read or written by others"
	    : NULL;
}

/* Says it where PATH is not a folder of UID without the mode's FORBIDDEN. */
static bool
check_folder(struct doctor *d, enum finding finding, const char *path,
    uid_t uid, mode_t forbidden)
{
	const char *wrong = "is not there";
	struct stat st;

	if (root_lstat(d->host->root, path, &st))
		wrong = state_of(&st, S_IFDIR, uid, forbidden);
	if (wrong != NULL)
		doctor_find(d, finding, path, 0, "the folder %s", wrong);
	return wrong == NULL;
}

static void
check_key(struct doctor *d, uid_t uid)
{
	const char *wrong = "is not there";
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/host.key", d->host->conf_folder);
	if (root_lstat(d->host->root, path, &st)) {
		wrong = state_of(&st, S_IFREG, uid, 0077);
		if (wrong == NULL && st.st_size != KEY_SIZE)
			wrong = "has not 32 octets";
	}
	if (wrong != NULL)
		doctor_find(d, FINDING_HOST_KEY, path, 0,
		    "the host key, which opens the devices' secrets, %s",
		    wrong);
}

static const char *
state_of_settings(const struct stat *st)
{
	const char *wrong = state_of(st, S_IFREG, 0, 0);

	if (wrong == NULL && (st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		wrong = "can be written by others than root";
	if (wrong == NULL && (st->st_mode & S_IROTH) == 0)
		wrong = "can't be read by the account";
	return wrong;
}

void
doctor_check_settings(struct doctor *d, const char *path, bool must_be)
{
	const char *wrong = must_be ? "is not there" : NULL;
	struct stat st;

	if (root_lstat(d->host->root, path, &st))
		wrong = state_of_settings(&st);
	if (wrong != NULL)
		doctor_find(d, FINDING_SETTINGS_FILE, path, 0,
		    "the file %s: every sign-in is denied", wrong);
}

/* The files of a folder of state; nothing is opened in there. */
static void
check_state_files(struct doctor *d, const char *path, uid_t uid)
{
	const struct dirent *entry;
	unsigned told = 0;
	const char *wrong;
	struct stat st;
	DIR *dir;
	int fd;

	fd = root_open(d->host->root, path,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0)
		return;
	if ((dir = fdopendir(fd)) == NULL) {
		(void)close(fd);
		return;
	}
	while (told < TOLD_MAX && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if ((wrong = state_of(&st, S_IFREG, uid, 0077)) == NULL)
			continue;
		told++;
		doctor_find(d, FINDING_STATE, path, 0, "%s in it %s",
		    entry->d_name, wrong);
	}
	(void)closedir(dir);
}

static void
check_state(struct doctor *d, uid_t uid)
{
	char path[PATH_MAX];
	size_t i;

	if (!check_folder(d, FINDING_STATE, d->host->state, uid, 0077))
		return;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", d->host->state,
		    folders[i]);
		if (check_folder(d, FINDING_STATE, path, uid, 0077))
			check_state_files(d, path, uid);
	}
}

void
doctor_files(struct doctor *d)
{
	const struct doctor_host *host = d->host;
	struct person account;
	char path[PATH_MAX];
	struct stat st;

	if (check_folder(d, FINDING_CONF_FOLDER, host->conf_folder, 0, 0022)) {
		(void)snprintf(path, sizeof(path), "%s/awsmfa.conf",
		    host->conf_folder);
		doctor_check_settings(d, path, false);
	}
	/* Without an account nothing could be its own. */
	if (!person_find(host->root, host->account, &account))
		return;
	check_key(d, account.uid);
	check_state(d, account.uid);
	/* Made at boot: an image, or a host that never ran it, has none. */
	if (!root_lstat(host->root, host->run, &st))
		return;
	(void)snprintf(path, sizeof(path), "%s/sessions", host->run);
	if (check_folder(d, FINDING_RUN, host->run, 0, 0022))
		(void)check_folder(d, FINDING_RUN, path, account.uid, 0077);
}
