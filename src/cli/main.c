#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <jansson.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

#include "base/secret.h"
#include "cli/cli.h"

/* Descriptors 0 to 2 are there, so that no file of ours becomes one of them. */
static bool
hold_standard_descriptors(void)
{
	int fd;

	do {
		if ((fd = open("/dev/null", O_RDWR)) < 0)
			return false;
	} while (fd <= STDERR_FILENO);
	close(fd);
	return true;
}

/* Seeds pass through this process: no core dump, no tracer of the same user. */
static void
guard_memory(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	json_set_alloc_funcs(secret_malloc, secret_free);
}

int
main(int argc, char **argv)
{
	if (!hold_standard_descriptors())
		return CLI_OTHER;
	guard_memory();
	setlocale(LC_CTYPE, "");
	/* A reader that went away is noticed as an error of the write. */
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	return cli_main(&client_paths_default, argc, argv);
}
