# src/producer - the handle: group, client, life; options of a send; transactions.
noinst_LTLIBRARIES += src/libproducer.la
src_libproducer_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libproducer_la_SOURCES = \
	src/producer/check_answers.c \
	src/producer/check_threads.c \
	src/producer/checks.c \
	src/producer/checks.h \
	src/producer/checks_impl.h \
	src/producer/end_transaction.c \
	src/producer/end_transaction.h \
	src/producer/ending.c \
	src/producer/ending.h \
	src/producer/flow.c \
	src/producer/ledger.c \
	src/producer/ledger.h \
	src/producer/membership.c \
	src/producer/membership.h \
	src/producer/named.c \
	src/producer/named.h \
	src/producer/producer.c \
	src/producer/producer.h \
	src/producer/reply_path.c \
	src/producer/reply_path.h \
	src/producer/requests.c \
	src/producer/requests.h \
	src/producer/recall.c \
	src/producer/recall.h \
	src/producer/send_options.h \
	src/producer/settings.c \
	src/producer/settings.h \
	src/producer/statistics.c \
	src/producer/statistics.h \
	src/producer/transaction.c \
	src/producer/transaction.h \
	src/producer/transaction_end.c
