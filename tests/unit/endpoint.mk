check_PROGRAMS += tests/unit/test_request
tests_unit_test_request_SOURCES = %D%/test_request.c src/endpoint/request.c
tests_unit_test_request_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_request_LDADD = libwire.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_request

check_PROGRAMS += tests/unit/test_process
tests_unit_test_process_SOURCES = %D%/test_process.c src/endpoint/process.c
tests_unit_test_process_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_process_LDADD = libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_process

check_PROGRAMS += tests/unit/test_rate
tests_unit_test_rate_SOURCES = %D%/test_rate.c \
	src/endpoint/rate.c src/endpoint/rate.h
tests_unit_test_rate_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rate_LDADD = $(CMOCKA_LIBS)
TESTS += tests/unit/test_rate
