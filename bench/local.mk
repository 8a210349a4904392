# bench - programs that measure. `make bench` runs them all, BENCH=name one; see
# bench/README.md.
#
#     bench_programs += bench/produce
#     bench_produce_SOURCES = bench/produce.c $(bench_support)
#     bench_produce_LDFLAGS = $(WHOLE_LDFLAGS)
#     bench_produce_LDADD = $(BENCH_CLIENT_LIBS)
bench_programs =
noinst_PROGRAMS += $(bench_programs)

bench_programs += bench/codec_bench
bench_codec_bench_SOURCES = bench/codec_bench.c
bench_codec_bench_LDFLAGS = $(WHOLE_LDFLAGS)
bench_codec_bench_LDADD = src/libcodec.la src/libbase.la

bench_programs += bench/net_bench
bench_net_bench_SOURCES = bench/net_bench.c bench/net_ends.c bench/net_ends.h
bench_net_bench_LDFLAGS = $(WHOLE_LDFLAGS)
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
	bench/support/ring.c \
	bench/support/ring.h \
	bench/support/scene.c \
	bench/support/scene.h

bench_programs += bench/sync_send
bench_sync_send_SOURCES = bench/sync_send.c $(bench_support)
bench_sync_send_LDFLAGS = $(WHOLE_LDFLAGS)
bench_sync_send_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/pipelined
bench_pipelined_SOURCES = bench/pipelined.c $(bench_support)
bench_pipelined_LDFLAGS = $(WHOLE_LDFLAGS)
bench_pipelined_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/broker_idle
bench_broker_idle_SOURCES = bench/broker_idle.c $(bench_support)
bench_broker_idle_LDFLAGS = $(WHOLE_LDFLAGS)
bench_broker_idle_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/broker_pull_128
bench_broker_pull_128_SOURCES = bench/broker_pull_128.c bench/support/pulls.c bench/support/pulls.h \
	$(bench_support)
bench_broker_pull_128_LDFLAGS = $(WHOLE_LDFLAGS)
bench_broker_pull_128_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/broker_append_128
bench_broker_append_128_SOURCES = bench/broker_append_128.c bench/support/stand_in.c \
	bench/support/stand_in.h $(bench_support)
bench_broker_append_128_LDFLAGS = $(WHOLE_LDFLAGS)
bench_broker_append_128_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/broker_replica
bench_broker_replica_SOURCES = bench/broker_replica.c $(bench_support)
bench_broker_replica_LDFLAGS = $(WHOLE_LDFLAGS)
bench_broker_replica_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/mock_cluster
bench_mock_cluster_SOURCES = bench/mock_cluster.c $(bench_measure)
bench_mock_cluster_LDFLAGS = $(WHOLE_LDFLAGS)
bench_mock_cluster_LDADD = mock-broker/libmockbroker.la src/libnet.la src/libcodec.la src/libbase.la -lm

bench_async = bench/support/async_run.c bench/support/async_run.h $(bench_support)

bench_programs += bench/async_128
bench_async_128_SOURCES = bench/async_128.c $(bench_async)
bench_async_128_LDFLAGS = $(WHOLE_LDFLAGS)
bench_async_128_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/autobatch
bench_autobatch_SOURCES = bench/autobatch.c $(bench_support)
bench_autobatch_LDFLAGS = $(WHOLE_LDFLAGS)
bench_autobatch_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/async_1k
bench_async_1k_SOURCES = bench/async_1k.c $(bench_async)
bench_async_1k_LDFLAGS = $(WHOLE_LDFLAGS)
bench_async_1k_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/idle
bench_idle_SOURCES = bench/idle.c $(bench_support)
bench_idle_LDFLAGS = $(WHOLE_LDFLAGS)
bench_idle_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/push_128
bench_push_128_SOURCES = bench/push_128.c bench/support/pulls.c bench/support/pulls.h $(bench_support)
bench_push_128_LDFLAGS = $(WHOLE_LDFLAGS)
bench_push_128_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/idle_consumer
bench_idle_consumer_SOURCES = bench/idle_consumer.c $(bench_support)
bench_idle_consumer_LDFLAGS = $(WHOLE_LDFLAGS)
bench_idle_consumer_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/rebalance
bench_rebalance_SOURCES = bench/rebalance.c $(bench_support)
bench_rebalance_LDFLAGS = $(WHOLE_LDFLAGS)
bench_rebalance_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/latency
bench_latency_SOURCES = bench/latency.c $(bench_support)
bench_latency_LDFLAGS = $(WHOLE_LDFLAGS)
bench_latency_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/pop_128
bench_pop_128_SOURCES = bench/pop_128.c bench/support/backlog.c bench/support/backlog.h \
	bench/support/pops.c bench/support/pops.h $(bench_support)
bench_pop_128_LDFLAGS = $(WHOLE_LDFLAGS)
bench_pop_128_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/request
bench_request_SOURCES = bench/request.c $(bench_support)
bench_request_LDFLAGS = $(WHOLE_LDFLAGS)
bench_request_LDADD = $(BENCH_CLIENT_LIBS)

bench_programs += bench/start
bench_start_SOURCES = bench/start.c $(bench_support)
bench_start_LDFLAGS = $(WHOLE_LDFLAGS)
bench_start_LDADD = $(BENCH_CLIENT_LIBS)

EXTRA_DIST += bench/README.md bench/peers/run bench/peers/ours.c bench/peers/kafka.c \
	bench/peers/java/Peer.java bench/peers/nats/main.go bench/peers/nats/go.mod bench/peers/nats/go.sum

bench_programs += bench/store_bench
bench_store_bench_SOURCES = bench/store_bench.c $(bench_measure)
bench_store_bench_LDFLAGS = $(WHOLE_LDFLAGS)
bench_store_bench_LDADD = mock-broker/libmockbroker.la src/libnet.la src/libcodec.la src/libbase.la -lm
