noinst_LTLIBRARIES += libotp.la
libotp_la_SOURCES = \
	%D%/base32.c %D%/base32.h \
	%D%/otpauth.c %D%/otpauth.h \
	%D%/totp.c %D%/totp.h
libotp_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
libotp_la_LIBADD = $(CRYPTO_LIBS)
