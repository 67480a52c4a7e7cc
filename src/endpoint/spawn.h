/* Starting awsmfa-key. */
#ifndef ENDPOINT_SPAWN_H
#define ENDPOINT_SPAWN_H

#include <sys/types.h>
#include <stdbool.h>

#include "base/cleanup.h"

#define SPAWN_WORKER_FD	3	/* its end of the conversation */

/*
 * Starts PROGRAM with FD, which is above SPAWN_WORKER_FD, as that, /dev/null
 * on 0 to 2, nothing else, an empty environment, and signals by default.
 */
bool	spawn_worker(const char *program, int fd, pid_t *ret_pid) _must_check_;

#endif
