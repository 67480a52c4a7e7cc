/* What the tests of the module share: one host, and what is asked of it. */
#ifndef TESTS_PAMTEST_H
#define TESTS_PAMTEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <security/pam_appl.h>

#include "support/pamhost.h"

extern struct pamhost host;

/* Two answers to give, and a service that listens. */
int	pamtest_setup(void **state);
int	pamtest_teardown(void **state);

/* Skips the test for others. */
void	need_root(void);

/* Signs alice in against SCRIPT. */
int	sign_in(const char *script);

void	assert_has(const char *text, const char *part);
void	assert_lacks(const char *text, const char *part);

#endif
