noinst_LTLIBRARIES += libmfa.la
libmfa_la_SOURCES = \
	%D%/context.h \
	%D%/enrol.c %D%/enrol.h \
	%D%/holder.c \
	%D%/manage.c %D%/manage.h \
	%D%/settings.c %D%/settings.h \
	%D%/signin.c %D%/signin.h \
	%D%/throttle.c %D%/throttle.h \
	%D%/virtual.c
libmfa_la_CFLAGS = $(AM_CFLAGS) $(LIBCONFIG_CFLAGS)
libmfa_la_LIBADD = libstore.la libotp.la libbase.la $(LIBCONFIG_LIBS)
