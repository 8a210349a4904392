# src/client - instance, name servers, routes, broker table, request table, heartbeat, trace.
noinst_LTLIBRARIES += src/libclient.la
src_libclient_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libclient_la_SOURCES = \
	src/client/callbacks.c \
	src/client/callbacks.h \
	src/client/client.c \
	src/client/client.h \
	src/client/client_impl.h \
	src/client/config.c \
	src/client/config.def \
	src/client/config.h \
	src/client/events.c \
	src/client/fault.c \
	src/client/fault.h \
	src/client/group.c \
	src/client/group.h \
	src/client/heartbeat.c \
	src/client/life.c \
	src/client/life.h \
	src/client/message.c \
	src/client/message.h \
	src/client/message_block.c \
	src/client/namesrv.c \
	src/client/route.c \
	src/client/route.h \
	src/client/routes.c
