/*
 * Landlock without a rule: every right that the kernel knows is taken away, and
 * none is given back (landlock(7)). The numbers are those of the kernel's
 * interface, as libc has no functions and older headers lack the later rights.
 */
#include <sys/syscall.h>

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "key/sandbox.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif

#define ASK_VERSION 1 /* LANDLOCK_CREATE_RULESET_VERSION */

/* What a ruleset can take away, and the version from which on. */
struct rights {
	uint64_t files;
	uint64_t network; /* binding and connecting TCP */
	uint64_t scopes;  /* abstract sockets, signals */
};

static const struct {
	int version;
	struct rights rights;
} versions[] = {
	{ 1, { 0x1fff, 0, 0 } },
	{ 2, { 0x3fff, 0, 0 } },
	{ 3, { 0x7fff, 0, 0 } },
	{ 4, { 0x7fff, 0x3, 0 } },
	{ 5, { 0xffff, 0x3, 0 } },
	{ 6, { 0xffff, 0x3, 0x3 } },
};

enum mfa_code
landlock_enter(struct mfa_error *err)
{
	struct rights rights = { 0 };
	_cleanup_(closep) int ruleset = -1;
	long version;
	size_t i;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
	if (version < 1)
		return MFA_OK; /* not built in, or not switched on */
	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (versions[i].version <= version)
			rights = versions[i].rights;
	}
	/* Fields that an older kernel does not know are zero: it takes them. */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &rights,
	    sizeof(rights), 0);
	if (ruleset == -1 ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "Landlock");
	return MFA_OK;
}
