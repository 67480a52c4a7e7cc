check_PROGRAMS += tests/unit/test_throttle
tests_unit_test_throttle_SOURCES = %D%/test_throttle.c
tests_unit_test_throttle_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_throttle_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_throttle

check_PROGRAMS += tests/unit/test_spent
tests_unit_test_spent_SOURCES = %D%/test_spent.c
tests_unit_test_spent_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_spent_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_spent

check_PROGRAMS += tests/unit/test_signin
tests_unit_test_signin_SOURCES = %D%/test_signin.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_signin_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_signin_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_signin

check_PROGRAMS += tests/unit/test_notice
tests_unit_test_notice_SOURCES = %D%/test_notice.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_notice_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_notice_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_notice

check_PROGRAMS += tests/unit/test_give
tests_unit_test_give_SOURCES = %D%/test_give.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_give_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_give_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_give

check_PROGRAMS += tests/unit/test_longcode
tests_unit_test_longcode_SOURCES = %D%/test_longcode.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_longcode_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_longcode_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_longcode

check_PROGRAMS += tests/unit/test_recover
tests_unit_test_recover_SOURCES = %D%/test_recover.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_recover_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_recover_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_recover

check_PROGRAMS += tests/unit/test_enrol
tests_unit_test_enrol_SOURCES = %D%/test_enrol.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_enrol_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_enrol_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_enrol

check_PROGRAMS += tests/unit/test_key_devices
tests_unit_test_key_devices_SOURCES = %D%/test_key_devices.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_key_devices_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_key_devices_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_key_devices

check_PROGRAMS += tests/unit/test_settings
tests_unit_test_settings_SOURCES = %D%/test_settings.c
tests_unit_test_settings_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_settings_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_settings


check_PROGRAMS += tests/unit/test_tap
tests_unit_test_tap_SOURCES = %D%/test_tap.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h \
	tests/support/fidomake.c tests/support/fidomake.h
tests_unit_test_tap_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_unit_test_tap_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS) \
	$(FIDO2_CFLAGS)
tests_unit_test_tap_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_tap

check_PROGRAMS += tests/unit/test_ticket
tests_unit_test_ticket_SOURCES = %D%/test_ticket.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_ticket_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_ticket_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_ticket

check_PROGRAMS += tests/unit/test_presence
tests_unit_test_presence_SOURCES = %D%/test_presence.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_presence_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_presence_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_presence

check_PROGRAMS += tests/unit/test_ssh_tap
tests_unit_test_ssh_tap_SOURCES = %D%/test_ssh_tap.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h \
	tests/support/fidomake.c tests/support/fidomake.h \
	tests/support/sshmake.c tests/support/sshmake.h
tests_unit_test_ssh_tap_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_unit_test_ssh_tap_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	$(CRYPTO_CFLAGS) $(FIDO2_CFLAGS)
tests_unit_test_ssh_tap_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_ssh_tap

check_PROGRAMS += tests/unit/test_ssh_info
tests_unit_test_ssh_info_SOURCES = %D%/test_ssh_info.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_ssh_info_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_ssh_info_LDADD = libmfa.la libstore.la libfido.la libotp.la \
	libbase.la $(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_ssh_info

check_PROGRAMS += tests/unit/test_enrol_own
tests_unit_test_enrol_own_SOURCES = %D%/test_enrol_own.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_enrol_own_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_enrol_own_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_enrol_own

check_PROGRAMS += tests/unit/test_enrol_ssh
tests_unit_test_enrol_ssh_SOURCES = %D%/test_enrol_ssh.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h \
	tests/support/fidomake.c tests/support/fidomake.h \
	tests/support/sshmake.c tests/support/sshmake.h
tests_unit_test_enrol_ssh_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_unit_test_enrol_ssh_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) \
	$(CRYPTO_CFLAGS) $(FIDO2_CFLAGS)
tests_unit_test_enrol_ssh_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_enrol_ssh

check_PROGRAMS += tests/unit/test_enrol_import
tests_unit_test_enrol_import_SOURCES = %D%/test_enrol_import.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_test_enrol_import_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_enrol_import_LDADD = libmfa.la libstore.la libotp.la \
	libbase.la $(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += tests/unit/test_enrol_import

# Built where valgrind's header is; a sanitizer sees other things.
if MEMCHECK
if !SANITIZER
check_PROGRAMS += tests/unit/constant_time
tests_unit_constant_time_SOURCES = %D%/constant_time.c \
	%D%/mfatest.c %D%/mfatest.h \
	%D%/storetest.c %D%/storetest.h
tests_unit_constant_time_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_constant_time_LDADD = libmfa.la libstore.la libotp.la libbase.la \
	$(CMOCKA_LIBS) $(LIBCONFIG_LIBS) $(CRYPTO_LIBS)
TESTS += %D%/constant_time.sh
endif
endif
EXTRA_DIST += %D%/constant_time.sh %D%/constant_time.supp
