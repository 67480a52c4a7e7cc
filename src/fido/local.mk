# libfido2 is loaded when it is wanted, so there is no library to link.
noinst_LTLIBRARIES += libfido.la
libfido_la_SOURCES = \
	%D%/agent_message.c %D%/agent_message.h \
	%D%/assertion.c \
	%D%/attestation.c \
	%D%/authdata.c %D%/authdata.h \
	%D%/base64.c %D%/base64.h \
	%D%/certificate.c %D%/certificate.h \
	%D%/credential.c %D%/credential.h \
	%D%/library.c %D%/library.h \
	%D%/ssh_key.c %D%/ssh_key.h \
	%D%/ssh_private.c %D%/ssh_private.h \
	%D%/ssh_signature.c %D%/ssh_signature.h \
	%D%/sshsig.c %D%/sshsig.h \
	%D%/ssh_wire.c %D%/ssh_wire.h \
	%D%/u2f_keys.c %D%/u2f_keys.h
libfido_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(FIDO2_CFLAGS)
libfido_la_LIBADD = libbase.la $(CRYPTO_LIBS)
