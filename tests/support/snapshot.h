/* What of a process a module may not change. */
#ifndef SUPPORT_SNAPSHOT_H
#define SUPPORT_SNAPSHOT_H

#include <sys/time.h>
#include <sys/types.h>
#include <signal.h>

#define SNAPSHOT_TEXT	16384

struct snapshot {
	char			descriptors[SNAPSHOT_TEXT];
	char			environment[SNAPSHOT_TEXT];
	char			locale[1024];
	char			cwd[1024];
	char			ids[1024];
	char			children[64];
	char			timers[256];
	char			threads[64];
	char			limits[2048];
	mode_t			mask;
	sigset_t		blocked;
	struct sigaction	actions[_NSIG];
};

void	snapshot_take(struct snapshot *ret);

/* The first thing in which they differ, or NULL. Not thread-safe. */
const char	*snapshot_differ(const struct snapshot *a,
		    const struct snapshot *b);

#endif
