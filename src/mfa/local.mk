noinst_LTLIBRARIES += libmfa.la
libmfa_la_SOURCES = \
	%D%/access.c %D%/access.h \
	%D%/access_keys.c %D%/access_keys.h \
	%D%/context.h \
	%D%/counter.c %D%/counter.h \
	%D%/enrol.c %D%/enrol.h \
	%D%/enrol_import.c %D%/enrol_import.h \
	%D%/enrol_key.c %D%/enrol_key.h \
	%D%/enrol_ssh.c %D%/enrol_ssh.h \
	%D%/give.c \
	%D%/holder.c \
	%D%/holding.c %D%/holding.h \
	%D%/longcode.c %D%/longcode.h \
	%D%/manage.c %D%/manage.h \
	%D%/new_key.c %D%/new_key.h \
	%D%/notice.c %D%/notice.h \
	%D%/pass.c %D%/pass.h \
	%D%/person.h \
	%D%/presence.c %D%/presence.h \
	%D%/proof.c %D%/proof.h \
	%D%/recover.c %D%/recover.h \
	%D%/settings.c %D%/settings.h \
	%D%/signin.c %D%/signin.h \
	%D%/spent.c %D%/spent.h \
	%D%/ssh_info.c %D%/ssh_info.h \
	%D%/ssh_signer.c %D%/ssh_signer.h \
	%D%/ssh_tap.c %D%/ssh_tap.h \
	%D%/tap.c %D%/tap.h \
	%D%/throttle.c %D%/throttle.h \
	%D%/ticket.c %D%/ticket.h \
	%D%/virtual.c %D%/virtual.h
libmfa_la_CFLAGS = $(AM_CFLAGS) $(LIBCONFIG_CFLAGS)
libmfa_la_LIBADD = libpolicy.la libstore.la libfido.la libotp.la libwire.la libbase.la $(LIBCONFIG_LIBS)
