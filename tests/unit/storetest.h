/* A store of its own for each test, in a temporary folder. */
#ifndef TESTS_STORETEST_H
#define TESTS_STORETEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "base/world.h"
#include "store/device.h"
#include "store/store.h"

#define USER_ALICE	((struct host_user){ .name = "alice", .uid = 1001 })
#define USER_BOB	((struct host_user){ .name = "bob", .uid = 1002 })

struct storetest {
	char		dir[64];	/* temporary; holds all of it */
	char		root[80];	/* DIR/lib */
	char		key[80];	/* DIR/host.key */
	char		sessions[80];	/* DIR/sessions */
	struct store	*store;
	struct mfa_error err;
};

extern const struct world storetest_world;

/* For cmocka_unit_test_setup_teardown(); *STATE is a struct storetest. */
int	storetest_setup(void **state);
int	storetest_teardown(void **state);

#define storetest(f) \
	cmocka_unit_test_setup_teardown(f, storetest_setup, storetest_teardown)

/* Opens T's store once more, for a process or a check of its own. */
struct store	*storetest_reopen(struct storetest *t);

/* A valid hardware token, its serial number "TEST" and NUMBER. */
struct device	*storetest_device(unsigned number);
/* A valid security key, named "key" and NUMBER, of a credential of its own. */
struct device	*storetest_key(unsigned number);
/* The same as an SSH key: of an application, without an id. */
struct device	*storetest_ssh_key(unsigned number);
bool		storetest_same(const struct device *a, const struct device *b);

/* ROOT/FOLDER/NAME */
void	storetest_path(const struct storetest *t, const char *folder,
	    const char *name, char ret[static PATH_MAX]);
/* Replaces a file's content as it is, with mode 0600. */
void	storetest_write(const char *path, const void *data, size_t len);
/* Reads it, NUL-terminated; freed by the caller. */
char	*storetest_read(const char *path, size_t *ret_len);
/* Entries of a folder but "." and "..". */
size_t	storetest_count(const struct storetest *t, const char *folder);

/* fork(2): false in the parent (*ret_pid told), true in the child. */
bool	storetest_fork(pid_t *ret_pid);
/* waitpid(2); the exit status, or 128 + the signal. */
int	storetest_wait(pid_t pid);

/* Fails where the detail does not have PART in it. */
void	storetest_says(const struct storetest *t, const char *part);

#endif
