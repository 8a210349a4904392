# bench - programs that measure. `make bench` runs them all, BENCH=name one; see
# bench/README.md.
#
#     bench_programs += bench/produce
#     bench_produce_SOURCES = bench/produce.c $(bench_support)
#     bench_produce_LDADD = $(BENCH_CLIENT_LIBS)
bench_programs =
noinst_PROGRAMS += $(bench_programs)

bench_programs += bench/codec_bench
bench_codec_bench_SOURCES = bench/codec_bench.c
bench_codec_bench_LDADD = src/libcodec.la src/libbase.la

bench_programs += bench/net_bench
bench_net_bench_SOURCES = bench/net_bench.c bench/net_ends.c bench/net_ends.h
bench_net_bench_LDADD = src/libnet.la src/libcodec.la src/libbase.la

# Against a rmq-mock of its own, beside a raw socket loop. Linked with the rooms themselves, so that
# the library's allocations can be counted and its request core be called.
BENCH_CLIENT_LIBS = src/libapi.la src/libadmin.la src/libconsumer.la src/libproducer.la \
	src/libsend.la \
	src/libclient.la src/libnet.la src/libcodec.la src/libbase.la -lm
bench_measure = \
	bench/support/io_calls.c \
	bench/support/io_calls.h \
	bench/support/measure.c \
	bench/support/measure.h \
	bench/support/mock.c \
	bench/support/mock.h
bench_support = \
	$(bench_measure) \
	bench/support/raw.c \
	bench/support/raw.h \
	bench/support/scene.c \
	bench/support/scene.h

bench_programs += bench/sync_send
bench_sync_send_SOURCES = bench/sync_send.c $(bench_support)
bench_sync_send_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/pipelined
bench_pipelined_SOURCES = bench/pipelined.c $(bench_support)
bench_pipelined_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/consume
bench_consume_SOURCES = bench/consume.c $(bench_support)
bench_consume_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/start
bench_start_SOURCES = bench/start.c $(bench_support)
bench_start_LDADD = $(BENCH_CLIENT_LIBS)

EXTRA_DIST += bench/README.md

bench_programs += bench/store_bench
bench_store_bench_SOURCES = bench/store_bench.c $(bench_measure)
bench_store_bench_LDADD = mock-broker/libmockbroker.la src/libnet.la src/libcodec.la src/libbase.la -lm
