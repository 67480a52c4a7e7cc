# The module as it is installed, but for the paths: real libpam loads it.
pam_tests = \
	%D%/test_agent \
	%D%/test_agent_socket \
	%D%/test_host \
	%D%/test_one_shot \
	%D%/test_phases \
	%D%/test_relay \
	%D%/test_tap
check_PROGRAMS += $(pam_tests) tests/support/fakepeer
check_LTLIBRARIES += %D%/module.la tests/support/authtok.la
TESTS += $(pam_tests)
EXTRA_DIST += %D%/valgrind.sh
# A sanitizer looks already.
if !SANITIZER
TESTS += %D%/valgrind.sh
endif

# -rpath makes a shared object of it, although it is never installed.
pam_test_module = -module -avoid-version -shared -rpath /nowhere \
	-export-symbols-regex '^pam_sm_'
pam_test_cppflags = $(AM_CPPFLAGS) -I$(srcdir) -I$(srcdir)/tests

tests_pam_module_la_SOURCES = $(pam_sources) tests/support/test_paths.c
tests_pam_module_la_CPPFLAGS = $(pam_test_cppflags)
tests_pam_module_la_LDFLAGS = $(AM_LDFLAGS) $(pam_test_module)
tests_pam_module_la_LIBADD = $(PAM_LIBS)

tests_support_authtok_la_SOURCES = tests/support/authtok.c
tests_support_authtok_la_LDFLAGS = $(AM_LDFLAGS) $(pam_test_module)
tests_support_authtok_la_LIBADD = $(PAM_LIBS)

# Nothing but itself: a copy of it is run as the endpoint.
tests_support_fakepeer_SOURCES = tests/support/fakepeer.c \
	src/base/cleanup.c \
	src/base/error.c \
	src/wire/frame.c \
	src/wire/passing.c
tests_support_fakepeer_CPPFLAGS = $(pam_test_cppflags)

pam_test_host = \
	%D%/pamtest.c %D%/pamtest.h \
	tests/support/pamhost.c tests/support/pamhost.h \
	tests/support/snapshot.c tests/support/snapshot.h
pam_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
pam_test_libs = $(CMOCKA_LIBS) $(PAM_LIBS)

tests_pam_test_agent_SOURCES = %D%/test_agent.c $(pam_test_host)
tests_pam_test_agent_CPPFLAGS = $(pam_test_cppflags)
tests_pam_test_agent_CFLAGS = $(pam_test_cflags)
tests_pam_test_agent_LDADD = $(pam_test_libs)

tests_pam_test_agent_socket_SOURCES = %D%/test_agent_socket.c \
	tests/support/snapshot.c tests/support/snapshot.h
tests_pam_test_agent_socket_CPPFLAGS = $(pam_test_cppflags)
tests_pam_test_agent_socket_CFLAGS = $(pam_test_cflags)
tests_pam_test_agent_socket_LDADD = libwire.la libbase.la $(CMOCKA_LIBS)

tests_pam_test_host_SOURCES = %D%/test_host.c $(pam_test_host)
tests_pam_test_host_CPPFLAGS = $(pam_test_cppflags)
tests_pam_test_host_CFLAGS = $(pam_test_cflags)
tests_pam_test_host_LDADD = $(pam_test_libs)

tests_pam_test_one_shot_SOURCES = %D%/test_one_shot.c $(pam_test_host)
tests_pam_test_one_shot_CPPFLAGS = $(pam_test_cppflags)
tests_pam_test_one_shot_CFLAGS = $(pam_test_cflags)
tests_pam_test_one_shot_LDADD = $(pam_test_libs)

tests_pam_test_phases_SOURCES = %D%/test_phases.c $(pam_test_host)
tests_pam_test_phases_CPPFLAGS = $(pam_test_cppflags)
tests_pam_test_phases_CFLAGS = $(pam_test_cflags)
tests_pam_test_phases_LDADD = $(pam_test_libs)

tests_pam_test_relay_SOURCES = %D%/test_relay.c $(pam_test_host)
tests_pam_test_relay_CPPFLAGS = $(pam_test_cppflags)
tests_pam_test_relay_CFLAGS = $(pam_test_cflags)
tests_pam_test_relay_LDADD = $(pam_test_libs)

tests_pam_test_tap_SOURCES = %D%/test_tap.c $(pam_test_host) \
	src/base/cleanup.c \
	src/base/error.c \
	src/wire/frame.c \
	src/wire/passing.c
tests_pam_test_tap_CPPFLAGS = $(pam_test_cppflags)
tests_pam_test_tap_CFLAGS = $(pam_test_cflags)
tests_pam_test_tap_LDADD = $(pam_test_libs)
