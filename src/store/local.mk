noinst_LTLIBRARIES += libstore.la
libstore_la_SOURCES = \
	%D%/claim.c %D%/claim.h \
	%D%/device.c %D%/device.h \
	%D%/devfile.c %D%/devfile.h \
	%D%/devgroup.c %D%/devgroup.h \
	%D%/devkey.c %D%/devkey.h \
	%D%/devlang.c %D%/devlang.h \
	%D%/devrecovery.c %D%/devrecovery.h \
	%D%/folder.c %D%/folder.h \
	%D%/import.c \
	%D%/inventory.c %D%/inventory.h \
	%D%/ledger.c %D%/ledger.h \
	%D%/record.c %D%/record.h \
	%D%/recovery.c %D%/recovery.h \
	%D%/seal.c %D%/seal.h \
	%D%/session.c %D%/session.h \
	%D%/store.c %D%/store.h
libstore_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(LIBCONFIG_CFLAGS)
libstore_la_LIBADD = libfido.la $(CRYPTO_LIBS) $(LIBCONFIG_LIBS)
