#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/hidraw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/doctor.h"
#include "cli/doctor/root.h"

#define RULES		"70-awsmfa-fido.rules"
#define NODE		"hidraw"
#define CHILD_FAILED	255	/* no errno is that high */

/* Items of a report descriptor: the size is in the two lowest bits. */
#define ITEM_USAGE_PAGE	0x04
#define ITEM_SIZE_BITS	0x03
#define ITEM_LONG	0xfe
#define PAGE_FIDO	0xf1d0

bool
doctor_is_fido(const uint8_t *descriptor, size_t len)
{
	size_t at, i, size;
	uint32_t value;
	bool found = false;

	for (at = 0; at < len; at += size + 1) {
		/* 0, 1, 2 or 4 octets */
		size = descriptor[at] & ITEM_SIZE_BITS;
		size += size == ITEM_SIZE_BITS;
		if (descriptor[at] == ITEM_LONG || size >= len - at)
			return false;
		for (value = 0, i = size; i > 0; i--)
			value = value << 8 | descriptor[at + i];
		if ((descriptor[at] & ~ITEM_SIZE_BITS) == ITEM_USAGE_PAGE &&
		    value == PAGE_FIDO)
			found = true;
	}
	return found;
}

bool
doctor_is_key(const char *path)
{
	struct hidraw_report_descriptor descriptor = { 0 };
	_cleanup_(closep) int fd = -1;
	struct stat st;
	int size = 0;

	fd = open(path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) ||
	    ioctl(fd, HIDIOCGRDESCSIZE, &size) < 0 || size <= 0 ||
	    size > HID_MAX_DESCRIPTOR_SIZE)
		return false;
	descriptor.size = (unsigned)size;
	return ioctl(fd, HIDIOCGRDESC, &descriptor) >= 0 &&
	    doctor_is_fido(descriptor.value, (size_t)size);
}

/* In a child that is the account from here on: errno of the opening, or 0. */
static int
open_as(const struct passwd *account, const char *path)
{
	if (setgroups(0, NULL) < 0 ||
	    setresgid(account->pw_gid, account->pw_gid, account->pw_gid) < 0 ||
	    setresuid(account->pw_uid, account->pw_uid, account->pw_uid) < 0)
		return CHILD_FAILED;
	return open(path,
		   O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) < 0
	    ? errno
	    : 0;
}

/* errno of opening PATH as ACCOUNT, 0 where it can be opened, or -1. */
static int
try_open(const struct passwd *account, const char *path)
{
	int status = 0;
	pid_t pid;

	if ((pid = fork()) == 0)
		_exit(open_as(account, path));
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == CHILD_FAILED)
		return -1;
	return WEXITSTATUS(status);
}

static void
judge(struct doctor *d, const char *path, int failed)
{
	switch (failed) {
	case 0:
		doctor_find(d, FINDING_KEY_READY, path, 0,
		    "a FIDO key, and the account can open it");
		break;
	case -1:
		doctor_find(d, FINDING_KEY_UNREADABLE, path, 0,
		    "a FIDO key, but it could not be tried as the account %s",
		    d->host->account);
		break;
	case ENOENT:
	case ENODEV:
	case ENXIO:
		/* It has just been pulled out. */
		break;
	default:
		doctor_find(d, FINDING_KEY_UNREADABLE, path, 0,
		    "a FIDO key, but the account %s can't open it: %s",
		    d->host->account, strerror(failed));
	}
}

static int
is_node(const struct dirent *entry)
{
	const char *number = entry->d_name + strlen(NODE);

	return strncmp(entry->d_name, NODE, strlen(NODE)) == 0 &&
	    number[0] != '\0' && strspn(number, "0123456789") == strlen(number);
}

static void
try_keys(struct doctor *d, const struct passwd *account)
{
	struct dirent **entries = NULL;
	char path[PATH_MAX];
	int i, n;

	if ((n = scandir(d->host->dev, &entries, is_node, versionsort)) < 0) {
		doctor_find(d, FINDING_KEY_UNREADABLE, d->host->dev, 0, "%s",
		    strerror(errno));
		return;
	}
	for (i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", d->host->dev,
		    entries[i]->d_name);
		free(entries[i]);
		if (d->host->is_key(path))
			judge(d, path, try_open(account, path));
	}
	free(entries);
}

/* An empty file, or a link to /dev/null, is how udev is told to have none. */
static void
look_for_rules(struct doctor *d)
{
	const char *const *folder, *root = d->host->root;
	char path[PATH_MAX];
	struct stat st;

	for (folder = d->host->rules; *folder != NULL; folder++) {
		(void)snprintf(path, sizeof(path), "%s/" RULES, *folder);
		if (!root_lstat(root, path, &st))
			continue;
		if (!root_stat(root, path, &st) || !S_ISREG(st.st_mode) ||
		    st.st_size == 0)
			doctor_find(d, FINDING_UDEV_RULE, path, 0,
			    "the udev rule is masked: security keys are not "
			    "the account's");
		return;
	}
	doctor_find(d, FINDING_UDEV_RULE, "", 0,
	    "the udev rule " RULES " is not installed: security keys are not "
	    "the account's");
}

void
doctor_security_keys(struct doctor *d)
{
	const struct passwd *account;

	look_for_rules(d);
	if (!doctor_is_live(d))
		return;
	account = getpwnam(d->host->account);
	if (account != NULL && account->pw_uid != 0)
		try_keys(d, account);
}
