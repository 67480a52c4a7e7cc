#include <sys/mman.h>

#include <errno.h>
#include <linux/futex.h>
#include <unistd.h>

#include <seccomp.h>

#include "key/sandbox.h"

/* Which descriptor a call may be used on, as its first argument. */
enum target { ANY, DEVICE, CONVERSATION, STDERR };

/*
 * What libfido2, libcrypto and the worker's own waiting need. Without
 * rt_sigreturn no handler returns, and so no signal can be blocked again: the
 * end of the parent and the alarm always come through.
 */
static const struct {
	int call;
	enum target target;
} calls[] = {
	{ SCMP_SYS(read), DEVICE },
	{ SCMP_SYS(write), DEVICE },
	{ SCMP_SYS(write), STDERR }, /* what libc says before it aborts */
	{ SCMP_SYS(recvfrom), CONVERSATION },
	{ SCMP_SYS(recv), CONVERSATION },
	{ SCMP_SYS(sendmsg), CONVERSATION },
	{ SCMP_SYS(poll), ANY },
	{ SCMP_SYS(clock_gettime), ANY }, /* where the vDSO can't */
	{ SCMP_SYS(clock_gettime64), ANY },
	{ SCMP_SYS(gettimeofday), ANY },
	{ SCMP_SYS(time), ANY },
	{ SCMP_SYS(nanosleep), ANY },
	{ SCMP_SYS(clock_nanosleep), ANY },
	{ SCMP_SYS(clock_nanosleep_time64), ANY },
	{ SCMP_SYS(restart_syscall), ANY }, /* after SIGSTOP, SIGCONT */
	{ SCMP_SYS(getrandom), ANY },
	{ SCMP_SYS(getpid), ANY }, /* libcrypto: has it been forked? */
	{ SCMP_SYS(brk), ANY },
	{ SCMP_SYS(munmap), ANY },
	{ SCMP_SYS(exit_group), ANY },
};

static int
add_call(scmp_filter_ctx filter, int call, enum target target, int device,
    int conversation)
{
	int fd = STDERR_FILENO;

	switch (target) {
	case ANY:
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
	case DEVICE:
		fd = device;
		break;
	case CONVERSATION:
		fd = conversation;
		break;
	case STDERR:
		break;
	}
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
	    SCMP_A0_32(SCMP_CMP_EQ, (scmp_datum_t)fd, 0));
}

/* Memory that malloc(3) asks for: of no file, and never executable. */
static int
add_memory(scmp_filter_ctx filter, int call)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 2,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, ~(scmp_datum_t)(PROT_READ | PROT_WRITE),
		0),
	    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS | MAP_SHARED,
		MAP_ANONYMOUS));
}

/* Calls of which one argument has to have one value. */
static const struct {
	int call;
	unsigned argument;
	scmp_datum_t value;
} bound[] = {
	/* Grown where it is or moved, to no address of the caller's choice. */
	{ SCMP_SYS(mremap), 3, MREMAP_MAYMOVE },
	/* What allocators say of their own memory; the sanitizers' too. */
	{ SCMP_SYS(madvise), 2, MADV_DONTNEED },
	{ SCMP_SYS(madvise), 2, MADV_NOHUGEPAGE },
	{ SCMP_SYS(madvise), 2, MADV_DONTDUMP },
	/* poll(3) of newer architectures; no signal mask. */
	{ SCMP_SYS(ppoll), 3, 0 },
	/* A question only; sanitizers ask it when a process ends. */
	{ SCMP_SYS(sigaltstack), 0, 0 },
	/* pthread_once(3) wakes those who wait: no one, with one thread. */
	{ SCMP_SYS(futex), 1, FUTEX_WAKE | FUTEX_PRIVATE_FLAG },
};

static int
add_bound(scmp_filter_ctx filter, size_t i)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, bound[i].call, 1,
	    SCMP_CMP(bound[i].argument, SCMP_CMP_EQ, bound[i].value, 0));
}

static int
fill(scmp_filter_ctx filter, int device, int conversation)
{
	size_t i;
	int r;

	r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	for (i = 0; r == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		r = add_call(filter, calls[i].call, calls[i].target, device,
		    conversation);
	for (i = 0; r == 0 && i < sizeof(bound) / sizeof(bound[0]); i++)
		r = add_bound(filter, i);
	if (r == 0)
		r = add_memory(filter, SCMP_SYS(mmap));
	return r == 0 ? add_memory(filter, SCMP_SYS(mmap2)) : r;
}

enum mfa_code
filter_enter(int device, int conversation, struct mfa_error *err)
{
	scmp_filter_ctx filter;
	int r;

	if ((filter = seccomp_init(SCMP_ACT_KILL_PROCESS)) == NULL)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, 0,
		    "no memory for the system call filter");
	if ((r = fill(filter, device, conversation)) == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	if (r != 0)
		return mfa_error_set(err, MFA_SERVICE_FAILURE, -r,
		    "system call filter");
	return MFA_OK;
}
