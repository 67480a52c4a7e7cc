/*
 * A child of the host that the host does not notice: it raises no SIGCHLD, and
 * a waitpid(-1) of the host's does not see it.
 *
 * The host may have threads, and may be the attacker's. So all that runs in the
 * child is a plain system call: glibc's wrappers are avoided where they do
 * more. setuid(2) and its like tell all threads, and cancellation points act on
 * a cancellation of the host's thread.
 */
#ifndef WIRE_CHILD_H
#define WIRE_CHILD_H

#include <sys/syscall.h>
#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/* The kernel's signal set, not libc's. */
#define CHILD_SIGNALS		64
#define CHILD_SIGSET_OCTETS	(CHILD_SIGNALS / 8)
#define CHILD_SIGSET_WORDS	(CHILD_SIGSET_OCTETS / sizeof(unsigned long))

/* Old architectures have calls for 16-bit ids under the plain names. */
#ifdef SYS_setresuid32
#define CHILD_SETGROUPS	SYS_setgroups32
#define CHILD_SETRESGID	SYS_setresgid32
#define CHILD_SETRESUID	SYS_setresuid32
#else
#define CHILD_SETGROUPS	SYS_setgroups
#define CHILD_SETRESGID	SYS_setresgid
#define CHILD_SETRESUID	SYS_setresuid
#endif

/*
 * Starts RUN(ARG) in a copy of this process, with all signals blocked; RUN does
 * not return. The process to give to child_is_gone_within(), or -1 with errno.
 */
pid_t	child_start(void (*run)(const void *arg), const void *arg) _must_check_;

/* Has PID, a child as above, ended and been reaped within MS milliseconds? */
bool	child_is_gone_within(pid_t pid, int64_t ms) _must_check_;

/* The rest is for the child. */

/* Ends it. */
void	child_leave(void) __attribute__((__noreturn__));

/* Closes the descriptors FIRST to LAST. */
void	child_close(unsigned first, unsigned last);

/*
 * Takes these ids for good: real, effective and saved, with no capability, nor
 * a way to any. Supplementary groups are dropped, or where KEEP_GROUPS left
 * alone. False where anything of it failed: the child must leave.
 */
bool	child_become(uid_t uid, gid_t gid, bool keep_groups) _must_check_;

#endif
