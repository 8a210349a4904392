# src/consumer - rebalance, pull, process queue, consume services, offset stores.
noinst_LTLIBRARIES += src/libconsumer.la
src_libconsumer_la_CFLAGS = $(AM_CFLAGS) $(HIDDEN_CFLAGS)
src_libconsumer_la_SOURCES = \
	src/consumer/allocate.c \
	src/consumer/allocate.h \
	src/consumer/closing.c \
	src/consumer/consume_service.c \
	src/consumer/consume_service.h \
	src/consumer/consumer.c \
	src/consumer/consumer.h \
	src/consumer/delivery.c \
	src/consumer/delivery.h \
	src/consumer/fetch.h \
	src/consumer/member.c \
	src/consumer/member.h \
	src/consumer/mq.c \
	src/consumer/mq.h \
	src/consumer/notices.c \
	src/consumer/notices.h \
	src/consumer/offset_store.h \
	src/consumer/process_queue.c \
	src/consumer/process_queue.h \
	src/consumer/pull.c \
	src/consumer/pull.h \
	src/consumer/push_consumer.c \
	src/consumer/push_consumer.h \
	src/consumer/rebalance.c \
	src/consumer/rebalance.h \
	src/consumer/remote_offsets.c \
	src/consumer/remote_offsets.h \
	src/consumer/ready.c \
	src/consumer/ready.h \
	src/consumer/send_back.c \
	src/consumer/send_back.h \
	src/consumer/settings.c \
	src/consumer/settings.h \
	src/consumer/sink.h \
	src/consumer/start.c \
	src/consumer/start.h \
	src/consumer/subscriptions.c \
	src/consumer/subscriptions.h
