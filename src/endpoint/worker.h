/*
 * A worker: serves one conversation, which its parent hands to it or which it
 * accepts itself and tells of. A channel leads to the parent until then.
 */
#ifndef ENDPOINT_WORKER_H
#define ENDPOINT_WORKER_H

#include <signal.h>
#include <stdbool.h>

#include "endpoint/caller.h"
#include "endpoint/endpoint.h"

/* What it has from its parent. */
struct worker_post {
	struct endpoint	*endpoint;
	bool		accepts;	/* itself */
	int		channel;
	sigset_t	mask;		/* of signals, to serve under */
};

/* What it tells before it reads a word, of a conversation that it accepted. */
struct worker_news {
	bool		said;		/* a word has come, and so: */
	struct caller	caller;
};

/* In the new process, of PARENT. */
void	worker_run(const struct worker_post *post, pid_t parent)
	    __attribute__((__noreturn__));

/* In the parent: hands the conversation FD over. False: the worker has died. */
bool	worker_hand(int channel, int fd) _must_check_;

/* In the parent: what has come. False: nothing, or the worker has died. */
bool	worker_hear(int channel, struct worker_news *ret) _must_check_;

#endif
