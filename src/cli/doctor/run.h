/* Programs of the host that are asked how it is configured. */
#ifndef CLI_DOCTOR_RUN_H
#define CLI_DOCTOR_RUN_H

#include <stdbool.h>

#define RUN_ARGUMENTS	8

/*
 * Runs ARGV[0] below ROOT ("": this host; else it is entered by chroot(2)) with
 * a clean environment and no input, and gives what it prints, at most 256 KiB,
 * for freep(). False where it can't be run, fails, prints more, or takes longer
 * than half a minute.
 */
bool	run_program(const char *root, const char *const *argv,
	    char **ret_text);

#endif
