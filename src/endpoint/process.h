/* What /proc says of a process; see proc(5). */
#ifndef ENDPOINT_PROCESS_H
#define ENDPOINT_PROCESS_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mfa/ticket.h"

/* Reads a small file of /proc/PID into BUF, terminated; "" where it can't. */
bool	process_read(pid_t pid, const char *file, char *buf, size_t size);

/* The audit login session, 4294967295 where there is none. */
bool	process_audit_session(pid_t pid, uint32_t *ret);

/*
 * Which process PID is, and its parent (0: none that it can see). False, both
 * untouched, where it can't be told.
 */
bool	process_identify(pid_t pid, struct ticket_process *ret,
	    pid_t *ret_parent);

#endif
