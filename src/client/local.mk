# src/client
noinst_LTLIBRARIES += src/libclient.la
src_libclient_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libclient_la_SOURCES =
