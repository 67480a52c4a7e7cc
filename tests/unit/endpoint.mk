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

check_PROGRAMS += tests/unit/test_agent_signer
tests_unit_test_agent_signer_SOURCES = %D%/test_agent_signer.c \
	src/endpoint/agent.c src/endpoint/agent_signer.c
tests_unit_test_agent_signer_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_signer_LDADD = libmfa.la libstore.la libfido.la \
	libotp.la libwire.la libbase.la $(CMOCKA_LIBS) $(LIBCONFIG_LIBS) \
	$(CRYPTO_LIBS)
TESTS += tests/unit/test_agent_signer

check_PROGRAMS += tests/unit/test_person
tests_unit_test_person_SOURCES = %D%/test_person.c \
	src/endpoint/person.c src/endpoint/person.h
tests_unit_test_person_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_person_LDADD = libmfa.la libwire.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_person

check_PROGRAMS += tests/unit/test_phase
tests_unit_test_phase_SOURCES = %D%/test_phase.c
tests_unit_test_phase_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_phase_LDADD = libendpoint.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_phase
