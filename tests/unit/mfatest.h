/* A store with a clock of its own and users, for tests of src/mfa. */
#ifndef TESTS_MFATEST_H
#define TESTS_MFATEST_H

#include "storetest.h"

#include "mfa/context.h"
#include "mfa/settings.h"

#define MFATEST_NOW	1700000015	/* epoch; the middle of a 30 s step */

struct mfatest {
	struct storetest	*t;
	struct settings		settings;
	struct world		world;
	struct mfa_context	ctx;
	struct mfa_error	err;
	int64_t			now;
};

/* For cmocka; *STATE is a struct mfatest. alice, bob and root are known. */
int	mfatest_setup(void **state);
int	mfatest_teardown(void **state);

#define mfatest(f) \
	cmocka_unit_test_setup_teardown(f, mfatest_setup, mfatest_teardown)

/* Puts a hardware token into the inventory; its serial is "TEST" NUMBER. */
void	mfatest_import(struct mfatest *m, unsigned number, char ret_serial[SERIAL_NUMBER_MAX + 1]);

/* The code of token NUMBER at OFFSET steps from the present one. */
void	mfatest_code(struct mfatest *m, unsigned number, int offset,
	    struct secret *ret);

/* Enables token NUMBER for USER with the codes at OFFSET and OFFSET + 1. */
enum mfa_code	mfatest_enable(struct mfatest *m, const struct host_user *user,
	    unsigned number, int offset);

/* Imports and enables, and waits for the next step; fails where that fails. */
void	mfatest_enrol(struct mfatest *m, const struct host_user *user,
	    unsigned number);

/* A whole sign-in with TEXT for an answer. */
enum mfa_code	mfatest_signin(struct mfatest *m, const char *user,
	    const char *text, size_t len);
/* The same with the code of token NUMBER at OFFSET. */
enum mfa_code	mfatest_signin_code(struct mfatest *m, const char *user,
	    unsigned number, int offset);

/* Fails where the last error's detail does not have PART in it. */
void	mfatest_says(const struct mfatest *m, const char *part);

#endif
