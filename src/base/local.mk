noinst_LTLIBRARIES += libbase.la
libbase_la_SOURCES = \
	%D%/cleanup.c %D%/cleanup.h \
	%D%/error.c %D%/error.h \
	%D%/file.c %D%/file.h \
	%D%/secret.c %D%/secret.h \
	%D%/text.c %D%/text.h \
	%D%/world.c %D%/world.h
