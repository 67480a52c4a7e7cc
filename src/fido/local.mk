# libfido2 is loaded when it is wanted, so there is no library to link.
noinst_LTLIBRARIES += libfido.la
libfido_la_SOURCES = \
	%D%/agent_message.c %D%/agent_message.h \
	%D%/assertion.c \
	%D%/attestation.c \
	%D%/authdata.c %D%/authdata.h \
	%D%/certificate.c %D%/certificate.h \
	%D%/credential.c %D%/credential.h \
	%D%/library.c %D%/library.h
libfido_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(FIDO2_CFLAGS)
libfido_la_LIBADD = libbase.la $(CRYPTO_LIBS)
