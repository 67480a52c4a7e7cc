# All but main.c, for the tests too.
noinst_LTLIBRARIES += libkey.la
libkey_la_SOURCES = \
	%D%/assert.c \
	%D%/channel.c %D%/channel.h \
	%D%/dialogue.c %D%/dialogue.h \
	%D%/filter.c \
	%D%/hidraw.c %D%/hidraw.h \
	%D%/info.c \
	%D%/landlock.c \
	%D%/make.c \
	%D%/node.c %D%/node.h \
	%D%/request.h \
	%D%/sandbox.c %D%/sandbox.h \
	%D%/session.c %D%/session.h \
	%D%/verify.c %D%/verify.h \
	%D%/worker.c %D%/worker.h
libkey_la_CFLAGS = $(AM_CFLAGS) $(FIDO2_CFLAGS) $(SECCOMP_CFLAGS) \
	$(CRYPTO_CFLAGS)

libexec_PROGRAMS += awsmfa-key
awsmfa_key_SOURCES = %D%/main.c
awsmfa_key_CFLAGS = $(AM_CFLAGS) $(FIDO2_CFLAGS)
awsmfa_key_LDADD = libkey.la libwire.la libbase.la \
	$(FIDO2_LIBS) $(SECCOMP_LIBS) $(CRYPTO_LIBS)
dist_man_MANS += %D%/awsmfa-key.8
