noinst_LTLIBRARIES += libpolicy.la
libpolicy_la_SOURCES = \
	%D%/arn.c \
	%D%/condition.c \
	%D%/document.h \
	%D%/evaluate.c \
	%D%/keys.c %D%/keys.h \
	%D%/moment.c \
	%D%/operator.c %D%/operator.h \
	%D%/parse.c \
	%D%/pattern.c %D%/pattern.h \
	%D%/policy.h \
	%D%/reader.c %D%/reader.h \
	%D%/scalar.c %D%/scalar.h \
	%D%/statement.c %D%/statement.h
nodist_libpolicy_la_SOURCES = %D%/default.c
libpolicy_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
libpolicy_la_LIBADD = libbase.la $(JANSSON_LIBS)

# The document that holds where there is no file, as a string of C.
%D%/default.c: $(srcdir)/conf/policy.json
	$(AM_V_GEN)$(MKDIR_P) $(@D) && { \
	    echo '#include "policy/policy.h"' && \
	    echo 'const char policy_default_text[] =' && \
	    $(SED) -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' \
		'$(srcdir)/conf/policy.json' && echo ';'; } >$@.tmp && \
	    mv $@.tmp $@
CLEANFILES += %D%/default.c
