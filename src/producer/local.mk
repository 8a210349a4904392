# src/producer - the handle: group, client, life; options of a send.
noinst_LTLIBRARIES += src/libproducer.la
src_libproducer_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libproducer_la_SOURCES = \
	src/producer/producer.c \
	src/producer/producer.h \
	src/producer/send_options.h
