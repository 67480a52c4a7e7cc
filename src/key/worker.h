/*
 * The worker: takes one request, does it with one key, and gives one answer.
 */
#ifndef KEY_WORKER_H
#define KEY_WORKER_H

#include "key/node.h"

/*
 * Serves the conversation on the socket FD with keys of SOURCE, and ends the
 * process: status 0 where an answer was sent.
 */
_Noreturn void worker_run(int fd, const struct node_source *source);

#endif
