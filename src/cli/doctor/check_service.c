/* The programs, the module, and the sockets of the service. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/doctor.h"
#include "cli/doctor/root.h"

#define LISTENS		0x10000	/* __SO_ACCEPTCON of /proc/net/unix */

/* What is wrong with the installed file PATH, or NULL. */
static const char *
judge_file(const struct doctor *d, const char *path, bool runs)
{
	struct stat st;

	if (!root_stat(d->host->root, path, &st))
		return "is not there";
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "is not a file that only root can write";
	if ((st.st_mode & S_IROTH) == 0 ||
	    (runs && (st.st_mode & S_IXOTH) == 0))
		return "can't be run or read by all";
	return NULL;
}

static void
check_file(struct doctor *d, enum finding finding, const char *path, bool runs,
    const char *what)
{
	const char *wrong = judge_file(d, path, runs);

	if (wrong != NULL)
		doctor_find(d, finding, path, 0, "the file %s: %s", wrong,
		    what);
}

/* Does a socket listen at PATH, as TEXT of /proc/net/unix has it? */
static bool
is_listening(const char *text, const char *path)
{
	size_t len = strlen(path);
	unsigned long flags;
	const char *at;

	/* "Num RefCount Protocol Flags Type St Inode Path" */
	for (at = text; at != NULL && *at != '\0'; at++) {
		if (sscanf(at, "%*s %*s %*s %lx", &flags) == 1 &&
		    (flags & LISTENS) != 0) {
			const char *end = at + strcspn(at, "\n");

			if ((size_t)(end - at) > len &&
			    end[-1 - (long)len] == ' ' &&
			    strncmp(end - len, path, len) == 0)
				return true;
		}
		if ((at = strchr(at, '\n')) == NULL)
			break;
	}
	return false;
}

static void
check_socket(struct doctor *d, const char *text, const char *name, mode_t mode,
    const char *what)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", d->host->run, name);
	if (!is_listening(text, path)) {
		doctor_find(d, FINDING_SERVICE_DOWN, path, 0,
		    "nothing listens there: %s", what);
		return;
	}
	if (root_lstat("", path, &st) &&
	    (st.st_uid != 0 || (st.st_mode & 0777) != mode))
		doctor_find(d, FINDING_SOCKET_MODE, path, 0,
		    "the socket is not root's with mode %04o", (unsigned)mode);
}

void
doctor_service(struct doctor *d)
{
	const struct doctor_host *host = d->host;
	_cleanup_(freep) char *text = NULL;
	struct stat st;
	FILE *file;
	size_t size = 0;

	check_file(d, FINDING_ENDPOINT, host->endpoint, true,
	    "where no service listens every sign-in is denied");
	check_file(d, FINDING_KEY_WORKER, host->key_worker, true,
	    "no security key in this machine can be asked");
	check_file(d, FINDING_MODULE, host->module, false,
	    "services that name it deny, or pass it over");
	/* Without systemd no service is wanted, and root starts its own. */
	if (!doctor_is_live(d) || !root_stat("", host->systemd, &st) ||
	    (file = fopen(host->sockets, "re")) == NULL)
		return;
	if (getdelim(&text, &size, '\0', file) > 0) {
		check_socket(d, text, "login.sock", 0600,
		    "sign-ins start an endpoint each, which is slower");
		check_socket(d, text, "user.sock", 0666,
		    "users can't manage their own devices, and lockers that "
		    "are not root's can't ask");
	}
	(void)fclose(file);
}
