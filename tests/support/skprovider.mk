# Security keys in software for OpenSSH's programs: a shared object that they
# load ("ssh-keygen -w", SSH_SK_PROVIDER), for which -rpath is needed.
check_LTLIBRARIES += tests/support/skprovider.la
tests_support_skprovider_la_SOURCES = %D%/skprovider.c %D%/skprovider.h
tests_support_skprovider_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_support_skprovider_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_support_skprovider_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
	-shared -rpath /nowhere
tests_support_skprovider_la_LIBADD = $(CRYPTO_LIBS)
