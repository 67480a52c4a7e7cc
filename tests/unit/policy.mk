check_PROGRAMS += tests/unit/test_policy_default
tests_unit_test_policy_default_SOURCES = %D%/test_policy_default.c
tests_unit_test_policy_default_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_policy_default_LDADD = libpolicy.la libbase.la \
	$(CMOCKA_LIBS)
TESTS += tests/unit/test_policy_default
