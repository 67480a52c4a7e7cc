#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "endpoint/locality.h"
#include "endpoint/process.h"

#define SESSION_UNSET 4294967295U /* AUDIT_SID_UNSET */

/* What is used of libsystemd's sd-login(3), where the host has it. */
struct logind {
	void *library;
	int (*pid_get_session)(pid_t pid, char **ret);
	int (*is_remote)(const char *session);
	int (*is_active)(const char *session);
	int (*get_seat)(const char *session, char **ret);
	int (*get_tty)(const char *session, char **ret);
	int (*get_remote_host)(const char *session, char **ret);
};

static void
logind_close(struct logind *logind)
{
	if (logind->library != NULL)
		(void)dlclose(logind->library);
}

static bool
logind_open(struct logind *logind)
{
	const struct {
		const char *name;
		void *slot;
	} symbols[] = {
		{ "sd_pid_get_session", &logind->pid_get_session },
		{ "sd_session_is_remote", &logind->is_remote },
		{ "sd_session_is_active", &logind->is_active },
		{ "sd_session_get_seat", &logind->get_seat },
		{ "sd_session_get_tty", &logind->get_tty },
		{ "sd_session_get_remote_host", &logind->get_remote_host },
	};
	void *symbol;
	size_t i;

	logind->library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (logind->library == NULL)
		return false;
	for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		symbol = dlsym(logind->library, symbols[i].name);
		if (symbol == NULL)
			return false;
		memcpy(symbols[i].slot, &symbol, sizeof(symbol));
	}
	return true;
}

/* ttyN, ttySN, hvcN: a person is at the machine, or at its serial line. */
static bool
is_console(const char *tty)
{
	static const char *const names[] = { "tty", "ttyS", "hvc" };
	const char *digits;
	size_t i;

	if (strncmp(tty, "/dev/", 5) == 0)
		tty += 5;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(tty, names[i], strlen(names[i])) != 0)
			continue;
		digits = tty + strlen(names[i]);
		if (*digits != '\0' &&
		    strspn(digits, "0123456789") == strlen(digits))
			return true;
	}
	return false;
}

/* ":0", ":1.0": a display of a seat, and not one at another host. */
static bool
is_display(const char *tty)
{
	return tty[0] == ':' && tty[1] != '\0' &&
	    strspn(tty + 1, "0123456789.") == strlen(tty + 1);
}

/* Has the session a seat, or a console of the kernel's? */
static bool
has_place(const struct logind *logind, const char *session)
{
	_cleanup_(freep) char *seat = NULL;
	_cleanup_(freep) char *tty = NULL;

	if (logind->get_seat(session, &seat) >= 0 && seat != NULL &&
	    seat[0] != '\0')
		return true;
	return logind->get_tty(session, &tty) >= 0 && tty != NULL &&
	    is_console(tty);
}

/* The session's name is its audit id, where it was made at a login. */
static bool
is_session_of(const char *session, uint32_t audit)
{
	uint64_t id;

	return audit != SESSION_UNSET && text_parse_u64(session, &id) &&
	    id == audit;
}

/* The session of PID, the caller's; NULL where the two do not agree. */
static char *
find_session(struct logind *logind, pid_t pid, uint32_t audit)
{
	_cleanup_(freep) char *session = NULL;

	if (!logind_open(logind) ||
	    logind->pid_get_session(pid, &session) < 0 || session == NULL ||
	    !is_session_of(session, audit))
		return NULL;
	return steal(&session);
}

struct locality
locality_find(pid_t pid)
{
	_cleanup_(logind_close) struct logind logind = { 0 };
	_cleanup_(freep) char *session = NULL;
	_cleanup_(freep) char *host = NULL;
	struct locality found = { .known = false };
	uint32_t audit;
	int remote;

	if (!process_audit_session(pid, &audit) ||
	    (session = find_session(&logind, pid, audit)) == NULL ||
	    (remote = logind.is_remote(session)) < 0)
		return found;
	found.known = true;
	found.remote = remote > 0;
	if (found.remote && logind.get_remote_host(session, &host) >= 0 &&
	    host != NULL && strlen(host) < sizeof(found.host))
		strcpy(found.host, host);
	return found;
}

static bool
is_in_local_session(pid_t pid, uint32_t audit)
{
	_cleanup_(logind_close) struct logind logind = { 0 };
	_cleanup_(freep) char *session = NULL;

	if ((session = find_session(&logind, pid, audit)) == NULL)
		return false;
	return logind.is_remote(session) == 0 &&
	    logind.is_active(session) > 0 && has_place(&logind, session);
}

bool
locality_is_local(const struct settings *settings, pid_t pid,
    const char *service, const char *rhost, const char *tty)
{
	uint32_t audit;

	if (settings->keys_for_remote)
		return true;
	if (!process_audit_session(pid, &audit))
		return false;
	if (audit != SESSION_UNSET)
		return is_in_local_session(pid, audit);
	return settings_has_service(&settings->local_services, service) &&
	    (rhost == NULL || rhost[0] == '\0') && tty != NULL &&
	    (is_console(tty) || is_display(tty));
}
