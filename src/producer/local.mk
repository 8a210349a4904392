# src/producer - queue choice, send, retry, batches, transactions, request-reply.
noinst_LTLIBRARIES += src/libproducer.la
src_libproducer_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libproducer_la_SOURCES = \
	src/producer/producer.c \
	src/producer/producer.h \
	src/producer/send.c \
	src/producer/send_options.h \
	src/producer/send_request.c \
	src/producer/send_request.h
