# src/send - the send core: what to try next, what an outcome means; drivers sync, async, oneway.
noinst_LTLIBRARIES += src/libsend.la
src_libsend_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libsend_la_SOURCES = \
	src/send/core.c \
	src/send/core.h \
	src/send/picker.c \
	src/send/picker.h \
	src/send/verdict.c \
	src/send/verdict.h
