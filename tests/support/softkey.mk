# A security key in software, and a place in which libfido2 finds it.
check_PROGRAMS += tests/support/softkey
tests_support_softkey_SOURCES = \
	%D%/softkey.c %D%/softkey.h \
	%D%/softkey_batch.c \
	%D%/softkey_cbor.c %D%/softkey_cbor.h \
	%D%/softkey_control.c %D%/softkey_control.h \
	%D%/softkey_credential.c \
	%D%/softkey_crypto.c %D%/softkey_crypto.h \
	%D%/softkey_ctap2.c %D%/softkey_ctap2.h \
	%D%/softkey_hex.c %D%/softkey_hex.h \
	%D%/softkey_hid.c \
	%D%/softkey_link.c %D%/softkey_link.h \
	%D%/softkey_main.c \
	%D%/softkey_make.c \
	%D%/softkey_pin.c %D%/softkey_pin.h \
	%D%/softkey_switch.c \
	%D%/softkey_u2f.c
tests_support_softkey_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests
tests_support_softkey_CFLAGS = $(AM_CFLAGS) $(CBOR_CFLAGS) $(CRYPTO_CFLAGS)
tests_support_softkey_LDADD = libbase.la $(CBOR_LIBS) $(CRYPTO_LIBS)
EXTRA_DIST += %D%/bedb %D%/bedb.py %D%/bedb.d/key.descriptor \
	%D%/bedb.d/key.umockdev
