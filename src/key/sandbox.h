/*
 * What is left to the worker: before a person is waited for, and before a byte
 * of the key is parsed. Whoever takes over the parser then has the key, the
 * conversation and the processor for a few seconds.
 */
#ifndef KEY_SANDBOX_H
#define KEY_SANDBOX_H

#include <stddef.h>

#include "base/error.h"

/*
 * First of all: no new privileges, no core dump, no tracer, no child, no file
 * written; the process ends with its parent (PARENT, its process id) by
 * SIGTERM, whose handler the caller has set.
 *  MFA_SERVICE_FAILURE  one of them could not be had; the parent is gone
 */
enum mfa_code	sandbox_prepare(int parent, struct mfa_error *err)
		    _must_check_;

/*
 * The rest: no descriptor but 0 to 2, DEVICE and CONVERSATION, no more
 * memory than now and a bit, a few seconds of processor time, no access to the
 * file system or the network (Landlock, where the kernel has it), and only the
 * system calls that a request needs; another one kills the process.
 *  MFA_SERVICE_FAILURE  it is not in force
 */
enum mfa_code	sandbox_enter(int device, int conversation,
		    struct mfa_error *err) _must_check_;

/* Its parts. Landlock that the kernel does not have is MFA_OK. */
enum mfa_code	landlock_enter(struct mfa_error *err) _must_check_;
enum mfa_code	filter_enter(int device, int conversation,
		    struct mfa_error *err) _must_check_;

#endif
