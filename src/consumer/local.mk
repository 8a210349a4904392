# src/consumer
noinst_LTLIBRARIES += src/libconsumer.la
src_libconsumer_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libconsumer_la_SOURCES =
