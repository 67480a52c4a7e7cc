key_libs = libkey.la libwire.la libbase.la \
	$(CMOCKA_LIBS) $(FIDO2_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS)
key_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(FIDO2_CFLAGS) $(CRYPTO_CFLAGS)

check_PROGRAMS += tests/unit/test_keymsg
tests_unit_test_keymsg_SOURCES = tests/unit/test_keymsg.c
tests_unit_test_keymsg_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_keymsg_LDADD = libwire.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_keymsg

# Both have a folder "key": that of the sources is found first.
check_PROGRAMS += tests/key/test_worker
tests_key_test_worker_SOURCES = %D%/test_worker.c %D%/keybed.c %D%/keybed.h
tests_key_test_worker_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_key_test_worker_CFLAGS = $(key_cflags)
tests_key_test_worker_LDADD = $(key_libs)
TESTS += tests/key/test_worker

check_PROGRAMS += tests/key/test_hostile
tests_key_test_hostile_SOURCES = %D%/test_hostile.c %D%/keybed.c %D%/keybed.h
tests_key_test_hostile_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_key_test_hostile_CFLAGS = $(key_cflags)
tests_key_test_hostile_LDADD = $(key_libs)
TESTS += tests/key/test_hostile

check_PROGRAMS += tests/key/test_node
tests_key_test_node_SOURCES = %D%/test_node.c
tests_key_test_node_CFLAGS = $(key_cflags)
tests_key_test_node_LDADD = $(key_libs)
TESTS += tests/key/test_node

check_PROGRAMS += tests/key/test_sandbox
tests_key_test_sandbox_SOURCES = %D%/test_sandbox.c
tests_key_test_sandbox_CFLAGS = $(key_cflags)
tests_key_test_sandbox_LDADD = $(key_libs)
TESTS += tests/key/test_sandbox

check_PROGRAMS += tests/key/test_program
tests_key_test_program_SOURCES = %D%/test_program.c
tests_key_test_program_CFLAGS = $(key_cflags)
tests_key_test_program_LDADD = libwire.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/key/test_program

# In the place of awsmfa-key, with ptys for nodes.
check_PROGRAMS += tests/key/worker_pty
tests_key_worker_pty_SOURCES = %D%/worker_pty.c
tests_key_worker_pty_CFLAGS = $(key_cflags)
tests_key_worker_pty_LDADD = $(key_libs)

check_PROGRAMS += tests/key/verify_u2f
tests_key_verify_u2f_SOURCES = %D%/verify_u2f.c
tests_key_verify_u2f_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_key_verify_u2f_LDADD = libfido.la libbase.la $(CRYPTO_LIBS)
EXTRA_DIST += %D%/test_pamu2fcfg.py
TESTS += %D%/test_pamu2fcfg.py

# A whole tap, from enrolment to the ledger, for any user.
check_PROGRAMS += tests/key/test_tap_pty
tests_key_test_tap_pty_SOURCES = %D%/test_tap_pty.c \
	src/endpoint/keys.c src/endpoint/keys.h src/endpoint/log.h \
	src/endpoint/spawn.c src/endpoint/spawn.h \
	tests/unit/mfatest.c tests/unit/mfatest.h \
	tests/unit/storetest.c tests/unit/storetest.h
tests_key_test_tap_pty_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests \
	-I$(srcdir)/tests/unit
tests_key_test_tap_pty_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_key_test_tap_pty_LDADD = libmfa.la libstore.la libotp.la libwire.la \
	libbase.la $(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/key/test_tap_pty
