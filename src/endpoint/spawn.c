#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

#include "base/cleanup.h"
#include "endpoint/spawn.h"

static bool
set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	return posix_spawnattr_setsigmask(attr, &none) == 0 &&
	    posix_spawnattr_setsigdefault(attr, &all) == 0 &&
	    posix_spawnattr_setflags(attr,
		POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0;
}

static bool
set_actions(posix_spawn_file_actions_t *actions, int fd)
{
	int i;

	for (i = 0; i < SPAWN_WORKER_FD; i++) {
		if (posix_spawn_file_actions_addopen(actions, i, "/dev/null",
			O_RDWR, 0) != 0)
			return false;
	}
	return posix_spawn_file_actions_adddup2(actions, fd, SPAWN_WORKER_FD) ==
	    0 &&
	    posix_spawn_file_actions_addclosefrom_np(actions,
		SPAWN_WORKER_FD + 1) == 0;
}

static void
actions_destroy(posix_spawn_file_actions_t *actions)
{
	(void)posix_spawn_file_actions_destroy(actions);
}

static void
attributes_destroy(posix_spawnattr_t *attr)
{
	(void)posix_spawnattr_destroy(attr);
}

bool
spawn_worker(const char *program, int fd, pid_t *ret_pid)
{
	_cleanup_(actions_destroy) posix_spawn_file_actions_t actions;
	_cleanup_(attributes_destroy) posix_spawnattr_t attr;
	char *const argv[] = { "awsmfa-key", NULL };
	char *const envp[] = { NULL };

	/* Neither can fail in glibc: they fill memory that is there. */
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attr);
	return set_actions(&actions, fd) && set_attributes(&attr) &&
	    posix_spawn(ret_pid, program, &actions, &attr, argv, envp) == 0;
}
