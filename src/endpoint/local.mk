# All but main.c, so that the tests can have it without main().
noinst_LTLIBRARIES += libendpoint.la
libendpoint_la_SOURCES = \
	%D%/authorise.c %D%/authorise.h \
	%D%/agent.c %D%/agent.h \
	%D%/agent_signer.c %D%/agent_signer.h \
	%D%/account.c \
	%D%/authenticate.c \
	%D%/caller.c %D%/caller.h \
	%D%/closing.c %D%/closing.h \
	%D%/conversation.c %D%/conversation.h \
	%D%/enable_key.c %D%/enable_key.h \
	%D%/endpoint.h \
	%D%/enrolling.c %D%/enrolling.h \
	%D%/keys.c %D%/keys.h \
	%D%/locality.c %D%/locality.h \
	%D%/log.c %D%/log.h \
	%D%/operation.c %D%/operation.h \
	%D%/operations_enrol.c \
	%D%/operations_import.c \
	%D%/operations_import_devices.c \
	%D%/operations_manage.c \
	%D%/operations_policy.c \
	%D%/operations_recover.c \
	%D%/operations_session.c \
	%D%/operations_tags.c %D%/tags.h \
	%D%/params.c \
	%D%/person.c %D%/person.h \
	%D%/policy.c \
	%D%/phase.c %D%/phase.h \
	%D%/peer.c %D%/peer.h \
	%D%/process.c %D%/process.h \
	%D%/prove.c %D%/prove.h \
	%D%/prove_ssh.c %D%/prove_ssh.h \
	%D%/rate.c %D%/rate.h \
	%D%/qr.c %D%/qr.h \
	%D%/request.c %D%/request.h \
	%D%/row.c %D%/row.h \
	%D%/serve.c %D%/serve.h \
	%D%/service.c \
	%D%/session.c \
	%D%/signin.c \
	%D%/spawn.c %D%/spawn.h \
	%D%/uri.c %D%/uri.h \
	%D%/verified.c \
	%D%/warm.c %D%/warm.h \
	%D%/worker.c %D%/worker.h
libendpoint_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) \
	$(QRENCODE_CFLAGS)
libendpoint_la_LIBADD = libmfa.la libpolicy.la libstore.la libfido.la \
	libotp.la libwire.la libbase.la $(CRYPTO_LIBS) $(LIBCONFIG_LIBS) \
	$(JANSSON_LIBS)

libexec_PROGRAMS += awsmfa-endpoint
awsmfa_endpoint_SOURCES = %D%/main.c
awsmfa_endpoint_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
awsmfa_endpoint_LDADD = libendpoint.la
dist_man_MANS += %D%/awsmfa-endpoint.8
