fido_test_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/tests
fido_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS) \
	$(FIDO2_CFLAGS)
fido_test_libs = libfido.la libbase.la $(CMOCKA_LIBS) $(CRYPTO_LIBS)
fido_test_sources = \
	%D%/fidotest.c %D%/fidotest.h \
	tests/support/fidomake.c tests/support/fidomake.h

check_PROGRAMS += tests/unit/test_credential
tests_unit_test_credential_SOURCES = %D%/test_credential.c $(fido_test_sources)
tests_unit_test_credential_CPPFLAGS = $(fido_test_cppflags)
tests_unit_test_credential_CFLAGS = $(fido_test_cflags)
tests_unit_test_credential_LDADD = $(fido_test_libs)
TESTS += tests/unit/test_credential

check_PROGRAMS += tests/unit/test_library
tests_unit_test_library_SOURCES = %D%/test_library.c \
	%D%/folder.c %D%/folder.h $(fido_test_sources)
tests_unit_test_library_CPPFLAGS = $(fido_test_cppflags)
tests_unit_test_library_CFLAGS = $(fido_test_cflags)
tests_unit_test_library_LDADD = $(fido_test_libs)
TESTS += tests/unit/test_library

check_PROGRAMS += tests/unit/test_authdata
tests_unit_test_authdata_SOURCES = %D%/test_authdata.c $(fido_test_sources)
tests_unit_test_authdata_CPPFLAGS = $(fido_test_cppflags)
tests_unit_test_authdata_CFLAGS = $(fido_test_cflags)
tests_unit_test_authdata_LDADD = $(fido_test_libs)
TESTS += tests/unit/test_authdata

check_PROGRAMS += tests/unit/test_certificate
tests_unit_test_certificate_SOURCES = %D%/test_certificate.c \
	%D%/folder.c %D%/folder.h $(fido_test_sources)
tests_unit_test_certificate_CPPFLAGS = $(fido_test_cppflags)
tests_unit_test_certificate_CFLAGS = $(fido_test_cflags)
tests_unit_test_certificate_LDADD = $(fido_test_libs)
TESTS += tests/unit/test_certificate

check_PROGRAMS += tests/unit/test_attestation
tests_unit_test_attestation_SOURCES = %D%/test_attestation.c \
	$(fido_test_sources)
tests_unit_test_attestation_CPPFLAGS = $(fido_test_cppflags)
tests_unit_test_attestation_CFLAGS = $(fido_test_cflags)
tests_unit_test_attestation_LDADD = $(fido_test_libs)
TESTS += tests/unit/test_attestation

check_PROGRAMS += tests/unit/test_assertion
tests_unit_test_assertion_SOURCES = %D%/test_assertion.c $(fido_test_sources)
tests_unit_test_assertion_CPPFLAGS = $(fido_test_cppflags)
tests_unit_test_assertion_CFLAGS = $(fido_test_cflags)
tests_unit_test_assertion_LDADD = $(fido_test_libs)
TESTS += tests/unit/test_assertion

check_PROGRAMS += tests/unit/test_agent
tests_unit_test_agent_SOURCES = %D%/test_agent.c src/endpoint/agent.c
tests_unit_test_agent_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agent_LDADD = libfido.la libwire.la libbase.la $(CMOCKA_LIBS)
TESTS += tests/unit/test_agent

# Made again by: tests/support/make-ssh-vectors tests/support/.libs/skprovider.so
EXTRA_DIST += tests/support/make-ssh-vectors

check_PROGRAMS += tests/unit/test_ssh_key
tests_unit_test_ssh_key_SOURCES = %D%/test_ssh_key.c %D%/ssh_vectors.h
tests_unit_test_ssh_key_CFLAGS = $(fido_test_cflags)
tests_unit_test_ssh_key_LDADD = $(fido_test_libs)
TESTS += tests/unit/test_ssh_key

check_PROGRAMS += tests/unit/test_sshsig
tests_unit_test_sshsig_SOURCES = %D%/test_sshsig.c %D%/ssh_vectors.h
tests_unit_test_sshsig_CFLAGS = $(fido_test_cflags)
tests_unit_test_sshsig_LDADD = $(fido_test_libs)
TESTS += tests/unit/test_sshsig

check_PROGRAMS += tests/unit/test_u2f_keys
tests_unit_test_u2f_keys_SOURCES = %D%/test_u2f_keys.c
tests_unit_test_u2f_keys_CFLAGS = $(fido_test_cflags)
tests_unit_test_u2f_keys_LDADD = $(fido_test_libs)
TESTS += tests/unit/test_u2f_keys
