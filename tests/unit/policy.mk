check_PROGRAMS += tests/unit/test_policy_default
tests_unit_test_policy_default_SOURCES = %D%/test_policy_default.c
tests_unit_test_policy_default_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_default_LDADD = libpolicy.la libbase.la \
	$(CMOCKA_LIBS)
TESTS += tests/unit/test_policy_default

check_PROGRAMS += tests/unit/test_access
tests_unit_test_access_SOURCES = %D%/test_access.c
tests_unit_test_access_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_access_LDADD = libmfa.la libpolicy.la libbase.la \
	$(CMOCKA_LIBS)
TESTS += tests/unit/test_access

check_PROGRAMS += tests/unit/test_endpoint_policy
tests_unit_test_endpoint_policy_SOURCES = %D%/test_endpoint_policy.c \
	src/endpoint/policy.c
tests_unit_test_endpoint_policy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_endpoint_policy_LDADD = libmfa.la libpolicy.la libbase.la \
	$(CMOCKA_LIBS)
TESTS += tests/unit/test_endpoint_policy

check_PROGRAMS += tests/unit/test_policy
tests_unit_test_policy_SOURCES = %D%/test_policy.c
tests_unit_test_policy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_LDADD = libpolicy.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_policy
EXTRA_DIST += %D%/policy/conditions %D%/policy/refusals %D%/policy/statements
