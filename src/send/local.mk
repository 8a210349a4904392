# src/send - the send core: what to try next, what an outcome means; drivers sync, async, oneway.
noinst_LTLIBRARIES += src/libsend.la
src_libsend_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libsend_la_SOURCES = \
	src/send/async.c \
	src/send/async.h \
	src/send/attempt.c \
	src/send/attempt.h \
	src/send/core.c \
	src/send/core.h \
	src/send/picker.c \
	src/send/picker.h \
	src/send/request.c \
	src/send/request.h \
	src/send/result.c \
	src/send/result.h \
	src/send/sender.c \
	src/send/sender.h \
	src/send/sync.c \
	src/send/sync.h \
	src/send/verdict.c \
	src/send/verdict.h
