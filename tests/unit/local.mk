check_PROGRAMS += tests/unit/test_error
tests_unit_test_error_SOURCES = %D%/test_error.c
tests_unit_test_error_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_error_LDADD = libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_error

check_PROGRAMS += tests/unit/test_secret
tests_unit_test_secret_SOURCES = %D%/test_secret.c
tests_unit_test_secret_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_secret_LDADD = libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_secret

check_PROGRAMS += tests/unit/test_text
tests_unit_test_text_SOURCES = %D%/test_text.c
tests_unit_test_text_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_text_LDADD = libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_text

check_PROGRAMS += tests/unit/test_file
tests_unit_test_file_SOURCES = %D%/test_file.c %D%/folder.c %D%/folder.h
tests_unit_test_file_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_file_LDADD = libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_file

check_PROGRAMS += tests/unit/test_file_write
tests_unit_test_file_write_SOURCES = %D%/test_file_write.c \
	%D%/folder.c %D%/folder.h
tests_unit_test_file_write_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_file_write_LDADD = libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_file_write

check_PROGRAMS += tests/unit/test_world
tests_unit_test_world_SOURCES = %D%/test_world.c
tests_unit_test_world_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_world_LDADD = libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_world

check_PROGRAMS += tests/unit/test_base32
tests_unit_test_base32_SOURCES = %D%/test_base32.c
tests_unit_test_base32_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base32_LDADD = libotp.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_base32

check_PROGRAMS += tests/unit/test_totp
tests_unit_test_totp_SOURCES = %D%/test_totp.c
tests_unit_test_totp_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_totp_LDADD = libotp.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_totp

check_PROGRAMS += tests/unit/test_otpauth
tests_unit_test_otpauth_SOURCES = %D%/test_otpauth.c
tests_unit_test_otpauth_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_otpauth_LDADD = libotp.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_otpauth

check_PROGRAMS += tests/unit/test_oathtool
tests_unit_test_oathtool_SOURCES = %D%/test_oathtool.c
tests_unit_test_oathtool_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_oathtool_LDADD = libotp.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_oathtool

check_PROGRAMS += tests/unit/test_frame
tests_unit_test_frame_SOURCES = %D%/test_frame.c
tests_unit_test_frame_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_frame_LDADD = libwire.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_frame
