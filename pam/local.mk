# The module is built from its own objects: what is loaded into sshd or sudo
# carries nothing that it does not use, and links libpam and libc only.
pam_LTLIBRARIES = pam_awsmfa.la
pam_awsmfa_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)
pam_awsmfa_la_SOURCES = $(pam_sources) \
	%D%/log_socket.c \
	src/wire/client_paths.c
pam_awsmfa_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared \
	-export-symbols-regex '^pam_sm_' $(pam_defs)
pam_awsmfa_la_LIBADD = $(PAM_LIBS)

# All but the paths, in whose place the tests put their own.
pam_sources = \
	%D%/answer.c %D%/answer.h \
	%D%/arguments.c %D%/arguments.h \
	%D%/conversation.c %D%/conversation.h \
	%D%/finished.c %D%/finished.h \
	%D%/interrupt.c %D%/interrupt.h \
	%D%/kept.c %D%/kept.h \
	%D%/log.c %D%/log.h \
	%D%/outcome.c %D%/outcome.h \
	%D%/pam_awsmfa.c \
	%D%/pending.c %D%/pending.h \
	%D%/phase.c %D%/phase.h \
	%D%/report.c %D%/report.h \
	%D%/request.c %D%/request.h \
	%D%/signin.c %D%/signin.h \
	src/base/cleanup.c src/base/cleanup.h \
	src/base/error.c src/base/error.h \
	src/base/secret.c src/base/secret.h \
	src/base/text.c src/base/text.h \
	src/wire/agent_socket.c src/wire/agent_socket.h \
	src/wire/child.c src/wire/child.h \
	src/wire/client.c src/wire/client.h \
	src/wire/frame.c src/wire/frame.h \
	src/wire/one_shot.c src/wire/one_shot.h \
	src/wire/passing.c src/wire/passing.h

# A sanitizer's symbols come from the program that loads the module.
if SANITIZER
pam_defs =
else
pam_defs = -Wl,-z,defs
endif

dist_man_MANS += %D%/pam_awsmfa.8

# PAM loads the .so; without its .la libtool can't uninstall it.
install-data-hook:
	rm -f '$(DESTDIR)$(pamdir)/pam_awsmfa.la'

uninstall-hook:
	rm -f '$(DESTDIR)$(pamdir)/pam_awsmfa.so'
