#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "key/sandbox.h"

#define CPU_SECONDS    10
#define MEMORY_GROWTH  (UINT64_C(256) << 20) /* octets */
#define MEMORY_DEFAULT (UINT64_C(1) << 30)   /* where /proc is not there */

/* How long a descriptor table can be: fs.nr_open. */
#define ALL_DESCRIPTORS (~0U)

static enum mfa_code
set_limit(int resource, const char *name, rlim_t value, struct mfa_error *err)
{
	struct rlimit limit = { .rlim_cur = value, .rlim_max = value };

	if (setrlimit(resource, &limit) == -1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "limit of %s", name);
	return MFA_OK;
}

enum mfa_code
sandbox_prepare(int parent, struct mfa_error *err)
{
	enum mfa_code code;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == -1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno, "prctl");
	/* Before that call no signal would have come. */
	if (getppid() != parent)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "the parent is gone");
	if ((code = set_limit(RLIMIT_CORE, "cores", 0, err)) != MFA_OK ||
	    (code = set_limit(RLIMIT_FSIZE, "files", 0, err)) != MFA_OK ||
	    (code = set_limit(RLIMIT_MEMLOCK, "locked memory", 0, err)) !=
		MFA_OK ||
	    (code = set_limit(RLIMIT_MSGQUEUE, "queues", 0, err)) != MFA_OK)
		return code;
	return set_limit(RLIMIT_NPROC, "processes", 0, err);
}

/* Octets of address space in use (a lot with a sanitizer). */
static uint64_t
memory_in_use(void)
{
	_cleanup_(closep) int fd = -1;
	uint64_t pages;
	char text[64];
	ssize_t n;

	if ((fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) == -1 ||
	    (n = read(fd, text, sizeof(text) - 1)) <= 0)
		return MEMORY_DEFAULT;
	text[n] = '\0';
	if (sscanf(text, "%" SCNu64, &pages) != 1)
		return MEMORY_DEFAULT;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Closes all descriptors but 0 to 2, A and B, where A is below B. */
static enum mfa_code
close_others(unsigned a, unsigned b, struct mfa_error *err)
{
	const unsigned gaps[][2] = { { STDERR_FILENO + 1, a - 1 },
		{ a + 1, b - 1 }, { b + 1, ALL_DESCRIPTORS } };
	size_t i;

	for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		if (gaps[i][0] <= gaps[i][1] &&
		    close_range(gaps[i][0], gaps[i][1], 0) == -1)
			return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
			    "closing descriptors");
	}
	return MFA_OK;
}

enum mfa_code
sandbox_enter(int device, int conversation, struct mfa_error *err)
{
	int low = device < conversation ? device : conversation;
	int high = device < conversation ? conversation : device;
	const struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS + 1 };
	rlim_t memory = memory_in_use() + MEMORY_GROWTH;
	enum mfa_code code;

	if (low <= STDERR_FILENO || low == high)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "descriptors %d and %d", device, conversation);
	code = close_others((unsigned)low, (unsigned)high, err);
	if (code != MFA_OK)
		return code;
	/* The soft limit is a signal, in time to cancel at the key. */
	if (setrlimit(RLIMIT_CPU, &cpu) == -1)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, errno,
		    "limit of time");
	if ((code = set_limit(RLIMIT_AS, "memory", memory, err)) != MFA_OK ||
	    (code = landlock_enter(err)) != MFA_OK ||
	    (code = set_limit(RLIMIT_NOFILE, "descriptors", (rlim_t)high + 1,
		 err)) != MFA_OK)
		return code;
	return filter_enter(device, conversation, err);
}
