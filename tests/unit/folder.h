/* A private folder for tests of files, and short ways to fill and read it. */
#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/file.h"

#define FOLDER_WATCHDOG	120	/* seconds, then a test that hangs is killed */
#define FOLDER_READ_MAX	200000	/* octets */

/* This user's and closed to others; the folder's path and descriptor. */
extern struct file_trust	folder_mine;
extern char			folder_path[];
extern int			folder_fd;

/* For cmocka: group set-up and tear-down, tear-down of one test. */
int	folder_setup(void **state);
int	folder_remove(void **state);
int	folder_empty(void **state);

#define FOLDER_TEST(f)	cmocka_unit_test_teardown(f, folder_empty)

/* How many names are in the folder? */
int	folder_count(void);

/* Writes NAME with exactly MODE. */
void	folder_put(const char *name, const void *data, size_t len, mode_t mode);

/* NAME as text; the caller frees. */
char	*folder_read(const char *name, size_t *ret_len);

/* Fails the test where NAME has another content. */
void	folder_assert(const char *name, const char *expected);

/* Kills a child that runs until then. */
void	folder_stop(pid_t pid);

#endif
