noinst_LTLIBRARIES += libwire.la
libwire_la_SOURCES = \
	%D%/agent_socket.c %D%/agent_socket.h \
	%D%/child.c %D%/child.h \
	%D%/client.c %D%/client.h \
	%D%/client_paths.c \
	%D%/fields.c %D%/fields.h \
	%D%/frame.c %D%/frame.h \
	%D%/keymsg.c %D%/keymsg.h \
	%D%/one_shot.c %D%/one_shot.h \
	%D%/passing.c %D%/passing.h
