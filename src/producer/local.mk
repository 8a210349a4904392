# src/producer
noinst_LTLIBRARIES += src/libproducer.la
src_libproducer_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libproducer_la_SOURCES =
