noinst_LTLIBRARIES += libwire.la
libwire_la_SOURCES = \
	%D%/client.c %D%/client.h \
	%D%/client_paths.c \
	%D%/frame.c %D%/frame.h \
	%D%/one_shot.c %D%/one_shot.h
